/**
 * The writes of one runner to its evacuation's record. Each is made to the record that is in the store, as long as this
 * runner has it: others only ask for a cancellation there. The state of the pool changes in the same transaction.
 */
import type { Logger } from 'pino';
import { Backoff } from '../../common/async/backoff.js';
import type { Clock } from '../../common/async/clock.js';
import { isUnknownOutcome, messageOf } from '../../common/errors.js';
import { fractionFrom } from '../../common/random-hex.js';
import {
  decodeEvacuation,
  encodeEvacuation,
  isRunning,
  schedulingIn,
  type Evacuation,
} from '../model/evacuation.js';
import { decodeHost } from '../model/host.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';

/** What evacuations use of the store. */
export type EvacuationStore = Pick<Store, 'get' | 'getMany' | 'list' | 'transact' | 'watch'>;

/** The record belongs to another runner, or its pool was removed. */
export class Superseded extends Error {}

interface Parts {
  readonly store: Pick<EvacuationStore, 'get' | 'transact'>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
  readonly wrote: (record: Evacuation, revision: number) => void;
}

const retryPolicy = { delayMsMin: 200, delayMsMax: 400 };

export class EvacuationWriter {
  constructor(
    public record: Evacuation,
    private revision: number,
    private readonly parts: Parts,
    private readonly stopping: AbortSignal,
  ) {}

  /** Makes this process the owner. Returns the claim that fences its commands. */
  async claim(by: Evacuation['runner']): Promise<{ readonly key: string; readonly revision: number }> {
    const key = keys.evacuationClaim(this.record.pool);
    const owner = this.record.runner.run;
    const changed = (record: Evacuation) => ({ ...record, runner: by });
    await this.#write(changed, owner, [{ key, value: { run: by.run } }]);
    return { key, revision: this.revision };
  }

  write(change: (record: Evacuation) => Evacuation): Promise<void> {
    return this.#write(change, this.record.runner.run, []);
  }

  /** Throws `Superseded` when the record has another owner than the expected one. */
  async #write(
    change: (record: Evacuation) => Evacuation,
    owner: string,
    more: readonly { readonly key: string; readonly value: unknown }[],
  ): Promise<void> {
    const { store, log, clock, randomHex, wrote } = this.parts;
    const backoff = new Backoff(retryPolicy, { clock, random: () => fractionFrom(randomHex) });
    const [key, poolKey] = [keys.evacuation(this.record.pool), keys.pool(this.record.pool)];
    const attempt = randomHex(8);
    for (;;) {
      const next = change(this.record);
      if (next === this.record) return;
      const record = { ...next, attempt };
      try {
        const pool = record.phase === this.record.phase ? undefined : await store.get(poolKey);
        const written = await store.transact({
          expect: [
            { key, revision: this.revision },
            ...(pool ? [{ key: poolKey, revision: pool.revision }] : []),
          ],
          put: [
            { key, value: encodeEvacuation(record) },
            ...more,
            ...(pool ? [{ key: poolKey, value: scheduled(pool, record) }] : []),
          ],
          remove: isRunning(record) ? [] : [keys.evacuationClaim(record.pool)],
        });
        if (written) {
          [this.record, this.revision] = [record, written.revision];
          wrote(record, written.revision);
          return;
        }
        const now = await store.get(key);
        if (!now) throw new Superseded();
        [this.record, this.revision] = [decodeEvacuation(now.value), now.revision];
        wrote(this.record, this.revision);
        // An earlier write whose reply was lost.
        if (this.record.attempt === attempt) return;
        if (this.record.runner.run !== owner) throw new Superseded();
      } catch (error) {
        if (!isUnknownOutcome(error)) throw error;
        this.stopping.throwIfAborted();
        log.warn({ evacuation: this.record.pool, reason: messageOf(error) }, 'waiting for etcd');
        await backoff.wait(this.stopping);
      }
    }
  }
}

/** The pool's record with the state that the phase gives it. */
export function scheduled(
  entry: Parameters<typeof decodeHost>[0],
  { phase }: Pick<Evacuation, 'phase'>,
): object {
  const scheduling = schedulingIn[phase];
  return {
    ...decodeHost(entry),
    ...{ revision: undefined, scheduling: scheduling === 'active' ? undefined : scheduling },
  };
}
