/** The parts that the handlers use. */
import type { Logger } from 'pino';
import { CopaError, isUnknownOutcome } from '../../common/errors.js';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import type { ExecSessions } from '../containers/exec-sessions.js';
import type { Containers } from '../containers/containers.js';
import type { ImageReceiver } from '../images/image-receiver.js';
import type { CertificateStore } from '../identity/certificate-store.js';
import type { LinkProbes } from '../links/link-probes.js';
import type { LxdClient } from '../lxd/client.js';
import type { Daemon } from '../lxd/daemon.js';
import type { MeasurementStore } from '../measurements/measurement-store.js';
import type { DestinationSide } from '../migration/destination.js';
import type { ParkingLot } from '../migration/parking.js';
import type { SourceSide } from '../migration/source.js';
import type { StrayMarks } from '../migration/stray-marks.js';
import type { Transfers } from '../migration/transfers.js';
import type { Allowed } from '../model/privileges.js';
import type { Snapshots } from '../containers/snapshots.js';
import type { Inventory } from '../inventory/inventory.js';
import type { StreamListener } from '../transport/listener.js';
import type { NameServer } from '../networks/names/name-server.js';
import type { PortForwarder } from '../networks/ports/forwarder.js';
import type { NetworkReconciler } from '../networks/reconciler.js';

export interface AgentParts {
  readonly pool: string;
  readonly streamPort: number;
  readonly tlsIdentity: TlsIdentity;
  readonly keeper: CertificateStore;
  /** The privileges that containers from other hosts may have here. */
  readonly allowed: ReadonlySet<Allowed>;
  readonly lxd: LxdClient;
  readonly daemon: () => Promise<Daemon>;
  readonly containers: Containers;
  readonly snapshots: Snapshots;
  readonly commands: ExecSessions;
  readonly source: SourceSide;
  readonly destination: DestinationSide;
  readonly parking: ParkingLot;
  readonly strayMarks: StrayMarks;
  readonly transfers: Transfers;
  readonly images: ImageReceiver;
  readonly listener: StreamListener;
  readonly watch: Inventory;
  readonly measurements: MeasurementStore;
  readonly links: LinkProbes;
  readonly networks: NetworkReconciler;
  readonly ports: PortForwarder;
  readonly names: NameServer;
  readonly log: Logger;
}

/** For calls that return nothing. */
export async function done(work: Promise<void>): Promise<Record<string, never>> {
  await work;
  return {};
}

/**
 * The error of a failed pass. A broken stream between the agents becomes `aborted`, because the pass has certainly
 * ended. "unavailable" is reserved for a lost connection to the agent itself.
 */
export function passFailure(error: CopaError): CopaError {
  return isUnknownOutcome(error) ? new CopaError('aborted', error.message, { cause: error }) : error;
}
