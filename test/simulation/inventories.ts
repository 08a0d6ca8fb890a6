// What one controller knows of the fleet: the real inventory, fed by what the models of the agents would send. A host that
// dies is lost at once, one that is silent after some seconds, and all news are a little late.
import { containerStateOf } from '../../agent/inventory/container-state.js';
import type { InstanceFull } from '../../agent/lxd/types.js';
import { Inventory } from '../../controller/inventory/inventory.js';
import { decodeHost } from '../../controller/model/host.js';
import { keys, lastPart } from '../../controller/store/keys.js';
import type { WatchEvent__Output as WatchEvent } from '../../proto/gen/copa/agent/v1/WatchEvent.js';
import type { ModelStore } from './etcd.js';
import type { Process } from './time.js';
import type { World } from './world.js';

/** How often a model agent reports. */
const reportMs = 1_000;
const silenceMsMax = 5_000;

/** More than all containers need together: what is short is tested elsewhere. */
const capacity = {
  ...{ cpus: 4, load1: 0, diskTotal: 1e12, diskFree: 1e12 },
  ...{ memoryTotal: 64e9, memoryAvailable: 60e9 },
};

export function inventoryOf(world: World, slot: string, process: Process, store: ModelStore): Inventory {
  const inventory = new Inventory(
    () => undefined,
    () => world.timeline.now(),
  );
  const heardAtMs = new Map<string, number>();
  store.watch(keys.pools, {
    onReset: (entries) => {
      const names = new Set(entries.map(({ key }) => lastPart(key)));
      for (const { name } of inventory.all()) if (!names.has(name)) inventory.remove(name);
      for (const entry of entries) inventory.add(decodeHost(entry));
    },
    onEvent: (change) => {
      if (change.type === 'remove') inventory.remove(lastPart(change.key));
      else inventory.add(decodeHost(change));
    },
  });
  const shownOf = new Map<string, string>();
  const report = (name: string) => {
    const { agent, daemon } = world.host(name);
    const now = world.timeline.now();
    if (!agent.process.isAlive || !daemon.process.isAlive) {
      inventory.lost(name, 'it does not answer');
      shownOf.delete(name);
      return;
    }
    if (agent.process.isFrozen || daemon.process.isFrozen || world.isCut(slot, name)) {
      if (now - (heardAtMs.get(name) ?? 0) < silenceMsMax) return;
      inventory.lost(name, 'it is silent');
      shownOf.delete(name);
      return;
    }
    heardAtMs.set(name, now);
    const all = [...daemon.instances.values()];
    const shown = all.map((each) => `${each.name} ${each.status} ${each.etag}`).join();
    if (shownOf.get(name) === shown && inventory.get(name)?.state === 'up') return;
    shownOf.set(name, shown);
    const event = listing(all.map((each) => daemon.shown(each.name)));
    process.after(world.settings.network.delayMsMax, () => inventory.apply(name, event));
  };
  process.clock.every(reportMs, () => inventory.all().forEach(({ name }) => report(name)));
  return inventory;
}

function listing(instances: readonly object[]): WatchEvent {
  return {
    daemon: { up: true, reason: '', server: 'lxd', serverVersion: '5.0.2' },
    ...{ renamed: [], deleted: [], listing: 'LAST_PART', capacity, probePort: 0 },
    containers: instances.map((each) => containerStateOf(each as InstanceFull).container),
  } as unknown as WatchEvent;
}
