/** A real agent, its gRPC server and its stream port with real TLS, over a fake LXD. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import { ExecSessions } from '../../../agent/containers/exec-sessions.js';
import { Containers } from '../../../agent/containers/containers.js';
import { KeyedMutex } from '../../../common/async/keyed-mutex.js';
import { createIdentity, poolOf, readIdentity } from '../../../agent/identity/identity-files.js';
import { CertificateStore } from '../../../agent/identity/certificate-store.js';
import { ImageReceiver } from '../../../agent/images/image-receiver.js';
import { LinkProbes } from '../../../agent/links/link-probes.js';
import { LxdClient } from '../../../agent/lxd/client.js';
import { describeDaemon } from '../../../agent/lxd/daemon.js';
import { LateShutdowns } from '../../../agent/migration/late-shutdowns.js';
import { fenceFilesIn, Fences } from '../../../agent/migration/fences.js';
import { Leftovers } from '../../../agent/migration/leftovers.js';
import { DestinationSide } from '../../../agent/migration/destination.js';
import { ParkingLot } from '../../../agent/migration/parking.js';
import { SourceSide } from '../../../agent/migration/source.js';
import { StrayMarks } from '../../../agent/migration/stray-marks.js';
import { NameServer } from '../../../agent/networks/names/name-server.js';
import { NamesFile } from '../../../agent/networks/names/names-file.js';
import { PortForwarder } from '../../../agent/networks/ports/forwarder.js';
import { PortsFile } from '../../../agent/networks/ports/ports-file.js';
import { NetworkReconciler } from '../../../agent/networks/reconciler.js';
import { KeyFiles } from '../../../agent/networks/encryption/keys.js';
import { StateFile } from '../../../agent/networks/state-file.js';
import { systemClock } from '../../../common/async/clock.js';
import { NetworkHost } from './network-host.js';
import { MeasurementStore } from '../../../agent/measurements/measurement-store.js';
import { Transfer } from '../../../agent/migration/transfer.js';
import { Transfers } from '../../../agent/migration/transfers.js';
import type { Allowed } from '../../../agent/model/privileges.js';
import { AgentServer } from '../../../agent/grpc/server.js';
import { Snapshots } from '../../../agent/containers/snapshots.js';
import { StreamListener } from '../../../agent/transport/listener.js';
import { Inventory } from '../../../agent/inventory/inventory.js';
import type { Credentials } from '../../../common/pki/identity.js';
import { currentRequestId } from '../../../common/observability/request-id.js';
import { TlsIdentity } from '../../../common/pki/tls-identity.js';
import { FakeLxd, failure, sync, type Answer, type Answering } from './lxd.js';

export interface RunningAgent {
  readonly fake: FakeLxd;
  /** The requests to the daemon: request id, method, path, outcome. */
  readonly exchanges: readonly string[];
  readonly tlsIdentity: TlsIdentity;
  readonly listener: StreamListener;
  readonly address: string;
  readonly streamAddress: string;
  readonly streamPort: number;
  /** The directory of its identity. */
  readonly directory: string;
  stop(): Promise<void>;
}

/** A daemon that describes itself and has no containers. */
export const emptyDaemon = ({ path }: { readonly path: string }): Answer =>
  path === '/1.0'
    ? sync({
        api_extensions: [],
        environment: { server: 'lxd', server_version: '0', architectures: ['x86_64'] },
      })
    : failure(404, 'not found');

/** As the program does, with an identity directory made from `credentials`. */
export async function startAgent(
  credentials: Credentials,
  answer: Answering = emptyDaemon,
  log: Logger = pino({ level: 'silent' }),
  allowed: ReadonlySet<Allowed> = new Set(),
): Promise<RunningAgent> {
  const directory = mkdtempSync(join(tmpdir(), 'copa-'));
  await createIdentity(directory, credentials);
  const identity = await readIdentity(directory);
  const tlsIdentity = new TlsIdentity(identity.credentials, identity.revoked);
  const socket = join(directory, 'socket');
  const fake = await FakeLxd.start(socket, answer);
  const exchanges: string[] = [];
  const lxd = new LxdClient(socket, ({ method, path, error }) =>
    exchanges.push(
      `${currentRequestId() ?? 'none'} ${method} ${path} ${error === undefined ? 'ok' : 'failed'}`,
    ),
  );
  const listener = new StreamListener(tlsIdentity, log);
  const streamPort = await listener.listen('127.0.0.1', 0);
  const mutex = new KeyedMutex();
  const transfers = new Transfers((options, transfer) => new Transfer(options, transfer, lxd, log));
  const daemon = () => describeDaemon(lxd);
  const watch = new Inventory({ lxd, daemon });
  const lateShutdowns = new LateShutdowns({ lxd, mutex, directory: join(directory, 'late-shutdowns'), log });
  const fences = new Fences(fenceFilesIn(join(directory, 'fences')));
  const shared = { lxd, mutex, transfers, fences, listener };
  const measurements = new MeasurementStore({
    directory: join(directory, 'measurements'),
    bytesMax: 64 << 20,
    log,
  });
  const grpc = new AgentServer({
    pool: poolOf(credentials),
    streamPort,
    tlsIdentity,
    keeper: new CertificateStore(directory, tlsIdentity, log),
    lxd,
    daemon,
    transfers,
    images: new ImageReceiver({ lxd, listener }),
    listener,
    watch,
    measurements,
    links: new LinkProbes({ pool: poolOf(credentials), log, count: () => undefined }),
    ...networksOf(lxd, directory, log),
    log,
    containers: new Containers({ lxd, mutex }),
    snapshots: new Snapshots({ lxd, mutex }),
    parking: new ParkingLot(shared),
    strayMarks: new StrayMarks(shared),
    commands: new ExecSessions(lxd),
    source: new SourceSide({ ...shared, identity: tlsIdentity, lateShutdowns }),
    destination: new DestinationSide({
      ...shared,
      daemon,
      leftovers: new Leftovers(lxd, join(directory, 'receiving')),
      allowed,
    }),
    allowed,
  });
  const port = await grpc.listen('127.0.0.1', 0);
  return {
    fake,
    exchanges,
    tlsIdentity,
    listener,
    address: `127.0.0.1:${port}`,
    streamAddress: `127.0.0.1:${streamPort}`,
    streamPort,
    directory,
    stop: async () => {
      grpc.close();
      watch.close();
      lateShutdowns.close();
      listener.close();
      await Promise.all([fake.close(), lxd.close(), measurements.close()]);
      // A change of the identity in progress may still write into it.
      await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

function networksOf(lxd: LxdClient, directory: string, log: Logger) {
  const shared = { log, run: new NetworkHost().run, clock: systemClock };
  const file = (name: string) => join(directory, 'networks', name);
  const networks = new NetworkReconciler({
    ...shared,
    lxd,
    file: new StateFile(file('state.json')),
    keys: new KeyFiles(join(directory, 'networks')),
  });
  const ports = new PortForwarder({
    ...shared,
    networks: () => networks.networks,
    readListeners: () => Promise.resolve([]),
    ownerOf: () => Promise.resolve('a program'),
    forwards: () => Promise.resolve(true),
    file: new PortsFile(file('ports.json')),
  });
  const names = new NameServer({
    ...shared,
    networks: () => [],
    file: new NamesFile(file('names.json')),
  });
  return { networks, ports, names };
}
