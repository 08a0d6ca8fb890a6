/** A container's snapshots. Helper snapshots of migrations are excluded. */
import { CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import { withInstance, malformedReply, type Host } from './instance-guard.js';
import { changeState, getInstance, kill, shutDown, updateInstance } from '../lxd/instances.js';
import {
  createSnapshot,
  deleteSnapshot,
  describeSnapshots,
  listSnapshots,
  restoreSnapshot,
} from '../lxd/snapshots.js';
import type { Snapshot } from '../lxd/types.js';
import { isHelperSnapshot } from '../model/helper-snapshots.js';
import { isMarkKey, unmarking } from '../model/marks.js';

export class Snapshots {
  constructor(private readonly host: Host) {}

  /** Oldest first. */
  async list(container: string): Promise<Snapshot[]> {
    await getInstance(this.host.lxd, container);
    const all = await describeSnapshots(this.host.lxd, container);
    return all
      .map(({ name, created_at }) => ({ name, created_at }))
      .filter(({ name }) => !isHelperSnapshot(name))
      .sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  }

  create(container: string, snapshot: string): Promise<void> {
    return withInstance(this.host, container, 'snapshot', async () => {
      if (await this.#has(container, snapshot)) {
        const message = `container "${container}" has a snapshot ${shown(snapshot)} already`;
        throw new CopaError('already_exists', message);
      }
      await createSnapshot(this.host.lxd, container, snapshot);
    });
  }

  /**
   * Restores a snapshot. A running container is shut down first, as `stop` does, and started again afterwards, also
   * when restoring failed.
   */
  restore(container: string, snapshot: string, timeoutSeconds: number): Promise<void> {
    const { lxd } = this.host;
    return withInstance(this.host, container, 'restore', async ({ status, ephemeral }) => {
      await this.#mustHave(container, snapshot);
      if (status === 'Stopped') {
        await this.#restore(container, snapshot);
        return;
      }
      if (status !== 'Running')
        throw malformedReply(container, `is ${status.toLowerCase()}: unfreeze or stop it first`);
      if (ephemeral) throw malformedReply(container, 'is ephemeral: stopping it for this would delete it');
      if (!(await shutDown(lxd, container, timeoutSeconds))) await kill(lxd, container);
      try {
        await this.#restore(container, snapshot);
      } finally {
        await changeState(lxd, container, 'start');
      }
    });
  }

  delete(container: string, snapshot: string): Promise<void> {
    return withInstance(this.host, container, 'delete_snapshot', async () => {
      await this.#mustHave(container, snapshot);
      await deleteSnapshot(this.host.lxd, container, snapshot);
    });
  }

  /** A snapshot that a user took during a migration contains its marks, which no longer hold anything. */
  async #restore(container: string, snapshot: string): Promise<void> {
    await restoreSnapshot(this.host.lxd, container, snapshot);
    await updateInstance(this.host.lxd, container, (now) =>
      Object.keys(now.config).some(isMarkKey) ? unmarking(now) : undefined,
    );
  }

  async #mustHave(container: string, snapshot: string): Promise<void> {
    if (await this.#has(container, snapshot)) return;
    throw new CopaError('not_found', `container "${container}" has no snapshot ${shown(snapshot)}`);
  }

  async #has(container: string, snapshot: string): Promise<boolean> {
    return (await listSnapshots(this.host.lxd, container)).includes(snapshot);
  }
}
