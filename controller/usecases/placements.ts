/** The rules of a request for a placement: what a new or moving container needs, and which pools may be used. */
import { CopaError } from '../../common/errors.js';
import { noLabels, type Labels } from '../../common/labels.js';
import {
  checkContainerName,
  checkName,
  memoryLimitPattern,
  memoryLimitRule,
  shown,
} from '../../common/names.js';
import { sizeInBytes } from '../../common/sizes.js';
import type { Inventory } from '../inventory/inventory.js';
import { parsePoolTarget } from '../model/pool-target.js';
import type { Principal } from '../model/principal.js';
import type { PlacementAnswer, PlacementRequest } from '../placement/place.js';
import type { Placer } from '../placement/placer.js';
import { parseRules, type RuleTexts } from '../placement/rules.js';
import type { Need } from '../placement/snapshot.js';
import type { Containers } from './containers.js';

export interface PlacementOrder extends RuleTexts {
  /** `@any`, `@GROUP` or a pool. */
  readonly target: string;
  /** Not given: no name yet. */
  readonly name?: string | undefined;
  readonly memory?: string | undefined;
  readonly disk?: string | undefined;
  readonly principal: Pick<Principal, 'pools'>;
}

/** A container that moves. */
export interface MoveOrder extends RuleTexts {
  readonly target: string;
  readonly source: string;
  readonly name: string;
  /** Its name there; not given: the same. */
  readonly newName?: string | undefined;
  readonly principal: Pick<Principal, 'pools'>;
}

interface Parts {
  readonly placer: Placer;
  readonly containers: Pick<Containers, 'information'>;
  readonly inventory: Pick<Inventory, 'get'>;
}

export class Placements {
  constructor(private readonly parts: Parts) {}

  explain(order: PlacementOrder): PlacementAnswer {
    return this.parts.placer.explain(requestOf('container_pool', order, undefined));
  }

  /** Works on the pool that suits a new container. */
  forNew<Result>(order: PlacementOrder, work: (pool: string) => Promise<Result>) {
    return this.parts.placer.within(requestOf('container_pool', order, undefined), work);
  }

  /** Works with the pool that suits a container which moves; what it uses now must be free there. */
  async forMove<Result>(order: MoveOrder, work: (pool: string) => Promise<Result>) {
    const { source, name, newName } = order;
    const request = requestOf('destination_pool', { ...order, name: newName ?? name }, source);
    const [need, labels] = [await this.#useOf(source, name), this.#labelsOf(source, name)];
    return this.parts.placer.within({ ...request, need, labels }, work);
  }

  async #useOf(host: string, name: string): Promise<Need> {
    const { memory, disk } = await this.parts.containers.information({ host, name });
    return { memory: usageIn(memory), disk: usageIn((disk as Record<string, unknown> | null)?.['root']) };
  }

  #labelsOf(host: string, name: string): Labels {
    return this.parts.inventory.get(host)?.containers.get(name)?.labels ?? noLabels;
  }
}

function requestOf(field: string, order: PlacementOrder, source: string | undefined): PlacementRequest {
  const { target, name, memory, disk, principal } = order;
  if (name !== undefined) checkContainerName('container_name', name);
  return {
    name,
    labels: noLabels,
    target: parsePoolTarget(field, target),
    reach: principal.pools,
    source,
    need: needOf(memory, disk),
    rules: parseRules(order),
  };
}

function needOf(memory: string | undefined, disk: string | undefined): Need {
  if (memory) checkName('memory', memory, memoryLimitPattern, memoryLimitRule);
  const bytes = sizeInBytes(disk);
  if (disk !== undefined && bytes === 0) {
    throw new CopaError('invalid_argument', `disk ${shown(disk)} is not valid: a size (10GiB) is expected`);
  }
  if (memory?.endsWith('%')) return { memory: 0, memoryPercent: Number(memory.slice(0, -1)), disk: bytes };
  return { memory: sizeInBytes(memory), disk: bytes };
}

/** The daemon's `usage`, in bytes; 0 when it does not report one. */
function usageIn(state: unknown): number {
  const usage = (state as { readonly usage?: unknown } | null | undefined)?.usage;
  return typeof usage === 'number' && usage > 0 ? usage : 0;
}
