/**
 * Composes the controller from the bottom up: store, certificates, hosts, use cases, REST. Each function creates the
 * parts of one layer from those below it, and registers how they end.
 *
 * The controller waits for its embedded etcd, which is its child process. It does not wait for an external etcd: REST
 * returns 503 until that etcd answers, without a restart.
 */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { CleanupStack } from '../common/async/cleanup-stack.js';
import { CopaError, messageOf } from '../common/errors.js';
import { RefusalLog } from '../common/observability/refusal-log.js';
import { version } from '../common/version.js';
import { exportData } from './backup/collect.js';
import { encrypterOf } from './backup/encryption.js';
import { Recovery } from './backup/recovery.js';
import { BackupSchedule } from './backup/schedule.js';
import type { ControllerCluster } from './cluster/service.js';
import { startCluster } from './cluster/start.js';
import type { Config } from './config/settings.js';
import { readControllerId } from './config/controller-id.js';
import { EvacuationService } from './evacuation/service.js';
import type { Enrollment } from './enrollment/enrollment.js';
import { startEnrollment } from './enrollment/start.js';
import type { EmbeddedEtcd } from './etcd-process/embedded-etcd.js';
import { EventLog } from './events/event-log.js';
import { EventStreams } from './events/event-streams.js';
import { HostDirectory } from './hosts/directory.js';
import { HostLocator } from './hosts/locator.js';
import { SharedReads } from './hosts/shared-reads.js';
import { createApp } from './http/app.js';
import { AuditLog } from './http/auth/audit-log.js';
import { Authenticator } from './http/auth/authenticator.js';
import type { BackupApi } from './http/routes/backup.js';
import { isOpen, serve } from './http/serve.js';
import { HostWatches } from './inventory/host-watches.js';
import { Inventory } from './inventory/inventory.js';
import { UsageWatches } from './inventory/usage-watches.js';
import { LinkPeers } from './links/link-peers.js';
import { Relay } from './migration/relay.js';
import type { OwnMoveAudit } from './migration/own-moves.js';
import { MigrationService } from './migration/service.js';
import type { InventoryEvent } from './model/event.js';
import { decodeHost } from './model/host.js';
import { decodeRestored } from './model/restored.js';
import {
  backupBytes,
  backupMadeAt,
  evacuationContainers,
  evacuationsKnown,
  migrationsRunning,
  migrationsQueued,
  migrationsWaiting,
  poolUp,
  readGauge,
} from './observability/metrics.js';
import { unreadableValues } from './observability/unreadable-values.js';
import { CaRotation } from './pki/ca-rotation.js';
import { CaStore } from './pki/ca-store.js';
import { CertificateRenewer } from './pki/certificate-renewer.js';
import { HostCertificates } from './pki/host-certificates.js';
import { HostNotes } from './pki/host-notes.js';
import { prometheusAt } from './prometheus/client.js';
import { keys, lastPart } from './store/keys.js';
import type { SpaceMonitor } from './store/space-monitor.js';
import type { Store } from './store/store.js';
import { ContainerNetworks } from './usecases/container-networks.js';
import { Commands } from './usecases/commands.js';
import { ContainerBatches } from './usecases/container-batches.js';
import { Containers } from './usecases/containers.js';
import { Delegations } from './usecases/delegations.js';
import { ImageCopies } from './images/image-copies.js';
import { Images } from './images/images.js';
import { MeasurementWatches } from './usecases/measurement-watches.js';
import { LinkTests } from './usecases/link-tests.js';
import { Measurements } from './usecases/measurements.js';
import { Networks } from './networks/networks.js';
import { Policies } from './policies/policies.js';
import { Placer } from './placement/placer.js';
import { RebalanceService } from './rebalance/service.js';
import { Placements } from './usecases/placements.js';
import { Pools } from './usecases/pools.js';
import { openStore } from './open-store.js';
import { Snapshots } from './usecases/snapshots.js';
import { Tokens } from './usecases/tokens.js';

