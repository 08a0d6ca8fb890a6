/**
 * Following a prefix of etcd across its restarts and compactions: list once, follow from there, go on from
 * the last revision seen when the stream breaks, and list again when etcd has forgotten it.
 */
import { Backoff } from '../../common/async/backoff.js';
import type { Change, Entry } from './entry.js';

export interface WatchHandlers {
  /** All that is there now, at this revision of etcd; whatever was known before is void. */
  readonly onReset: (entries: readonly Entry[], revision: number) => void;
  readonly onEvent: (change: Change) => void;
}

/** The parts of the store that a watch stands on. */
interface Source {
  listAt(prefix: string): Promise<{ entries: Entry[]; revision: number }>;
  follow(
    prefix: string,
    fromRevision: number,
    onChanges: (changes: readonly Change[]) => void,
    signal: AbortSignal,
  ): Promise<'compacted' | 'closed'>;
}

const retryPolicy = { delayMsMin: 50, delayMsMax: 2000 };

export class Watch {
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  constructor(source: Source, prefix: string, handlers: WatchHandlers) {
    this.#done = this.#run(source, prefix, handlers);
  }

  /** No handler is called after this has resolved. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #run(source: Source, prefix: string, handlers: WatchHandlers): Promise<void> {
    const { signal } = this.#stopping;
    let next: number | undefined;
    const backoff = new Backoff(retryPolicy);
    while (!signal.aborted) {
      try {
        if (next === undefined) {
          const { entries, revision } = await source.listAt(prefix);
          if (isAborted(signal)) return;
          handlers.onReset(entries, revision);
          next = revision + 1;
        }
        const end = await source.follow(
          prefix,
          next,
          (changes) => {
            backoff.reset();
            for (const change of changes) {
              // Not the revision of the answer: while etcd catches up, that is ahead of what it has sent.
              next = change.revision + 1;
              if (!signal.aborted) handlers.onEvent(change);
            }
          },
          signal,
        );
        if (end === 'compacted') next = undefined;
      } catch {
        // Whatever it was, the next attempt shows whether it is over; the store's callers tell the user.
        await backoff.wait(signal);
      }
    }
  }
}

/** A function, as the compiler takes a property seen false for false ever after. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
