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
import { CopaError, messageOf } from '../proto/errors.js';
import { Refusals } from '../proto/refusals.js';
import { version } from '../proto/version.js';
import { Audit } from './access/audit.js';
import { Door } from './access/door.js';
import { isOpen, serve } from './access/serve.js';
import { Tokens } from './access/tokens.js';
import { Service } from '../proto/service.js';
import { AgentDirectory } from './agents/directory.js';
import { SharedAgents } from './agents/shared.js';
import { createApp } from './app.js';
import { controllerCommandWith, type Config } from './config.js';
import { createLog } from '../proto/log.js';
import { migrationsRunning, poolUp, readGauge } from './metrics.js';
import { EventStreams } from './events/streams.js';
import { Journal } from './events/journal.js';
import type { FleetEvent } from './fleet/event.js';
import { Fleet } from './fleet/fleet.js';
import { UsageWatches } from './fleet/usage.js';
import { Watches } from './fleet/watches.js';
import { Certificates } from './identity/certificates.js';
import { Courier } from './identity/courier.js';
import { Keyring } from './identity/keyring.js';
import { Rotation } from './identity/rotation.js';
import { Joining } from './joining/joining.js';
import { JoinListener } from './joining/listener.js';
import { Relay } from './migration/relay.js';
import { Commands } from './services/commands.js';
import { Containers } from './services/containers.js';
import { Hosts } from './services/hosts.js';
import { Images } from './services/images.js';
import { Migrations } from './services/migrations.js';
import { decodePool } from './services/pool.js';
import { Pools } from './services/pools.js';
import { Snapshots } from './services/snapshots.js';
import { startEmbeddedEtcd } from './store/embedded.js';
import { Store } from './store/etcd.js';
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
    const service = Service.fromEnvironment(log);
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

    const keyring = await Keyring.start({
      store,
      stateDirectory: config.stateDirectory,
      name: config.name,
      lifetimeMs: config.certificateLifetimeMs,
      log,
    });
    undo.push(() => keyring.close());
    const agents = new AgentDirectory(keyring.standing, config.agentPort);
    undo.push(() => agents.close());
    const certificates = new Certificates(store, keyring);
    const rotation = new Rotation(store, keyring, certificates);
    const courier = new Courier({
      hostOf: (pool) => agents.host(pool),
      keyring,
      certificates,
      log,
      isRight: (pool) => rotation.settled(pool),
    });
    undo.push(() => courier.close());
    // Another controller may remove a pool; and what is connected before it is asked for answers sooner.
    const journal = new Journal();
    const tell = (event: FleetEvent) => {
      journal.add(event);
      if (event.type === 'pool.up') courier.reached(event.pool);
    };
    const fleet = new Fleet(tell);
    const watches = new Watches({ fleet, host: (pool) => agents.host(pool) });
    undo.push(() => watches.close());
    const poolWatch = store.watch(keys.pools, {
      onReset: (entries) => {
        const pools = entries.map((entry) => decodePool(entry.value));
        agents.retain(pools);
        watches.retain(pools);
        courier.retain(pools);
      },
      onEvent: (change) => {
        if (change.type === 'put') {
          watches.add(decodePool(change.value));
          courier.follow(decodePool(change.value));
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
    const shared = new SharedAgents(agents);
    const hosts = new Hosts(store, shared);
    const containers = new Containers(hosts);
    const snapshots = new Snapshots(hosts);
    const commands = new Commands(hosts, new Hosts(store, agents));
    const images = new Images(pools, shared);
    const relay = new Relay(keyring.standing);
    const controllerId = await readControllerId(config.stateDirectory);
    const migrations = new Migrations({ store, directory: agents, relay, log, controllerId, tell });
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
    const audit = new Audit(join(config.stateDirectory, 'audit.log'), log);
    undo.push(() => audit.close());
    const door = new Door({ ...config, tokens, audit, isOpen: isOpen(config) });
    const usage = new UsageWatches({
      fleet,
      host: (name) => {
        const pool = agents.lastSeen(name);
        return pool && agents.host(pool);
      },
    });
    undo.push(() => usage.close());
    const events = new EventStreams(journal, usage);
    let joinListener: JoinListener | undefined;
    const joining = new Joining({
      store,
      keyring,
      certificates,
      agentPort: config.agentPort,
      addresses: () => joinListener?.addresses() ?? [],
    });
    if (config.joinListen) {
      joinListener = new JoinListener(joining, keyring, log);
      await joinListener.listen(config.joinListen.host, config.joinListen.port);
      undo.push(() => joinListener?.close());
      log.info({ addresses: joinListener.addresses() }, 'hosts may join here');
    }
    const refusals = new Refusals(log, 'refused');
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
        door,
        audit,
        refusals,
        readiness,
        live,
        events,
        rotation,
        certificates,
        joining,
      },
      log,
    );
    const rest = await serve(
      app,
      config,
      async (order) => keyring.authorities.all[0].sign(order),
      refusals,
      log,
    );
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
