/**
 * Follows a prefix of etcd across restarts and compactions: lists it once and follows from there. When the stream
 * breaks, it continues from the last revision. When etcd no longer has that revision, it lists again.
 */
import { Backoff } from '../../common/async/backoff.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { Change, Entry } from './entry.js';

/** Neither may throw; an entry that cannot be read is one that its handler leaves out (unreadable-values.ts). */
export interface WatchHandlers {
  /** All entries at this revision. It replaces everything before. */
  readonly onReset: (entries: readonly Entry[], revision: number) => void;
  readonly onEvent: (change: Change) => void;
}

/** The operations of the store that a watch uses. */
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
          reporting(prefix, () => handlers.onReset(entries, revision));
          next = revision + 1;
        }
        const end = await source.follow(
          prefix,
          next,
          (changes) => {
            backoff.reset();
            for (const change of changes) {
              // Not the revision of the reply: while etcd catches up, that is ahead of the sent events.
              next = change.revision + 1;
              if (!signal.aborted) reporting(change.key, () => handlers.onEvent(change));
            }
          },
          signal,
        );
        if (end === 'compacted') next = undefined;
      } catch {
        // The next attempt shows whether the error is over. The store's callers report it to users.
        await backoff.wait(signal);
      }
    }
  }
}

/**
 * A handler takes out of each entry what it can. One that throws nevertheless is a mistake of ours, and must not keep all
 * later changes from being known.
 */
function reporting(key: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    unreadableValues.note(key, error);
  }
}

/** A function, because the compiler would narrow the property to false permanently. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
