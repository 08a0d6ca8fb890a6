/** The setting by which containers move by themselves. It is one for all pools. */
import { CopaError } from '../../common/errors.js';
import { delegationSchema, initialDelegation, type Delegation } from '../model/delegation.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';

/** Of a change that other changes get in the way of. */
const triesMax = 5;

export class Delegations {
  readonly #store: Pick<Store, 'getMany' | 'transact'>;

  constructor(store: Pick<Store, 'getMany' | 'transact'>) {
    this.#store = store;
  }

  async read(): Promise<Delegation> {
    return (await this.readAt()).delegation;
  }

  /** With the revision that a transaction may expect. */
  async readAt(): Promise<{ readonly delegation: Delegation; readonly revision: number }> {
    const [entry] = await this.#store.getMany([keys.delegation]);
    if (!entry) return { delegation: initialDelegation, revision: 0 };
    const parsed = delegationSchema.safeParse(entry.value);
    if (!parsed.success)
      throw new CopaError('internal', 'the store has an invalid configuration of delegation');
    return { delegation: parsed.data, revision: entry.revision };
  }

  /** Changes what is given, and keeps the rest. */
  async change(change: Partial<Delegation>): Promise<Delegation> {
    const key = keys.delegation;
    for (let tries = 1; tries <= triesMax; tries++) {
      const { delegation, revision } = await this.readAt();
      const value = { ...delegation, ...change };
      if (await this.#store.transact({ expect: [{ key, revision }], put: [{ key, value }] })) return value;
    }
    throw new CopaError('aborted', 'the configuration was changed by another request: try again');
  }
}