export interface Controller {
  readonly port: number;
  /** The PID of the embedded etcd; undefined with an external etcd. */
  readonly etcdPid: () => number | undefined;
  /** Ends requests, connections and the embedded etcd, in this order. */
  stop(): Promise<void>;
}

/** The parameters of every layer: the settings, the log, and the stack of clean-up functions. */
interface Base {
  readonly config: Config;
  readonly log: Logger;
  readonly cleanup: CleanupStack;
}

/** Resolves when REST is being served. Throws when the settings cannot work on this machine. */
export async function startController(config: Config, log: Logger): Promise<Controller> {
  const base: Base = { config, log, cleanup: new CleanupStack() };
  try {
    const { store, space, etcd } = await openStore(base);
    const pki = await startPki(base, store);
    const fleet = startFleet(base, store, pki);
    const usecases = await startUsecases(base, store, { ...pki, ...fleet });
    const enrollment = await startEnrollment(base, store, pki);
    const cluster = startCluster(base, { store, etcd, ...pki, ...fleet, ...usecases, enrollment });
    const backups = await startBackups(base, store, { ...pki, ...fleet, ...usecases });
    const opened = { store, space, etcd, enrollment, cluster, backups };
    const rest = await startRest(base, { ...pki, ...fleet, ...usecases, ...opened });
    log.info({ name: config.name, url: rest.url }, 'controller is ready');
    return { port: rest.port, etcdPid: () => etcd?.pid(), stop: () => base.cleanup.run() };
  } catch (error) {
    await base.cleanup.run();
    throw error;
  }
}

type Pki = Awaited<ReturnType<typeof startPki>>;

async function startPki({ config, log, cleanup }: Base, store: Store) {
  const { stateDirectory, name, certificateLifetimeMs: lifetimeMs } = config;
  const caStore = cleanup.closing(await CaStore.start({ store, stateDirectory, name, lifetimeMs, log }));
  const directory: HostDirectory = cleanup.closing(
    new HostDirectory(caStore.tlsIdentity, config.agentPort, () => recovery.checkHost()),
  );
  const recovery = new Recovery({ store, caStore, host: (host) => directory.host(host), log });
  await recovery.start();
  cleanup.add(() => recovery.close());
  const notes = new HostNotes({ store, caStore });
  cleanup.add(() => notes.close());
  const certificates = new HostCertificates(store, caStore);
  const rotation = new CaRotation(store, caStore, certificates);
  const renewer = cleanup.closing(
    new CertificateRenewer({
      hostOf: (host) => directory.host(host),
      caStore,
      certificates,
      notes,
      log,
      isRight: (host) => rotation.settled(host),
    }),
  );
  return { caStore, directory, certificates, rotation, renewer, recovery };
}

/** Events after which other hosts are peers. */
const changesLinks: ReadonlySet<string> = new Set(['pool.added', 'pool.removed', 'pool.labelled']);

type Fleet = ReturnType<typeof startFleet>;

