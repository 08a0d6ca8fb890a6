/** Composes the policies of a controller: what REST uses of them, and the loop that decides. */
import type { Logger } from 'pino';
import { systemClock, type Clock } from '../../common/async/clock.js';
import { CopaError } from '../../common/errors.js';
import { randomHex } from '../../common/random-hex.js';
import type { Inventory } from '../inventory/inventory.js';
import { orderOwnMove, type OwnMoveAudit } from '../migration/own-moves.js';
import type { MigrationService } from '../migration/service.js';
import type { InventoryEvent } from '../model/event.js';
import type { Decision } from '../model/policy.js';
import type { QuerySource } from '../prometheus/client.js';
import type { Store } from '../store/store.js';
import type { Delegations } from '../usecases/delegations.js';
import type { Measurements } from '../usecases/measurements.js';
import { PolicyCatalog } from './catalog.js';
import type { Move, NoMove } from './decide.js';
import { Decider } from './decider.js';
import { DecisionLog } from './decision-log.js';
import { PolicyEngine } from './engine.js';
import { liveFleet, replayFleet } from './live-fleet.js';
import { replay } from './replay.js';
import { parsePolicy } from './document.js';
import { policyDecisions } from '../observability/metrics.js';
import { notifyDecisions } from './notifier.js';

interface Parts {
  readonly store: Pick<Store, 'list' | 'getMany' | 'transact' | 'watch'>;
  readonly measurements: Measurements;
  readonly prometheus: QuerySource;
  readonly delegations: Delegations;
  readonly migrations: Pick<MigrationService, 'begin' | 'past' | 'processes'>;
  readonly inventory: Pick<Inventory, 'all' | 'get'>;
  readonly emit: (event: InventoryEvent) => void;
  readonly audit: (line: OwnMoveAudit) => Promise<void>;
  readonly log: Logger;
  readonly clock?: Clock;
}

export interface Replayed {
  readonly policy: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly decisions: readonly Decision[];
}

export class Policies {
  readonly catalog: PolicyCatalog;
  readonly #decisions: DecisionLog;
  readonly #engine: PolicyEngine;
  #isReplaying = false;

  constructor(private readonly parts: Parts) {
    const { store, measurements, delegations, migrations, inventory, log, clock = systemClock } = parts;
    const now = () => clock.now();
    this.catalog = new PolicyCatalog(store, delegations, now);
    this.#decisions = new DecisionLog(store, now);
    const decider = new Decider({
      store,
      owner: () => migrations.processes.owner,
      living: () => migrations.processes.living(),
    });
    const order = (decision: Decision) =>
      orderOwnMove(
        { ...decision, who: `policy:${decision.policy}` },
        {
          begin: (request) => migrations.begin(request),
          refuse: (error) => {
            policyDecisions.inc({ policy: decision.policy, outcome: 'refused' });
            return this.#decisions.refuse(decision, error);
          },
          ...{ audit: parts.audit, log, now },
        },
      );
    this.#engine = new PolicyEngine({
      catalog: this.catalog,
      decider,
      decisions: this.#decisions,
      rows: measurements,
      prometheus: parts.prometheus,
      fleet: () => liveFleet(inventory, (container) => migrations.past.downtimeMs(container)),
      moveOf: (id) => migrations.past.outcome(id),
      order,
      randomHex,
      clock,
      log,
    });
  }

  /** Decides and emits events until the returned function is called. */
  start(): () => Promise<void> {
    const stopEvents = notifyDecisions(this.parts.store, this.parts.emit);
    const stopDeciding = this.#engine.start();
    return async () => {
      await Promise.all([stopDeciding(), stopEvents()]);
    };
  }

  /** The last decisions by policy, the oldest first. */
  async decisions(): Promise<ReadonlyMap<string, readonly Decision[]>> {
    const log = await this.#decisions.read();
    return new Map([...log].map(([name, { decisions }]) => [name, decisions]));
  }

  explain(name: string): Promise<Move | NoMove> {
    return this.#engine.explain(name);
  }

  /**
   * What a policy would have done in the last seconds. Throws `invalid_argument` for a text with faults, and
   * `resource_exhausted` for more values than a replay may have, and while another one runs.
   */
  async replay(text: string, seconds: number): Promise<Replayed> {
    const { measurements, prometheus, inventory, migrations, clock = systemClock } = this.parts;
    const policy = parsePolicy(text);
    const untilMs = clock.now();
    const fromMs = untilMs - seconds * 1000;
    const fleet = replayFleet(inventory, (container) => migrations.past.downtimeMs(container));
    if (this.#isReplaying)
      throw new CopaError('resource_exhausted', 'another replay is in progress: try again when it has ended');
    this.#isReplaying = true;
    try {
      const decisions = await replay({ policy, fromMs, untilMs, fleet, history: measurements, prometheus });
      return { policy: policy.name, fromMs, untilMs, decisions };
    } finally {
      this.#isReplaying = false;
    }
  }
}
