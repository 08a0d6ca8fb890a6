/** The fleet of a decision, from the live inventory. */
import type { HostState } from '../inventory/host-state.js';
import type { Inventory } from '../inventory/inventory.js';
import type { ContainerLine } from '../model/container.js';
import { closedReasonOf } from '../placement/placer.js';
import type { Fleet, FleetContainer, FleetHost } from './situation.js';

export function liveFleet(
  inventory: Pick<Inventory, 'all' | 'get'>,
  downtimeMs: (container: string) => number,
): Fleet {
  return {
    hosts: inventory.all().map(hostOf),
    container: (pool, name) => {
      const found = inventory.get(pool)?.containers.get(name);
      return found && containerOf(found);
    },
    holds: (pool, isWanted) =>
      inventory
        .get(pool)
        ?.containers.all()
        .some((line) => isWanted(line.name, containerOf(line))) ?? false,
    downtimeMs,
  };
}

function hostOf(host: HostState): FleetHost {
  return { name: host.name, labels: host.labels, isUp: host.state === 'up', closed: closedReasonOf(host) };
}

function containerOf(line: ContainerLine): FleetContainer {
  const { labels, status } = line;
  return { labels, isRunning: status === 'Running', isHeld: line.isMarked };
}
