/** The rules of snapshots: names of users' own, and none of a container under migration. */
import { checkSnapshotName } from '../../common/names.js';
import { checkContainerName, deadlineMs, type ContainerAddress, type Hosts } from '../hosts/locator.js';

interface Snapshot {
  readonly name: string;
  /** ISO 8601. */
  readonly created_at: string;
}

export class Snapshots {
  constructor(private readonly hosts: Hosts) {}

  /** The oldest first. */
  async list({ pool, container }: ContainerAddress): Promise<Snapshot[]> {
    checkContainerName('container_name', container);
    const { snapshots } = await this.hosts.read(pool, 'ListSnapshots', { container });
    return snapshots.map(({ name, createdAt }) => ({ name, created_at: createdAt }));
  }

  create(address: ContainerAddress, snapshot: string): Promise<void> {
    return this.#change('CreateSnapshot', address, snapshot);
  }

  delete(address: ContainerAddress, snapshot: string): Promise<void> {
    return this.#change('DeleteSnapshot', address, snapshot);
  }

  /** Shuts a running container down as `stop` does, and starts it again afterwards. */
  async restore(address: ContainerAddress, snapshot: string, timeoutSeconds: number): Promise<void> {
    checkSnapshotName('snapshot_name', snapshot);
    const host = await this.hosts.toChange(address);
    const request = { container: address.container, snapshot, timeoutSeconds };
    await host.call('RestoreSnapshot', request, { deadlineMs: timeoutSeconds * 1000 + deadlineMs.copy });
  }

  async #change(
    method: 'CreateSnapshot' | 'DeleteSnapshot',
    address: ContainerAddress,
    snapshot: string,
  ): Promise<void> {
    checkSnapshotName('snapshot_name', snapshot);
    const host = await this.hosts.toChange(address);
    await host.call(method, { container: address.container, snapshot }, { deadlineMs: deadlineMs.copy });
  }
}
