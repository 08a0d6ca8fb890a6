/**
 * The controller: config -> store -> agents -> services -> app.
 *
 * It waits for its embedded etcd, which is its own child; a cluster of somebody else's it does not wait
 * for: REST answers 503 until that etcd does, and needs no restart then.
 */
import type { Command } from 'commander';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { CopaError, messageOf } from '../common/errors.js';
import { RefusalLog } from '../common/observability/refusal-log.js';
import { version } from '../common/version.js';
import { AuditLog } from './http/auth/audit-log.js';
import { Authenticator } from './http/auth/authenticator.js';
import { isOpen, serve } from './http/serve.js';
import { Tokens } from './usecases/tokens.js';
import { SystemdNotifier } from '../common/observability/systemd.js';
import { HostDirectory } from './hosts/directory.js';
import { SharedReads } from './hosts/shared-reads.js';
import { createApp } from './http/app.js';
import { controllerCommandWith, type Config } from './config/settings.js';
import { createLog } from '../common/observability/log.js';
import { migrationsRunning, poolUp, readGauge } from './observability/metrics.js';
import { EventStreams } from './events/event-streams.js';
import { EventLog } from './events/event-log.js';
import type { FleetEvent } from './model/event.js';
import { Inventory } from './inventory/inventory.js';
import { UsageWatches } from './inventory/usage-watches.js';
import { HostWatches } from './inventory/host-watches.js';
import { HostCertificates } from './pki/host-certificates.js';
import { CertificateRenewer } from './pki/certificate-renewer.js';
import { CaStore } from './pki/ca-store.js';
import { CaRotation } from './pki/ca-rotation.js';
import { Enrollment } from './enrollment/enrollment.js';
import { EnrollmentListener } from './enrollment/listener.js';
import { Relay } from './migration/relay.js';
import { Commands } from './usecases/commands.js';
import { Containers } from './usecases/containers.js';
import { HostLocator } from './hosts/locator.js';
import { Images } from './usecases/images.js';
import { MigrationService } from './migration/service.js';
import { decodeHost } from './model/host.js';
import { Pools } from './usecases/pools.js';
import { Snapshots } from './usecases/snapshots.js';
import { startEmbeddedEtcd } from './etcd-process/embedded-etcd.js';
import { Store } from './store/store.js';
import { keys, lastPart } from './store/keys.js';

export interface Controller {
  readonly port: number;
  /** Of the embedded etcd at the moment; undefined with somebody's cluster. */
  readonly etcdPid: () => number | undefined;
  /** Ends requests, connections and the embedded etcd, in this order. */
  stop(): Promise<void>;
}

export function controllerCommand(): Command {
  return controllerCommandWith(async (config) => {
    const log = createLog(config.logLevel);
    const service = SystemdNotifier.fromEnvironment(log);
    const controller = await startController(config, log);
    await service.ready();
    await new Promise<void>((resolve) => {
      process.once('SIGTERM', resolve);
      process.once('SIGINT', resolve);
    });
    log.info('controller stops');
    await service.stopping();
    await controller.stop();
  });
}

