/**
 * The loop of policies: reads new samples, decides, and orders moves. Every controller has one, and one of them decides at a
 * time (decider.ts). A decision is in etcd before its move begins, so no crash makes a policy forget its cool-down.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../common/async/clock.js';
import { isCopaError, messageOf } from '../../common/errors.js';
import { measureIntervalMs } from '../../common/measurements.js';
import type { Decision, Policy } from '../model/policy.js';
import type { QuerySource } from '../prometheus/client.js';
import { keys } from '../store/keys.js';
import { policyDecisions, policyRounds } from '../observability/metrics.js';
import type { KnownPolicy, PolicyCatalog } from './catalog.js';
import { decide, decisionOf, type Move, type NoMove } from './decide.js';
import type { Decider } from './decider.js';
import type { DecisionLog } from './decision-log.js';
import { queriesOf, QueryReader } from './queries.js';
import { needsOf, Sampler, type RowSource } from './sampler.js';
import type { Fleet, PastDecision, Situation } from './situation.js';

type Decisions = Awaited<ReturnType<DecisionLog['read']>>;

interface Parts {
  readonly catalog: Pick<PolicyCatalog, 'list' | 'get'>;
  readonly decider: Pick<Decider, 'claim'>;
  readonly decisions: Pick<DecisionLog, 'read' | 'add'>;
  readonly rows: RowSource;
  readonly prometheus: QuerySource;
  readonly fleet: () => Fleet;
  /** What became of the migration of a decision. */
  readonly moveOf: (decision: string) => PastDecision['move'];
  /** Orders the move of a decision; never rejects. */
  readonly order: (decision: Decision) => Promise<void>;
  readonly randomHex: (bytes: number) => string;
  readonly clock: Clock;
  readonly log: Logger;
}

export class PolicyEngine {
  readonly #sampler: Sampler;
  readonly #queries: QueryReader;
  /** Moves that are being ordered: their migrations do not exist yet. */
  readonly #orders = new Map<string, Promise<void>>();
  #round: Promise<void> | undefined;
  /** Why the last round failed. */
  #failure: string | undefined;

  constructor(private readonly parts: Parts) {
    this.#sampler = new Sampler(parts.rows);
    this.#queries = new QueryReader(parts.prometheus, this.#sampler.samples);
  }

  /** Decides every five seconds until the returned function is called. */
  start(): () => Promise<void> {
    const stop = this.parts.clock.every(measureIntervalMs, () => void this.round());
    return async () => {
      stop();
      await this.#round;
      await Promise.all(this.#orders.values());
    };
  }

  /** One round of all active policies. Never rejects: the next round tries again. */
  round(): Promise<void> {
    return (this.#round ??= this.#tryRound().finally(() => (this.#round = undefined)));
  }

  /** What a policy would decide now, whether it is active or not. Changes nothing. */
  async explain(name: string): Promise<Move | NoMove> {
    const { catalog, rows, prometheus } = this.parts;
    const { policy } = await catalog.get(name);
    const sampler = new Sampler(rows);
    const queries = new QueryReader(prometheus, sampler.samples);
    const situation = await this.#situation(sampler, queries, [policy]);
    const past = this.#pastOf(await this.parts.decisions.read());
    return decide(policy, { ...situation, past }, (...of) => sampler.readContainers(...of));
  }

  async #tryRound(): Promise<void> {
    const end = policyRounds.startTimer();
    const { log } = this.parts;
    try {
      if (await this.#decideAll()) end({ outcome: 'ok' });
      this.#failure = undefined;
    } catch (error) {
      end({ outcome: 'error' });
      const reason = messageOf(error);
      // Once for each reason, not every five seconds.
      const level = reason === this.#failure ? 'debug' : isCopaError(error) ? 'warn' : 'error';
      log[level](isCopaError(error) ? { reason } : { err: error }, 'policies cannot decide: trying again');
      this.#failure = reason;
    }
  }

  /** False when there is nothing to do for this controller. */
  async #decideAll(): Promise<boolean> {
    const { catalog, decider, decisions } = this.parts;
    const active = (await catalog.list()).filter(({ state }) => state === 'active');
    const claim = active.length > 0 ? await decider.claim() : undefined;
    if (claim === undefined) {
      this.#sampler.clear();
      this.#queries.clear();
      return false;
    }
    const situation = await this.#situation(
      this.#sampler,
      this.#queries,
      active.map(({ policy }) => policy),
    );
    for (const known of active) {
      // All decisions from before the claim are in it, and it is what the next one is written over.
      const log = await decisions.read();
      const past = this.#pastOf(log);
      const found = await decide(known.policy, { ...situation, past }, (...of) =>
        this.#sampler.readContainers(...of),
      );
      if (found.kind === 'move') await this.#take(known, found, log, claim);
    }
    return true;
  }

  async #situation(
    sampler: Sampler,
    queries: QueryReader,
    policies: readonly Policy[],
  ): Promise<Omit<Situation, 'past'>> {
    const { clock, fleet: fleetNow } = this.parts;
    const fleet = fleetNow();
    const up = new Set(fleet.hosts.filter(({ isUp }) => isUp).map(({ name }) => name));
    await sampler.refresh(needsOf(policies), (pool) => up.has(pool), clock.now());
    await queries.refresh(queriesOf(policies), clock.now());
    return { nowMs: clock.now(), samples: sampler.samples, failures: queries.failures, fleet };
  }

  /** Writes a decision, unless something changed meanwhile, and then orders its move. */
  async #take(known: KnownPolicy, move: Move, log: Decisions, claim: number): Promise<void> {
    const { decisions, randomHex, clock } = this.parts;
    const { policy, version, mode, expect } = known;
    const decision = decisionOf(move, {
      id: randomHex(8),
      policy: policy.name,
      version,
      at: new Date(clock.now()).toISOString(),
      outcome: mode === 'automatic' ? 'ordered' : 'recommended',
    });
    const isTaken = await decisions.add(decision, log.get(policy.name), [
      { key: keys.decider, revision: claim },
      ...expect,
    ]);
    if (!isTaken) return;
    policyDecisions.inc({ policy: policy.name, outcome: decision.outcome });
    this.parts.log.info(
      { ...move, kind: undefined, policy: policy.name, outcome: decision.outcome },
      'a policy decided',
    );
    if (decision.outcome !== 'ordered') return;
    const order = this.parts.order(decision).finally(() => this.#orders.delete(decision.id));
    this.#orders.set(decision.id, order);
  }

  #pastOf(log: Decisions): readonly PastDecision[] {
    const all = [...log.values()].flatMap(({ decisions }) => decisions);
    return all
      .map((decision): PastDecision => ({
        ...decision,
        atMs: Date.parse(decision.at),
        move: this.#orders.has(decision.id) ? 'running' : this.parts.moveOf(decision.id),
      }))
      .sort((a, b) => a.atMs - b.atMs);
  }
}
