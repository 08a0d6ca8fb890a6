/** Opens etcd, the embedded one or one of the user's own, and watches its space. */
import type { Logger } from 'pino';
import type { CleanupStack } from '../common/async/cleanup-stack.js';
import type { Config } from './config/settings.js';
import { startEmbeddedEtcd, type EmbeddedEtcd } from './etcd-process/embedded-etcd.js';
import { etcdDatabaseBytes, etcdOutOfSpace, etcdUnreadable, readGauge } from './observability/metrics.js';
import { unreadableValues } from './observability/unreadable-values.js';
import { keys } from './store/keys.js';
import { SpaceMonitor } from './store/space-monitor.js';
import { Store } from './store/store.js';

interface Base {
  readonly config: Config;
  readonly log: Logger;
  readonly cleanup: CleanupStack;
}

interface Opened {
  readonly store: Store;
  readonly space: SpaceMonitor;
  /** Undefined: an etcd of the user's own. */
  readonly etcd: EmbeddedEtcd | undefined;
}

/** The embedded etcd may still wait for other controllers, and another etcd is not waited for at all. */
export async function openStore(base: Base): Promise<Opened> {
  const { config, log, cleanup } = base;
  unreadableValues.reportTo(log);
  readGauge(etcdUnreadable, () => [[{}, unreadableValues.count]]);
  if (config.etcd) {
    const store = cleanup.closing(new Store(config.etcd));
    return { store, space: watchSpace(base, store, undefined), etcd: undefined };
  }
  const { stateDirectory, certificateLifetimeMs: lifetimeMs } = config;
  const etcd = await startEmbeddedEtcd(stateDirectory, log, { lifetimeMs });
  cleanup.add(() => etcd.stop());
  // While no other process can write to it, this controller's state of its hosts is current.
  const store = cleanup.closing(new Store(etcd.endpoints, etcd.isAlone ? keys.pools : undefined));
  return { store, space: watchSpace(base, store, etcd.quotaBytes), etcd };
}

function watchSpace({ log, cleanup }: Base, store: Store, quotaBytes: number | undefined): SpaceMonitor {
  const space = cleanup.closing(new SpaceMonitor({ space: store.space, quotaBytes, log }));
  void space.look();
  readGauge(etcdDatabaseBytes, () => (space.state ? [[{}, space.state.databaseBytes]] : []));
  readGauge(etcdOutOfSpace, () => (space.state ? [[{}, space.state.isFull ? 1 : 0]] : []));
  return space;
}