/** Follows the registered hosts, keeps a connection to each, and logs changes as events. */
function startFleet(
  { config, log, cleanup }: Base,
  store: Store,
  { caStore, directory, rotation, renewer }: Pki,
) {
  const eventLog = new EventLog();
  const emit = (event: InventoryEvent) => {
    eventLog.add(event);
    networks.noteEvent(event);
    if (event.type === 'pool.up') {
      renewer.hostAnswered(event.pool);
      linkPeers.answered(event.pool);
    } else if (changesLinks.has(event.type)) linkPeers.changed();
  };
  const inventory = new Inventory(emit);
  const networks: Networks = new Networks({
    ...{ store, inventory, emit, log, keyLifetimeMs: config.networkKeyLifetimeMs },
    host: (name) => {
      const host = directory.lastSeen(name);
      return host && directory.host(host);
    },
  });
  cleanup.add(networks.start());
  const linkPeers: LinkPeers = cleanup.closing(
    new LinkPeers({
      ...{ inventory, log, pairs: config.linkPairs, agentPort: config.agentPort },
      host: (name) => directory.lastSeen(name),
      agentOf: (host) => directory.host(host),
      secret: () => caStore.deriveKey('links'),
    }),
  );
  const watches = cleanup.closing(new HostWatches({ inventory, host: (host) => directory.host(host) }));
  const forget = (name: string, revision: number) => {
    watches.remove(name);
    renewer.forget(name);
    directory.forget(name, revision);
    // A replacement of the CA may have waited only for this host.
    rotation.settled(name).catch((error: unknown) => {
      log.warn({ reason: messageOf(error) }, 'the replacement of the CA is not finished yet');
    });
  };
  cleanup.closing(
    store.watch(keys.pools, {
      onReset: (entries, revision) => {
        // A pool whose record nobody can read any more stays as it was.
        const hosts = entries.flatMap(
          (entry) =>
            unreadableValues.attempt(entry, decodeHost)?.value ??
            directory.lastSeen(lastPart(entry.key)) ??
            [],
        );
        directory.retain(hosts, revision);
        for (const room of [watches, renewer]) room.retain(hosts);
      },
      onEvent: (change) => {
        if (change.type === 'remove') {
          forget(lastPart(change.key), change.revision);
          return;
        }
        for (const host of unreadableValues.each([change], decodeHost)) {
          watches.add(host);
          renewer.follow(host);
        }
      },
    }),
  );
  readGauge(poolUp, () => inventory.all().map(({ name, state }) => [{ pool: name }, state === 'up' ? 1 : 0]));
  const usage = cleanup.closing(
    new UsageWatches({
      inventory,
      host: (name) => {
        const host = directory.lastSeen(name);
        return host && directory.host(host);
      },
    }),
  );
  return { eventLog, emit, inventory, networks, usage };
}

type Usecases = Awaited<ReturnType<typeof startUsecases>>;

async function startUsecases(
  { config, log, cleanup }: Base,
  store: Store,
  { directory, caStore, emit, eventLog, inventory, networks, usage, recovery }: Pki & Fleet,
) {
  const shared = new SharedReads(directory);
  const locator = new HostLocator(store, shared);
  const pools = new Pools(store, config.agentPort);
  const controllerId = await readControllerId(config.stateDirectory);
  const relay = new Relay(caStore.tlsIdentity);
  const marked = () => inventory.marked();
  const migrations = new MigrationService({
    ...{ store, directory, relay, log, controllerId, emit, marked, networks },
  });
  migrations.start();
  cleanup.add(() => migrations.stop());
  readGauge(migrationsRunning, () => migrations.running().map(([phase, count]) => [{ phase }, count]));
  readGauge(migrationsQueued, () => migrations.queued().map(([kind, count]) => [{ kind }, count]));
  readGauge(migrationsWaiting, () => migrations.waiting().map(([phase, seconds]) => [{ phase }, seconds]));
  const images = new Images(pools, shared);
  const imageCopies = new ImageCopies({
    ...{ images, pools, directory, relay, log },
    isDown: (pool) => inventory.get(pool)?.state === 'down',
  });
  const containers = new Containers(locator, imageCopies);
  const snapshots = new Snapshots(locator);
  const measurements = new Measurements({ pools, agents: shared });
  const prometheus = prometheusAt(config.prometheus);
  const newest = new MeasurementWatches({ measurements, inventory, log });
  const delegations = new Delegations(store);
  const audit = cleanup.closing(new AuditLog(join(config.stateDirectory, 'audit.log'), log));
  const auditOwnMove = (line: OwnMoveAudit) =>
    audit.write({
      ...line,
      ...{ role: null, from: line.who.split(':')[0] ?? '', method: 'POST', path: '/REST/container' },
    });
  const policies = new Policies({
    ...{ store, measurements, prometheus, delegations, migrations, inventory, emit, log },
    audit: auditOwnMove,
  });
  cleanup.add(policies.start());
  const placer: Placer = new Placer(inventory, Date.now, () => evacuations.coming(), networks);
  const evacuations: EvacuationService = new EvacuationService({
    ...{ store, directory, inventory, placer, migrations, log, emit },
  });
  const rebalance = new RebalanceService({
    ...{ store, measurements, inventory, placer, migrations, emit, log },
    ...{ audit: auditOwnMove, everyMs: config.rebalanceEveryMs },
  });
  cleanup.add(rebalance.start());
  evacuations.start();
  readGauge(evacuationsKnown, () => evacuations.byPhase().map(([phase, count]) => [{ phase }, count]));
  readGauge(evacuationContainers, () => evacuations.left().map(([pool, count]) => [{ pool }, count]));
  cleanup.add(() => evacuations.stop());
  return {
    audit,
    policies,
    controllerId,
    pools,
    containers,
    containerNetworks: new ContainerNetworks(locator, networks),
    placements: new Placements({ placer, containers, inventory }),
    evacuations,
    rebalance,
    snapshots,
    batches: new ContainerBatches({ containers, snapshots, inventory }),
    commands: new Commands(locator, new HostLocator(store, directory)),
    ...{ images, imageCopies, migrations, measurements, prometheus },
    linkTests: new LinkTests({ pools, directory }),
    events: new EventStreams(eventLog, { usage, measurements: newest }),
    delegations,
    tokens: cleanup.closing(new Tokens(store, undefined, (token) => recovery.checkToken(token))),
  };
}

