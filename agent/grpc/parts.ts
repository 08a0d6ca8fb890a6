/** What the calls of an agent are served with. */
import type { Logger } from 'pino';
import type { Standing } from '../../common/pki/tls-identity.js';
import type { Commands } from '../containers/exec-sessions.js';
import type { Containers } from '../containers/containers.js';
import type { IdentityKeeper } from '../identity/certificate-store.js';
import type { LxdClient } from '../lxd/client.js';
import type { Daemon } from '../lxd/daemon.js';
import type { DestinationSide } from '../migration/destination.js';
import type { SourceSide } from '../migration/source.js';
import type { Transfers } from '../migration/transfer.js';
import type { PrivilegeKind } from '../model/privileges.js';
import type { Snapshots } from '../containers/snapshots.js';
import type { HostWatch } from '../inventory/inventory.js';

export interface AgentParts {
  readonly pool: string;
  readonly streamPort: number;
  readonly standing: Standing;
  readonly keeper: IdentityKeeper;
  /** What containers that come from other hosts may do to this one. */
  readonly allowed: ReadonlySet<PrivilegeKind>;
  readonly lxd: LxdClient;
  readonly daemon: () => Promise<Daemon>;
  readonly containers: Containers;
  readonly snapshots: Snapshots;
  readonly commands: Commands;
  readonly source: SourceSide;
  readonly destination: DestinationSide;
  readonly transfers: Transfers;
  readonly watch: HostWatch;
  readonly log: Logger;
}

/** For calls that answer nothing but that they are done. */
export async function done(work: Promise<void>): Promise<Record<string, never>> {
  await work;
  return {};
}
