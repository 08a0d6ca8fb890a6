// The measurements, each on a cluster of two hosts. The container travels back and forth: COPA's move in one
// direction is followed by the baseline's, so that both run in the same minutes and in both directions.
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { lxcMove } from './baseline.js';
import type { Client } from './client.js';
import { watchAgent, watchHosts, type Usage } from './usage.js';
import { container, startWriter } from './workload.js';

const migration = z.object({
  id: z.string(),
  state: z.string(),
  error: z.string().nullable(),
  downtime_ms: z.number().nullable(),
  downtime: z.object({ shutdown_ms: z.number(), last_pass_ms: z.number(), start_ms: z.number() }).nullable(),
  passes: z.array(z.object({ kind: z.string(), bytes: z.number(), ms: z.number().nullable() })),
  history: z.array(z.object({ phase: z.string(), at: z.string() })),
});

/** One move, and the processor time that it took on both hosts together, in s. */
export interface Move {
  readonly ms: number;
  readonly cpuSeconds: number;
}

export interface CopaMove extends Move {
  readonly migration: z.infer<typeof migration>;
  readonly agents: { readonly source: Usage; readonly destination: Usage };
}

export interface StoppedRound {
  readonly copa: CopaMove;
  readonly pull: Move;
  readonly relay: Move;
}

export interface RunningRound {
  readonly copa: CopaMove;
  readonly copaDowntimeMs: number;
  /** Stop and start in place: the time of the container's own shutdown and start for a client. */
  readonly restartMs: number;
  readonly rivalDowntimeMs: number;
}

export interface WriterRound {
  readonly copa: CopaMove;
  readonly copaDowntimeMs: number;
}

/** The polling interval for a move's end. A shorter one would cost more than it shows. */
const pollMs = 50;

/** The container's place, and the parts of the cluster that measurements need. */
export class Bench {
  #at = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly say: (text: string) => void,
  ) {}

  get here(): Host {
    return this.cluster.hosts[this.#at] as Host;
  }

  get there(): Host {
    return this.cluster.hosts[1 - this.#at] as Host;
  }

  /** (a) A stopped container's move, by COPA and by the baseline in both its modes. */
  async stopped(): Promise<StoppedRound> {
    const copa = await this.#copa();
    const pull = await this.#rival('pull');
    const relay = await this.#rival('relay');
    return { copa, pull, relay };
  }

  /** (b) A running container's move as its client sees it, and its own restart. */
  async running(client: Client): Promise<RunningRound> {
    await this.#settled();
    const restartMs = await client.downtimeOf(async () => {
      await this.#state('stop');
      await this.#state('start');
    });
    this.say(`restart in place: away for ${seconds(restartMs)}`);
    const { copa, downtimeMs: copaDowntimeMs } = await this.#moveRunning(client);
    await this.#settled();
    let rivalDowntimeMs = 0;
    const [from, to] = [this.here, this.there];
    await lxcMove(from, to, container, 'pull', async (move) => {
      rivalDowntimeMs = await client.downtimeOf(async () => {
        await this.#state('stop');
        await move();
        this.#at = 1 - this.#at;
        await this.#state('start');
      });
    });
    this.say(`stop, lxc move, start: away for ${seconds(rivalDowntimeMs)}`);
    return { copa, copaDowntimeMs, restartMs, rivalDowntimeMs };
  }

  /** (c) As (b), by COPA only, while a process inside writes. */
  async withWriter(client: Client, megabytesPerSecond: number): Promise<WriterRound> {
    await this.#settled();
    await startWriter(this.here, megabytesPerSecond);
    const { copa, downtimeMs } = await this.#moveRunning(client);
    return { copa, copaDowntimeMs: downtimeMs };
  }

  /** Starts the container for the running scenarios. */
  start(): Promise<void> {
    return this.#state('start');
  }

  stop(): Promise<void> {
    return this.#state('stop');
  }

  async #moveRunning(client: Client): Promise<{ copa: CopaMove; downtimeMs: number }> {
    let copa: CopaMove | undefined;
    const downtimeMs = await client.downtimeOf(async () => (copa = await this.#copa()));
    const moved = copa as unknown as CopaMove;
    const { downtime, passes } = moved.migration;
    const parts = downtime
      ? `shutdown ${seconds(downtime.shutdown_ms)}, last pass ${seconds(downtime.last_pass_ms)}, start ${seconds(downtime.start_ms)}`
      : 'no parts known';
    const sent = passes.map(({ ms, bytes }) => `${seconds(ms ?? 0)}/${megabytes(bytes)}`).join(', ');
    this.say(`copa: away for ${seconds(downtimeMs)} (${parts}; passes ${sent})`);
    return { copa: moved, downtimeMs };
  }

  async #copa(): Promise<CopaMove> {
    const [from, to] = [this.here, this.there];
    await this.#settled();
    const usage = { source: watchAgent(from), destination: watchAgent(to), hosts: watchHosts([from, to]) };
    const started = performance.now();
    const order = {
      operation: 'migrate',
      container_pool: from.name,
      container_name: container,
      destination_pool: to.name,
    };
    const headers = { Prefer: 'respond-async' };
    const accepted = await this.cluster.request('POST', 'container', { form: order, headers });
    if (accepted.status !== 202) throw new Error(`migrate: ${JSON.stringify(accepted.body)}`);
    const id = z.string().parse(accepted.body['id']);
    let moved: z.infer<typeof migration>;
    do {
      await delay(pollMs);
      moved = migration.parse((await this.cluster.request('GET', `migrations/${id}`)).body);
    } while (moved.state === 'running');
    const ms = performance.now() - started;
    if (moved.state !== 'done') throw new Error(`migrate: ${moved.error ?? moved.state}`);
    const agents = { source: usage.source(), destination: usage.destination() };
    const cpuSeconds = usage.hosts();
    this.#at = 1 - this.#at;
    this.say(`copa ${from.name} to ${to.name}: ${seconds(ms)}`);
    return { ms, cpuSeconds, migration: moved, agents };
  }

  async #rival(mode: 'pull' | 'relay'): Promise<Move> {
    const [from, to] = [this.here, this.there];
    await this.#settled();
    const usage = watchHosts([from, to]);
    const ms = await lxcMove(from, to, container, mode);
    const cpuSeconds = usage();
    this.#at = 1 - this.#at;
    this.say(`lxc move --mode ${mode} ${from.name} to ${to.name}: ${seconds(ms)}`);
    return { ms, cpuSeconds };
  }

  async #state(action: 'start' | 'stop'): Promise<void> {
    await this.here.lxd(`/1.0/instances/${container}/state`, {
      method: 'PUT',
      body: { action, timeout: 30, force: false },
    });
  }

  /** Flushes the writes of the previous move, so that they do not slow the next one. */
  async #settled(): Promise<void> {
    await this.here.exec(['sync'], { timeoutMs: 300_000 });
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
}
