/**
 * Makes the plan of an evacuation: reads the host's containers, places all of them together, and checks each move as the
 * move itself would. A pool that turns out to be impossible for a container is left out, and the rest is placed again.
 */
import { Semaphore } from '../../common/async/semaphore.js';
import { CopaError, isCopaError, messageOf } from '../../common/errors.js';
import { noLabels } from '../../common/labels.js';
import { checkPoolName, shown } from '../../common/names.js';
import type { HostCalls } from '../hosts/client.js';
import { registeredHost } from '../hosts/registered-host.js';
import type { Inventory } from '../inventory/inventory.js';
import { ownMoveOptions } from '../migration/own-moves.js';
import { messageOf as findingText, type Preflight } from '../migration/preflight.js';
import type { MigrationService } from '../migration/service.js';
import type { EvacuationAction } from '../model/evacuation.js';
import type { MigrationRecord } from '../model/migration.js';
import type { Host } from '../model/host.js';
import { parsePoolTarget } from '../model/pool-target.js';
import { defaultLimits } from '../model/slots.js';
import type { Placement } from '../placement/place.js';
import type { Placer } from '../placement/placer.js';
import { noRules } from '../placement/rules.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';
import { answered } from './answered.js';
import { estimateAll, estimateMove, Experience, type MoveEstimate } from './estimate.js';
import { assign, type Assignment } from './plan.js';
import { survey, type Surveyed } from './survey.js';

export interface PlanOrder {
  readonly pool: string;
  /** `@any`, `@GROUP` or a pool. */
  readonly target: string;
  /** For all containers, whatever their own settings say. */
  readonly action: EvacuationAction | undefined;
  /** The pools that the requester may use; undefined: all. */
  readonly reach: ReadonlySet<string> | undefined;
  /** Of a requester that only wants to see the plan, and may have gone. */
  readonly signal?: AbortSignal | undefined;
}

export interface PlannedContainer {
  readonly found: Surveyed;
  /** Where it goes and why; undefined: it stays. */
  readonly chosen: Placement | undefined;
  /** What keeps it from leaving, each with the pool if it is one's. */
  readonly obstacles: readonly { readonly pool: string | null; readonly message: string }[];
  readonly warnings: readonly string[];
  readonly estimate: MoveEstimate | undefined;
}

export interface Plan {
  readonly pool: string;
  readonly target: string;
  readonly containers: readonly PlannedContainer[];
  /** All moves together. */
  readonly totalMs: number;
}

export interface PlannerParts {
  readonly store: Pick<Store, 'getMany'>;
  readonly directory: { host(host: Host): HostCalls };
  readonly inventory: Pick<Inventory, 'get'>;
  readonly placer: Pick<Placer, 'snapshot' | 'outside'>;
  readonly migrations: Pick<MigrationService, 'dryRun' | 'known'>;
}

/** Of preflights, which read the source's container. */
const checksMax = 6;

/** How often containers are placed again after a preflight; then the obstacles are reported. */
const roundsMax = 4;

type Checks = Map<string, { readonly pool: string; readonly found: Preflight | Error }>;

export class Planner {
  #experience: { readonly records: readonly MigrationRecord[]; readonly value: Experience } | undefined;

  constructor(private readonly parts: PlannerParts) {}

  /** Throws `unavailable` when the host does not answer. */
  async plan(order: PlanOrder, only?: ReadonlySet<string>): Promise<Plan> {
    const { pool, target } = order;
    const host = await this.host(pool);
    const found = await survey(this.parts.directory.host(host), {
      action: order.action,
      signal: order.signal,
      ...(only ? { only } : {}),
    });
    const excluded = new Map<string, Map<string, string>>();
    const checks: Checks = new Map();
    let assigned = this.#assign(order, found, excluded);
    for (let round = 1; round <= roundsMax; round++) {
      await this.#check(order, found, assigned, checks);
      if (!noteFindings(checks, excluded)) break;
      assigned = this.#assign(order, found, excluded);
    }
    const experience = this.#experienceNow();
    const containers = found.map((each, index) => {
      const assignment = assigned[index] as Assignment;
      return planned(pool, { found: each, assignment, check: checks.get(each.name) }, experience);
    });
    const moves = containers.flatMap(({ estimate }) => estimate ?? []);
    return { pool, target, containers, totalMs: estimateAll(moves, host.limits ?? defaultLimits) };
  }

  /** Throws `not_found`, or `unavailable` with what can be done for a host that does not answer. */
  async host(pool: string): Promise<Host> {
    checkPoolName('container_pool', pool);
    const [entry] = await this.parts.store.getMany([keys.pool(pool)]);
    const host = registeredHost(pool, entry);
    const known = this.parts.inventory.get(pool);
    if (known?.state !== 'down') return host;
    throw new CopaError(
      'unavailable',
      `pool "${pool}" does not answer (${known.reason ?? 'no reason is known'}), so nothing can be moved off it or back to it: bring its host, daemon or agent back first; "copa doctor" helps to find the reason, and "copa pool cordon ${pool}" keeps new containers away meanwhile`,
    );
  }

