/**
 * Compares a record that another process left with what its hosts have seen. A host that has seen a later command than
 * the record's last write shows that etcd was restored from a backup: since then the migration went on, and its next
 * step could overwrite what is newer, or start what runs elsewhere.
 */
import type { MigrationCommand } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { HostCalls } from '../hosts/client.js';

const shortMs = 60_000;

/** The record does not describe what is on the hosts. Only both together can say what became of the container. */
export class Outdated extends Error {}

export class RecordAge {
  readonly #checked = new Set<string>();

  /** `fenceMax`: the highest fence that a command can have had when the record was read. */
  constructor(private readonly fenceMax: number) {}

  /** Asks each host once, before the first command to it. Throws `Outdated`. */
  async check(host: HostCalls, command: MigrationCommand): Promise<void> {
    if (this.#checked.has(host.pool)) return;
    const { fence } = await host.call('ObserveCopy', command, { deadlineMs: shortMs });
    if (fence > this.fenceMax) {
      throw new Outdated(
        `${host.pool} is ahead of the record of the migration, which was restored from a backup`,
      );
    }
    this.#checked.add(host.pool);
  }
}
