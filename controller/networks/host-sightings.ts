/** The containers on networks, as hosts report them. Taking 10,000 of them apart is costly, so each host's are kept. */
import type { HostState } from '../inventory/host-state.js';
import type { ContainerInterface } from '../model/container.js';
import type { Sighting } from './sightings.js';

type Seen = Sighting & Pick<ContainerInterface, 'network'>;

interface Known {
  readonly changes: number;
  readonly isUp: boolean;
  readonly seen: readonly Seen[];
}

export class HostSightings {
  /** By a host's containers: a pool that was removed and added again has others. */
  readonly #known = new WeakMap<HostState['containers'], Known>();

  /** Those of one network on all hosts. */
  of(network: string, hosts: readonly HostState[]): readonly Sighting[] {
    return hosts.flatMap((host) => this.#of(host).filter((seen) => seen.network === network));
  }

  #of({ name: pool, state, containers }: HostState): readonly Seen[] {
    const isUp = state === 'up';
    const changes = containers.attachedChanges;
    const before = this.#known.get(containers);
    if (before && before.changes === changes && before.isUp === isUp) return before.seen;
    const seen = [...containers.interfaces].flatMap(([container, interfaces]) => {
      const line = containers.get(container);
      const [isRunning, isMarked] = [line?.status === 'Running', line?.isMarked ?? false];
      return interfaces.map((each): Seen => ({ ...each, pool, container, isUp, isRunning, isMarked }));
    });
    this.#known.set(containers, { changes, isUp, seen });
    return seen;
  }
}