  /** Plans of many hosts at once share it: taking thousands of records apart takes longer than a plan. */
  #experienceNow(): Experience {
    const records = this.parts.migrations.known();
    const before = this.#experience;
    const isSame =
      before?.records.length === records.length &&
      records.every((record, index) => record === before.records[index]);
    if (before && isSame) return before.value;
    const value = new Experience(records);
    this.#experience = { records, value };
    return value;
  }

  #assign(
    { pool: source, target, reach }: PlanOrder,
    found: readonly Surveyed[],
    excluded: ReadonlyMap<string, ReadonlyMap<string, string>>,
  ): Assignment[] {
    const containers = this.parts.inventory.get(source)?.containers;
    const candidates = found.map(({ name, need, action, problem, rules = noRules }) => ({
      ...{ name, need, labels: containers?.get(name)?.labels ?? noLabels },
      ...{ action: problem === undefined ? action : ('skip' as const), rules },
      excluded: new Map([
        ...this.parts.placer.outside({ host: source, name }),
        ...(excluded.get(name) ?? []),
      ]),
    }));
    const parsed = parsePoolTarget('destination_pool', target);
    return assign(this.parts.placer.snapshot(), { source, target: parsed, reach, candidates });
  }

  /** Checks what was not checked yet. */
  async #check(
    { pool: source, signal }: PlanOrder,
    found: readonly Surveyed[],
    assigned: readonly Assignment[],
    checks: Checks,
  ): Promise<void> {
    const places = new Semaphore(checksMax);
    const due = assigned.flatMap(({ name, chosen }, index) =>
      chosen && checks.get(name)?.pool !== chosen.pool
        ? [{ name, pool: chosen.pool, manifest: (found[index] as Surveyed).manifest }]
        : [],
    );
    await Promise.all(
      due.map(async ({ name: container, pool, manifest }) => {
        const release = await places.acquire();
        try {
          signal?.throwIfAborted();
          const request = { container, source, destination: pool, options: ownMoveOptions };
          const found = await answered(() => this.parts.migrations.dryRun(request, manifest));
          checks.set(container, { pool, found });
        } catch (error) {
          if (!isCopaError(error) || signal?.aborted) throw error;
          checks.set(container, { pool, found: error });
        } finally {
          release();
        }
      }),
    );
  }
}

interface Examined {
  readonly found: Surveyed;
  readonly assignment: Assignment;
  readonly check: ReturnType<Checks['get']>;
}

function planned(
  source: string,
  { found, assignment: { chosen, obstacles }, check }: Examined,
  experience: Experience,
): PlannedContainer {
  const { problem, isRunning, name } = found;
  const preflight = check && !(check.found instanceof Error) ? check.found : undefined;
  const isPossible = chosen && check?.pool === chosen.pool && findingsOf(check.found) === undefined;
  if (!isPossible || !preflight) {
    const why = [
      ...(problem === undefined ? [] : [{ pool: null, message: problem }]),
      ...obstacles.map(({ pool, reason }) => ({ pool, message: reason })),
      ...(chosen && check
        ? [{ pool: check.pool, message: findingsOf(check.found) ?? 'it is full now' }]
        : []),
    ];
    const isStaying = found.action !== 'migrate' && problem === undefined;
    const none = why.length > 0 || isStaying ? why : [{ pool: null, message: 'there is no other pool' }];
    return { found, chosen: undefined, obstacles: none, warnings: [], estimate: undefined };
  }
  const { usedBytes, precopy } = preflight.plan;
  const rate = experience.rateBetween(source, chosen.pool);
  return {
    ...{ found, chosen, obstacles: [] },
    warnings: preflight.warnings.map(({ subject, message }) => `${subject}: ${message}`),
    estimate: estimateMove({ name, isRunning, usedBytes, precopy }, rate, experience),
  };
}

/** Notes each pool that a check has ruled out. Returns whether there is a new one. */
function noteFindings(checks: Checks, excluded: Map<string, Map<string, string>>): boolean {
  let isNew = false;
  for (const [name, { pool, found }] of checks) {
    const reason = findingsOf(found);
    const known = excluded.get(name) ?? new Map<string, string>();
    if (reason === undefined || known.has(pool)) continue;
    excluded.set(name, known.set(pool, reason));
    isNew = true;
  }
  return isNew;
}

/** Why the move is not possible; undefined: it is. */
export function findingsOf(found: Preflight | Error): string | undefined {
  if (found instanceof Error) return messageOf(found);
  const { findings, proposal } = found;
  if (findings.length === 0) return undefined;
  return findings.map((each) => `${each.subject}: ${findingText(each, proposal)}`).join('; ');
}

/** For a request whose pool was removed meanwhile. */
export function unknownEvacuation(pool: string): CopaError {
  return new CopaError('not_found', `pool ${shown(pool)} was never evacuated`);
}
