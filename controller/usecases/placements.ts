/** The rules of a request for a placement: what a new or moving container needs, and which pools may be used. */
import { CopaError } from '../../common/errors.js';
import { noLabels, parseLabels } from '../../common/labels.js';
import {
  checkContainerName,
  checkName,
  memoryLimitPattern,
  memoryLimitRule,
  shown,
} from '../../common/names.js';
import {
  keptRulesIn,
  noKeptRules,
  ruleNames,
  ruleTextMax,
  type KeptRules,
} from '../../common/placement-rules.js';
import { sizeInBytes } from '../../common/sizes.js';
import type { Inventory } from '../inventory/inventory.js';
import { MoveRefused } from '../migration/refusals.js';
import { parsePoolTarget } from '../model/pool-target.js';
import type { Principal } from '../model/principal.js';
import type { PlacementAnswer, PlacementRequest } from '../placement/place.js';
import type { Placer } from '../placement/placer.js';
import { parseKept, parseRules, type RuleTexts } from '../placement/rules.js';
import type { Need } from '../placement/snapshot.js';
import type { Containers } from './containers.js';

export interface PlacementOrder extends RuleTexts {
  /** `@any`, `@GROUP` or a pool. */
  readonly target: string;
  /** Not given: no name yet. */
  readonly name?: string | undefined;
  readonly memory?: string | undefined;
  readonly disk?: string | undefined;
  /** That it will have, as text. */
  readonly labels?: string | undefined;
  /** The network over several hosts that it is to be on. */
  readonly network?: string | undefined;
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

/** How many destinations a move tries. Each costs a preflight, which measures the container. */
const destinationsTriedMax = 3;

interface Parts {
  readonly placer: Placer;
  readonly containers: Pick<Containers, 'information' | 'keepRules'>;
  readonly inventory: Pick<Inventory, 'get'>;
}

export class Placements {
  constructor(private readonly parts: Parts) {}

  explain(order: PlacementOrder): PlacementAnswer {
    return this.parts.placer.explain(this.#requestOfNew(order));
  }

  /** Creates a container on the pool that suits it. The rules that chose it are kept on it. */
  async forNew(order: PlacementOrder & { readonly name: string }, create: (pool: string) => Promise<void>) {
    const request = this.#requestOfNew(order);
    const { name } = order;
    const rules = keptOf(order);
    return this.parts.placer.within(request, async (host) => {
      await create(host);
      if (rules !== noKeptRules) await this.parts.containers.keepRules({ host, name }, rules);
    });
  }

  /** Works with the pool that suits a container which moves; what it uses now must be free there. */
  async forMove<Result>(order: MoveOrder, work: (pool: string) => Promise<Result>) {
    const { source, name, newName } = order;
    const request = requestOf('destination_pool', { ...order, name: newName ?? name }, source);
    const found = this.parts.inventory.get(source)?.containers.get(name);
    const rules = found
      ? parseKept({ ...withoutGiven(found.rules, order), ...keptOf(order) })
      : request.rules;
    const [need, labels] = [await this.#useOf(source, name), found?.labels ?? noLabels];
    const excluded = this.parts.placer.outside({ host: source, name });
    return this.#withNextBest({ ...request, need, labels, rules, excluded }, work);
  }

  #requestOfNew(order: PlacementOrder): PlacementRequest {
    const excluded = this.parts.placer.outsideOf(order.network === undefined ? [] : [order.network]);
    return { ...requestOf('container_pool', order, undefined), excluded };
  }

  /**
   * Works with the best pool, or with the next best one when a preflight refuses that, a few times. Throws all that was
   * refused when no pool is left.
   */
  async #withNextBest<Result>(request: PlacementRequest, work: (pool: string) => Promise<Result>) {
    const refused = new Map<string, string>();
    for (;;) {
      let tried = '';
      const excluded = new Map([...(request.excluded ?? []), ...refused]);
      try {
        const placed = await this.parts.placer.within({ ...request, excluded }, (pool) => {
          tried = pool;
          return work(pool);
        });
        return { ...placed, refused: [...refused].map(([pool, reason]) => ({ pool, reason })) };
      } catch (error) {
        if (!(error instanceof MoveRefused)) throw error;
        const reason = `the check before the move refuses it: ${error.findings}`;
        refused.set(tried, reason);
        excluded.set(tried, reason);
        if (refused.size < destinationsTriedMax && this.#hasAnother({ ...request, excluded })) continue;
        if (refused.size === 1) throw error;
        const listed = [...refused].map(([pool, reason]) => `${pool}: ${reason}`).join('; ');
        throw new CopaError('failed_precondition', `no pool can take it: ${listed}`, { cause: error });
      }
    }
  }

  #hasAnother(request: PlacementRequest): boolean {
    return this.parts.placer.explain(request).chosen !== undefined;
  }

  async #useOf(host: string, name: string): Promise<Need> {
    const { memory, disk } = await this.parts.containers.information({ host, name });
    return { memory: usageIn(memory), disk: usageIn((disk as Record<string, unknown> | null)?.['root']) };
  }
}

/** The rules of a request as they are kept. Throws `invalid_argument` for one that is too long. */
function keptOf(order: RuleTexts): KeptRules {
  for (const name of ruleNames) {
    if ((order[name]?.length ?? 0) <= ruleTextMax) continue;
    throw new CopaError('invalid_argument', `${name} is not valid: it has ${ruleTextMax} characters at most`);
  }
  return keptRulesIn(Object.fromEntries(ruleNames.map((name) => [name, order[name] ?? ''])));
}

/** What a container keeps, as far as the request has no other rule for it. A spread has its own `over`. */
function withoutGiven(kept: KeptRules, given: RuleTexts): KeptRules {
  const { spread, over, ...others } = kept;
  return given.spread === undefined && spread !== undefined
    ? { ...others, spread, ...(over === undefined ? {} : { over }) }
    : others;
}

function requestOf(field: string, order: PlacementOrder, source: string | undefined): PlacementRequest {
  const { target, name, memory, disk, labels, principal } = order;
  if (name !== undefined) checkContainerName('container_name', name);
  return {
    name,
    labels: labels === undefined ? noLabels : parseLabels('labels', labels),
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
