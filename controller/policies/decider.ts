/**
 * Which controller decides. Its claim is a key in etcd, and every decision is a transaction that expects the claim's
 * revision: a controller that was replaced while it was paused can decide nothing more. Another one takes over when the
 * process that has the claim is gone.
 */
import type { MigrationRecord } from '../model/migration.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';

type Owner = MigrationRecord['runner'];

interface Parts {
  readonly store: Pick<Store, 'getMany' | 'transact'>;
  /** How this process names itself. */
  readonly owner: () => Owner;
  /** Returns a test whether a process is alive. */
  readonly living: () => Promise<(owner: Owner) => boolean>;
}

export class Decider {
  constructor(private readonly parts: Parts) {}

  /** The revision of this process's claim; undefined when another process decides. */
  async claim(): Promise<number | undefined> {
    const { store } = this.parts;
    const key = keys.decider;
    const owner = this.parts.owner();
    const [entry] = await store.getMany([key]);
    const holder = entry?.value as Partial<Owner> | null | undefined;
    if (entry && holder?.run === owner.run) return entry.revision;
    if (isOwner(holder) && (await this.parts.living())(holder)) return undefined;
    const claimed = await store.transact({
      expect: [{ key, revision: entry?.revision ?? 0 }],
      put: [{ key, value: owner }],
    });
    return claimed?.revision;
  }
}

function isOwner(value: Partial<Owner> | null | undefined): value is Owner {
  return typeof value?.run === 'string' && typeof value.controller === 'string';
}
