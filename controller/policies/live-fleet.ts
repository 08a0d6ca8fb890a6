/** The fleet of a decision, from the live inventory. */
import { noLabels } from '../../common/labels.js';
import type { HostState } from '../inventory/host-state.js';
import type { Inventory } from '../inventory/inventory.js';
import type { ContainerLine } from '../model/container.js';
import { closedReason } from '../model/scheduling.js';
import { closedReasonOf } from '../placement/placer.js';
import type { ReplayOrder } from './replay.js';
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

/** For a replay: the pools as they are now. What is down now was up perhaps. */
export function replayFleet(
  inventory: Pick<Inventory, 'all'>,
  downtimeMs: (container: string) => number,
): ReplayOrder['fleet'] {
  const hosts = inventory.all();
  const labels = new Map(
    hosts.flatMap((host) => host.containers.all().map((line) => [line.name, line.labels] as const)),
  );
  return {
    hosts: hosts.map((host) => ({ ...hostOf(host), closed: closedReason(host) })),
    labelsOf: (container) => labels.get(container) ?? noLabels,
    downtimeMs,
  };
}
