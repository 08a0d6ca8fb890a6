/** The containers and policies of a run, and what its actions do to them. */
import { policyText, type ContainerPlan, type Scenario } from './document.js';
import { CopaError } from '../../common/errors.js';
import type { Action } from './action.js';
import { runLabel, scenarioLabel, type Fleet } from './fleet.js';
import { checkLimit, limitCommand, limitedBy, limitedHost, runHere, type Limited } from './limit.js';
import type { UndoLog } from './undo-log.js';
import type { Plan } from './plan.js';

interface Parts {
  readonly scenario: Scenario;
  readonly plan: Plan;
  readonly fleet: Fleet;
  readonly undoLog: UndoLog;
  readonly report: (text: string) => void;
  readonly signal: AbortSignal;
}

export class Setting {
  /** Of the containers, when they are built. */
  readonly addresses = new Map<string, string>();
  /** Roles whose limit is in the undo log. */
  readonly #limited = new Set<string>();

  constructor(private readonly parts: Parts) {}

  /** Throws the first failure; what was made before is taken down like everything else. */
  async build(): Promise<void> {
    const { scenario, plan, fleet, undoLog, report, signal } = this.parts;
    for (const limited of limitedBy(scenario)) await checkLimit(limited, () => this.#willLimit(limited));
    for (const [name, container] of Object.entries(scenario.containers)) {
      signal.throwIfAborted();
      report(`creating container ${name} on ${plan.pools[container.host] ?? ''}`);
      await this.#create(name, container);
    }
    for (const policy of scenario.policies) {
      signal.throwIfAborted();
      const name = String(policy['name']);
      const existing = (await fleet.rest.policies()).policies.some((each) => each.name === name);
      if (existing) throw new CopaError('already_exists', `there is a policy "${name}" already`);
      undoLog.add({ made: 'policy', name });
      await fleet.rest.policy('apply', { policy: policyText(policy, plan.pools) });
      report(`policy ${name} is applied`);
    }
  }

  /** Resolves when it has ended: a move with its container at its destination. */
  async perform(action: Action): Promise<void> {
    const { rest } = this.parts.fleet;
    const { move, exec, evacuate, restore, limit, measure } = action;
    if (move) await this.#move(move);
    else if (exec) {
      const { pool } = await this.#find(exec.container);
      await this.#shell(pool, exec.container, exec.command);
    } else if (limit) await this.#limit(limit.host, limit.mbit);
    else if (measure) await this.#measure(measure);
    else if (evacuate !== undefined) {
      const pool = this.#poolOf(evacuate);
      this.parts.undoLog.add({ made: 'evacuation', pool });
      await rest.pool('evacuate', { container_pool: pool });
      await this.#endOf(pool, 'evacuated');
    } else if (restore !== undefined) {
      const pool = this.#poolOf(restore);
      await rest.pool('restore', { container_pool: pool });
      await this.#endOf(pool, 'restored');
    }
  }

  async #create(
    name: string,
    { host, image, cpu, memory, labels, files, commands }: ContainerPlan,
  ): Promise<void> {
    const { scenario, fleet, undoLog, signal } = this.parts;
    const pool = this.#poolOf(host);
    const own = `${scenarioLabel}=${scenario.name},${runLabel}=${undoLog.run}`;
    await fleet.rest.container('create', {
      container_pool: pool,
      container_name: name,
      image_type: image,
      start: true,
      labels: labels === undefined ? own : `${labels},${own}`,
      ...(cpu === undefined ? {} : { cpu }),
      ...(memory === undefined ? {} : { memory }),
    });
    this.addresses.set(name, await fleet.awaitAddress(undoLog.run, name, signal));
    for (const [path, text] of Object.entries(files)) {
      const base64 = Buffer.from(text).toString('base64');
      const quoted = `'${path.replaceAll("'", `'\\''`)}'`;
      await this.#shell(
        pool,
        name,
        `mkdir -p "$(dirname ${quoted})" && echo ${base64} | base64 -d > ${quoted}`,
      );
    }
    for (const command of commands) await this.#shell(pool, name, command);
  }

  async #move({ container, to, ...options }: NonNullable<Action['move']>): Promise<void> {
    const { fleet, signal } = this.parts;
    const { pool } = await this.#find(container);
    const order = {
      container_pool: pool,
      container_name: container,
      destination_pool: to.startsWith('@') ? to : this.#poolOf(to),
      ...options,
    };
    const id = await fleet.rest.beginMigration(order as Parameters<typeof fleet.rest.beginMigration>[0]);
    for await (const { state, error } of fleet.rest.followMigration(id, { signal })) {
      if (state === 'failed' || state === 'cancelled')
        throw new CopaError('aborted', `the move is ${state}: ${error ?? ''}`);
    }
  }

  async #limit(host: string, mbit: number | null): Promise<void> {
    const limited = limitedHost(this.parts.scenario.hosts, host);
    if (!limited) return;
    if (mbit !== null) this.#willLimit(limited);
    await runHere(limitCommand(limited, mbit));
  }

  #willLimit(limited: Limited): void {
    if (this.#limited.has(limited.role)) return;
    this.#limited.add(limited.role);
    this.parts.undoLog.add({ made: 'limit', undo: limitCommand(limited, null) });
  }

  async #measure({ from, to, throughput, latency, jitter }: NonNullable<Action['measure']>): Promise<void> {
    const way = (name: string) => ({
      [`jitter_${name}`]: jitter,
      [`latency_max_${name}`]: latency + jitter,
      [`latency_median_${name}`]: latency,
      [`latency_min_${name}`]: Math.max(0, latency - jitter),
    });
    const values = {
      locus1: this.#poolOf(from),
      locus2: this.#poolOf(to),
      throughput,
      ...way('1to2'),
      ...way('2to1'),
    };
    const { rest } = this.parts.fleet;
    await rest.postNetwork('kpilink', values as Parameters<typeof rest.postNetwork<'kpilink'>>[1]);
  }

  async #endOf(pool: string, wanted: string): Promise<void> {
    const { fleet, signal } = this.parts;
    for await (const { running, phase, message } of fleet.rest.followEvacuation(pool, { signal })) {
      if (!running && phase !== wanted) throw new CopaError('aborted', `${phase}: ${message ?? ''}`);
    }
  }

  #shell(pool: string, name: string, command: string): Promise<void> {
    const { fleet, signal } = this.parts;
    return fleet.shell({ pool, name }, command, signal);
  }

  #find(container: string) {
    return this.parts.fleet.find(this.parts.undoLog.run, container);
  }

  #poolOf(role: string): string {
    return this.parts.plan.pools[role] ?? role;
  }
}
