/** The rules of snapshots: only names of users' snapshots, and no operation during a migration of the container. */
import { checkContainerName, checkSnapshotName } from '../../common/names.js';
import { deadlineMs, type HostLocator } from '../hosts/locator.js';
import type { ContainerRef } from '../model/container-ref.js';

interface Snapshot {
  readonly name: string;
  /** ISO 8601. */
  readonly created_at: string;
}

export class Snapshots {
  constructor(private readonly hosts: HostLocator) {}

  /** Oldest first. */
  async list({ host, name }: ContainerRef): Promise<Snapshot[]> {
    checkContainerName('container_name', name);
    const { snapshots } = await this.hosts.read(host, 'ListSnapshots', { container: name });
    return snapshots.map(({ name, createdAt }) => ({ name, created_at: createdAt }));
  }

  create(container: ContainerRef, snapshot: string): Promise<void> {
    return this.#change('CreateSnapshot', container, snapshot);
  }

  delete(container: ContainerRef, snapshot: string): Promise<void> {
    return this.#change('DeleteSnapshot', container, snapshot);
  }

  /** Shuts a running container down as `stop` does, and starts it again afterwards. */
  async restore(container: ContainerRef, snapshot: string, timeoutSeconds: number): Promise<void> {
    checkSnapshotName('snapshot_name', snapshot);
    const host = await this.hosts.toChange(container);
    const request = { container: container.name, snapshot, timeoutSeconds };
    await host.call('RestoreSnapshot', request, { deadlineMs: timeoutSeconds * 1000 + deadlineMs.copy });
  }

  async #change(
    method: 'CreateSnapshot' | 'DeleteSnapshot',
    container: ContainerRef,
    snapshot: string,
  ): Promise<void> {
    checkSnapshotName('snapshot_name', snapshot);
    const host = await this.hosts.toChange(container);
    await host.call(method, { container: container.name, snapshot }, { deadlineMs: deadlineMs.copy });
  }
}
