/** The agent: settings -> daemon -> containers and both sides of a migration -> ports. */
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Logger } from 'pino';
import { CopaError, isUnknownOutcome, messageOf } from '../common/errors.js';
import { formatAddress } from '../common/net/address.js';
import { createLog } from '../common/observability/log.js';
import { SystemdNotifier } from '../common/observability/systemd.js';
import { TlsIdentity } from '../common/pki/tls-identity.js';
import { agentCommandWith, type AgentConfig } from './config/settings.js';
import { ExecSessions } from './containers/exec-sessions.js';
import { Containers } from './containers/containers.js';
import { systemClock } from '../common/async/clock.js';
import { KeyedMutex } from '../common/async/keyed-mutex.js';
import { poolOf, readIdentity } from './identity/identity-files.js';
import { CertificateStore } from './identity/certificate-store.js';
import { ContainerMetrics } from './usage/container-metrics.js';
import { joinCommand } from './enrollment/join-command.js';
import { ImageReceiver } from './images/image-receiver.js';
import { LinkProbes } from './links/link-probes.js';
import { LinkTraffic } from './links/traffic.js';
import { LxdClient } from './lxd/client.js';
import { describeDaemon, findSocket } from './lxd/daemon.js';
import { LateShutdowns } from './migration/late-shutdowns.js';
import { fenceFilesIn, Fences } from './migration/fences.js';
import { Leftovers } from './migration/leftovers.js';
import { DestinationSide } from './migration/destination.js';
import { KeyFiles } from './networks/encryption/keys.js';
import { NameServer } from './networks/names/name-server.js';
import { NamesFile } from './networks/names/names-file.js';
import { forwardsIpv4, PortForwarder } from './networks/ports/forwarder.js';
import { ownerOf, readListeners } from './networks/ports/listeners.js';
import { PortsFile } from './networks/ports/ports-file.js';
import { NetworkReconciler } from './networks/reconciler.js';
import { runProgram } from './networks/programs.js';
import { KernelWatch } from './networks/kernel-watch.js';
import { measureNetworks, networkRepairs } from './networks/metrics.js';
import { networksCommand } from './networks/command.js';
import { networksDirectory, StateFile, stateFileIn } from './networks/state-file.js';
import { MeasurementStore } from './measurements/measurement-store.js';
import { recordLinks } from './measurements/link-recorder.js';
import { recordUsage } from './measurements/usage-recorder.js';
import { recordStations } from './measurements/wireless-recorder.js';
import { ParkingLot } from './migration/parking.js';
import { SourceSide } from './migration/source.js';
import { StrayMarks } from './migration/stray-marks.js';
import { Transfer } from './migration/transfer.js';
import { Transfers } from './migration/transfers.js';
import { AgentServer } from './grpc/server.js';
import { MetricsServer } from './observability/metrics-server.js';
import { readUse } from './lxd/usage.js';
import { linkPackets, noteExchange } from './observability/metrics.js';
import { Snapshots } from './containers/snapshots.js';
import { StreamListener } from './transport/listener.js';
import { capacityMeter } from './inventory/capacity.js';
import { Inventory } from './inventory/inventory.js';

export function agentCommand(): Command {
  // Options after "join" belong to it, also those with the names of the agent's settings.
  return agentCommandWith(runAgent)
    .enablePositionalOptions()
    .addCommand(joinCommand())
    .addCommand(networksCommand());
}

/** Runs until SIGTERM or SIGINT. Throws before it listens when identity, socket or ports are not usable. */
async function runAgent(config: AgentConfig): Promise<void> {
  const log = createLog(config.logLevel);
  const service = SystemdNotifier.fromEnvironment(log);
  const identity = await readIdentity(config.identity);
  const pool = poolOf(identity.credentials);
  const tlsIdentity = new TlsIdentity(identity.credentials, identity.revoked);
  const lxd = new LxdClient(findSocket(config.socket), noteExchange(log));
  const daemon = () => describeDaemon(lxd);

  const mutex = new KeyedMutex();
  const transfers = new Transfers((options, transfer) => new Transfer(options, transfer, lxd, log));
  const listener = new StreamListener(tlsIdentity, log);
  const streamPort = await listener.listen(config.host, config.streamPort);
  const watch = new Inventory({ lxd, daemon, measure: capacityMeter(lxd) });
  const directory = join(config.identity, 'late-shutdowns');
  const lateShutdowns = new LateShutdowns({ lxd, mutex, directory, log });
  await lateShutdowns.start();
  const measurements = startMeasurements(config, lxd, watch, log);
  const { links, stopLinks } = await startLinks(config, pool, measurements, log);
  const networks = await startNetworks(config, lxd, log);
  const [ports, names] = await startPortsAndNames(config, networks, log);
  const fences = new Fences(fenceFilesIn(join(config.identity, 'fences')));
  const shared = { lxd, mutex, transfers, fences, listener };
  const server = new AgentServer({
    pool,
    streamPort,
    tlsIdentity,
    keeper: new CertificateStore(config.identity, tlsIdentity, log),
    lxd,
    daemon,
    transfers,
    images: new ImageReceiver({ lxd, listener }),
    listener,
    ...{ watch, measurements, links, networks, ports, names, log },
    containers: new Containers({ lxd, mutex }),
    snapshots: new Snapshots({ lxd, mutex }),
    source: new SourceSide({ ...shared, identity: tlsIdentity, lateShutdowns }),
    parking: new ParkingLot(shared),
    strayMarks: new StrayMarks(shared),
    commands: new ExecSessions(lxd),
    destination: new DestinationSide({
      ...shared,
      daemon,
      leftovers: new Leftovers(lxd, join(config.identity, 'receiving')),
      allowed: config.allowPrivileges,
    }),
    allowed: config.allowPrivileges,
  });
  const port = await server.listen(config.host, config.port);
  const use = new ContainerMetrics(
    () => readUse(lxd),
    (reason) => log.warn({ reason }, 'the daemon does not report what its containers use'),
  );
  const checks = { daemon, identity: () => checkValidity(tlsIdentity.credentials) };
  const monitor = new MetricsServer(checks, () => use.refresh());
  if (config.metricsListen) await monitor.listen(config.metricsListen);
  log.info(
    { pool, socket: lxd.socketPath, listen: formatAddress({ host: config.host, port }), streamPort },
    'agent is ready',
  );
  await reportDaemon(lxd, log);

  await service.ready();
  await signalled();
  log.info('agent stops');
  monitor.close();
  await service.stopping();
  server.close();
  for (const part of [watch, lateShutdowns, listener]) part.close();
  await stopLinks();
  await measurements.close();
  await Promise.all([ports.close(), names.close()]);
  await networks.close();
  await lxd.close();
  process.exit(0);
}