async function startBackups(
  { config, log, cleanup }: Base,
  store: Store,
  { caStore, emit, audit }: Pki & Fleet & Usecases,
): Promise<BackupApi> {
  const { backup } = config;
  // A recipient that is not one must show now, and not with the first backup.
  if (backup) encrypterOf({ recipients: backup.recipients });
  const schedule = cleanup.closing(
    new BackupSchedule({
      ...{ store, config, caStore, log, emit },
      audit: (outcome, ms) =>
        audit.write({
          ...{ at: new Date().toISOString(), who: 'backup', role: null, from: 'local', method: 'POST' },
          ...{ path: '/REST/backup', parameters: {}, outcome, status: outcome === 'done' ? 200 : 500, ms },
        }),
    }),
  );
  readGauge(backupMadeAt, () => (schedule.last ? [[{}, Date.parse(schedule.last.madeAt) / 1000]] : []));
  readGauge(backupBytes, () => (schedule.last ? [[{}, schedule.last.bytes]] : []));
  await schedule.start();
  return {
    export: () => exportData(store, config.name),
    state: async () => {
      const entry = await store.get(keys.restored);
      const { last, failure } = schedule;
      return { automatic: backup, last, failure, restored: entry && decodeRestored(entry.value) };
    },
  };
}

interface Rest {
  readonly backups: BackupApi;
  readonly store: Store;
  readonly space: SpaceMonitor;
  readonly etcd: EmbeddedEtcd | undefined;
  readonly cluster: ControllerCluster;
  readonly enrollment: Enrollment;
}

async function startRest({ config, log, cleanup }: Base, parts: Pki & Fleet & Usecases & Rest) {
  const { store, space, caStore, tokens, events, inventory, eventLog, controllerId, audit } = parts;
  const stopping = new AbortController();
  const refusals = cleanup.closing(new RefusalLog(log, 'refused'));
  const controller = { name: config.name, version, started_at: new Date().toISOString() };
  const app = createApp(
    {
      ...parts,
      createStarts: config.createStarts,
      authenticator: new Authenticator({ ...config, tokens, audit, isOpen: isOpen(config) }),
      refusals,
      stopping: stopping.signal,
      readiness: {
        etcd: async () => {
          parts.etcd?.check();
          await store.get(keys.controller(controllerId));
          space.check();
        },
        ca: () => caStore.check(),
      },
      live: { inventory, eventLog, controller },
    },
    log,
  );
  const sign: Parameters<typeof serve>[0]['sign'] = async (order) => caStore.authorities.all[0].sign(order);
  const rest = cleanup.closing(await serve({ app, config, sign, refusals, log }));
  cleanup.closing(events);
  cleanup.add(() => stopping.abort(new CopaError('unavailable', 'the controller stops')));
  return rest;
}