/** Resolves when REST is being served. Throws when the settings cannot work on this machine. */
export async function startController(config: Config, log: Logger): Promise<Controller> {
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const embedded = config.etcd ? undefined : await startEmbeddedEtcd(config.stateDirectory, log);
    if (embedded) undo.push(() => embedded.stop());
    const endpoints = config.etcd ?? embedded?.endpoints;
    if (!endpoints) throw new Error('there is neither a given nor an embedded etcd');
    // Nobody else has what its own etcd lets in by.
    const store = new Store(endpoints, embedded && keys.pools);
    undo.push(() => store.close());

    const keyring = await CaStore.start({
      store,
      stateDirectory: config.stateDirectory,
      name: config.name,
      lifetimeMs: config.certificateLifetimeMs,
      log,
    });
    undo.push(() => keyring.close());
    const agents = new HostDirectory(keyring.standing, config.agentPort);
    undo.push(() => agents.close());
    const certificates = new HostCertificates(store, keyring);
    const rotation = new CaRotation(store, keyring, certificates);
    const courier = new CertificateRenewer({
      hostOf: (pool) => agents.host(pool),
      keyring,
      certificates,
      log,
      isRight: (pool) => rotation.settled(pool),
    });
    undo.push(() => courier.close());
    // Another controller may remove a pool; and what is connected before it is asked for answers sooner.
    const journal = new EventLog();
    const tell = (event: FleetEvent) => {
      journal.add(event);
      if (event.type === 'pool.up') courier.reached(event.pool);
    };
    const fleet = new Inventory(tell);
    const watches = new HostWatches({ fleet, host: (pool) => agents.host(pool) });
    undo.push(() => watches.close());
    const poolWatch = store.watch(keys.pools, {
      onReset: (entries) => {
        const pools = entries.map((entry) => decodeHost(entry.value));
        agents.retain(pools);
        watches.retain(pools);
        courier.retain(pools);
      },
      onEvent: (change) => {
        if (change.type === 'put') {
          watches.add(decodeHost(change.value));
          courier.follow(decodeHost(change.value));
        } else {
          watches.remove(lastPart(change.key));
          courier.forget(lastPart(change.key));
          agents.forget(lastPart(change.key));
          // It may have been the last one that a replacement of the CA waited for.
          rotation.settled(lastPart(change.key)).catch((error: unknown) => {
            log.warn({ reason: messageOf(error) }, 'the replacement of the CA is not finished yet');
          });
        }
      },
    });
    undo.push(() => poolWatch.close());

    const pools = new Pools(store, config.agentPort);
    const shared = new SharedReads(agents);
    const hosts = new HostLocator(store, shared);
    const containers = new Containers(hosts);
    const snapshots = new Snapshots(hosts);
    const commands = new Commands(hosts, new HostLocator(store, agents));
    const images = new Images(pools, shared);
    const relay = new Relay(keyring.standing);
    const controllerId = await readControllerId(config.stateDirectory);
    const migrations = new MigrationService({ store, directory: agents, relay, log, controllerId, tell });
    migrations.start();
    undo.push(() => migrations.stop());

    readGauge(poolUp, () => fleet.all().map(({ name, state }) => [{ pool: name }, state === 'up' ? 1 : 0]));
    readGauge(migrationsRunning, () => migrations.running().map(([phase, count]) => [{ phase }, count]));
    const readiness = {
      etcd: () => store.get(keys.controller(controllerId)),
      ca: () => keyring.check(),
    };
    const tokens = new Tokens(store);
    undo.push(() => tokens.close());
    const stopping = new AbortController();
    const controller = { name: config.name, version, started_at: new Date().toISOString() };
    const live = { fleet, journal, controller };
    const audit = new AuditLog(join(config.stateDirectory, 'audit.log'), log);
    undo.push(() => audit.close());
    const authenticator = new Authenticator({ ...config, tokens, audit, isOpen: isOpen(config) });
    const usage = new UsageWatches({
      fleet,
      host: (name) => {
        const pool = agents.lastSeen(name);
        return pool && agents.host(pool);
      },
    });
    undo.push(() => usage.close());
    const events = new EventStreams(journal, usage);
    let joinListener: EnrollmentListener | undefined;
    const joining = new Enrollment({
      store,
      keyring,
      certificates,
      agentPort: config.agentPort,
      addresses: () => joinListener?.addresses() ?? [],
    });
    if (config.joinListen) {
      joinListener = new EnrollmentListener(joining, keyring, log);
      await joinListener.listen(config.joinListen.host, config.joinListen.port);
      undo.push(() => joinListener?.close());
      log.info({ addresses: joinListener.addresses() }, 'hosts may join here');
    }
    const refusals = new RefusalLog(log, 'refused');
    undo.push(() => refusals.close());
    const app = createApp(
      {
        pools,
        containers,
        snapshots,
        commands,
        stopping: stopping.signal,
        images,
        migrations,
        tokens,
        authenticator,
        audit,
        refusals,
        readiness,
        live,
        events,
        rotation,
        certificates,
        enrollment: joining,
      },
      log,
    );
    const sign: Parameters<typeof serve>[0]['sign'] = async (order) => keyring.authorities.all[0].sign(order);
    const rest = await serve({ app, config, sign, refusals, log });
    undo.push(() => rest.close());
    undo.push(() => events.close());
    undo.push(() => stopping.abort(new CopaError('unavailable', 'the controller stops')));
    log.info({ name: config.name, url: rest.url }, 'controller is ready');
    return { port: rest.port, etcdPid: () => embedded?.pid(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Who this controller is, kept with its state, so that it goes on with its migrations after a restart. */
async function readControllerId(stateDirectory: string): Promise<string> {
  const file = join(stateDirectory, 'controller-id');
  await writeFile(file, randomBytes(8).toString('hex'), { flag: 'wx', mode: 0o600 }).catch(
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    },
  );
  const id = (await readFile(file, 'utf8')).trim();
  if (/^[0-9a-f]{16}$/.test(id)) return id;
  throw new CopaError('failed_precondition', `${file} holds no controller ID: remove it to get a new one`);
}