function startMeasurements(
  { identity, measurementsSize: bytesMax, measure }: AgentConfig,
  lxd: LxdClient,
  watch: Inventory,
  log: Logger,
): MeasurementStore {
  const measurements = new MeasurementStore({ directory: join(identity, 'measurements'), bytesMax, log });
  measurements.start();
  if (measure) {
    recordUsage(lxd, watch, measurements);
    recordStations(measurements);
  }
  return measurements;
}

/** A port that is taken is no reason to stop: all else works without it. */
async function startLinks(
  { host, probePort, countTraffic }: AgentConfig,
  pool: string,
  measurements: MeasurementStore,
  log: Logger,
): Promise<{ readonly links: LinkProbes; readonly stopLinks: () => Promise<void> }> {
  const traffic = countTraffic ? new LinkTraffic(log) : undefined;
  const stopLinks = async () => {
    links.close();
    await traffic?.close();
  };
  const links = new LinkProbes({ pool, log, count: (outcome) => linkPackets.inc({ outcome }) });
  if (probePort === undefined) return { links, stopLinks };
  try {
    await links.listen(host, probePort);
    recordLinks(links, measurements, traffic);
  } catch (error) {
    log.error({ port: probePort, reason: messageOf(error) }, 'links are not measured: see --probe-port');
  }
  return { links, stopLinks };
}

async function startNetworks(
  { identity }: AgentConfig,
  lxd: LxdClient,
  log: Logger,
): Promise<NetworkReconciler> {
  const networks = new NetworkReconciler({
    ...{ lxd, log, run: runProgram, clock: systemClock, file: new StateFile(stateFileIn(identity)) },
    keys: new KeyFiles(networksDirectory(identity)),
    noteRepairs: (steps) => networkRepairs.inc(steps),
    watch: (onChange) => {
      const watch = new KernelWatch({ clock: systemClock, onChange });
      return () => watch.close();
    },
  });
  measureNetworks(networks, runProgram);
  await networks.start();
  return networks;
}

async function startPortsAndNames(
  { identity }: AgentConfig,
  reconciler: NetworkReconciler,
  log: Logger,
): Promise<[PortForwarder, NameServer]> {
  const networks = () => reconciler.networks;
  const fileOf = (name: string) => join(networksDirectory(identity), name);
  const ports = new PortForwarder({
    ...{ log, run: runProgram, clock: systemClock, readListeners, ownerOf, forwards: forwardsIpv4, networks },
    file: new PortsFile(fileOf('ports.json')),
  });
  const names = new NameServer({
    log,
    clock: systemClock,
    networks,
    file: new NamesFile(fileOf('names.json')),
  });
  await Promise.all([ports.start(), names.start()]);
  return [ports, names];
}

function signalled(): Promise<unknown> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}

/** A daemon that does not answer yet is no reason to stop. */
async function reportDaemon(lxd: LxdClient, log: Logger): Promise<void> {
  try {
    const { kind, version } = await describeDaemon(lxd);
    const { prefix, problem } = await lxd.root();
    log.info({ daemon: kind, version, ...(prefix === '' ? {} : { files: prefix }) }, 'daemon answers');
    if (problem !== undefined) {
      log.warn({ reason: problem }, 'mounts of the daemon alone are not reached, if it has any');
    }
  } catch (error) {
    if (!isUnknownOutcome(error)) throw error;
    log.warn({ reason: messageOf(error) }, 'daemon does not answer yet; each request tries again');
  }
}

/** Throws when the certificate is not valid now. */
function checkValidity({ cert }: { readonly cert: string }): void {
  const { validTo } = new X509Certificate(cert);
  if (Date.parse(validTo) > Date.now()) return;
  throw new CopaError(
    'failed_precondition',
    `the certificate in the identity directory was valid until ${validTo}`,
  );
}
