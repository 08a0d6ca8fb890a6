// `npm run bench:evacuation`: a host of the lab is emptied and filled again. Compared with each container's own move, and
// with stop, `lxc move` and start of the same containers, many at a time as `xargs -P` does it.
// It fails only when something cannot be measured.
import { Command } from 'commander';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { introduce, openPorts } from './baseline.js';
import { aligned, machine, median } from './figures.js';
import { seconds } from './scenarios.js';

const writerMegabytes = 50;
/** How many of each kind are moved alone first. */
const aloneOfEach = 3;

const plan = z.object({
  possible: z.boolean(),
  seconds: z.number(),
  containers: z.array(z.object({ container: z.string(), downtime_ms: z.number().nullable() })),
});
const evacuation = z.object({
  phase: z.string(),
  running: z.boolean(),
  message: z.string().nullable(),
  containers: z.array(
    z.object({ container: z.string(), state: z.string(), migration: z.string().nullable() }),
  ),
});
const migration = z.object({
  state: z.string(),
  error: z.string().nullable(),
  downtime_ms: z.number().nullable(),
});
type Downtimes = ReadonlyMap<string, number>;

const program = new Command('bench:evacuation')
  .description('measure an evacuation and the return, beside moves of single containers and lxc move')
  .option('--hosts <n>', 'hosts', '5')
  .option('--containers <n>', 'running containers on the first host', '50')
  .option('--writers <n>', `of them, with ${writerMegabytes} MB and a process that writes`, '20')
  .option('--parallel <n...>', 'how many lxc move are run at a time; each is tried', ['4', '8'])
  .action(async (flags: { hosts: string; containers: string; writers: string; parallel: string[] }) => {
    const cluster = await Cluster.up({ hosts: Number(flags.hosts), daemon: 'lxd' });
    try {
      const bench = new EvacuationBench(cluster);
      await bench.fill(Number(flags.containers), Number(flags.writers));
      await bench.measure(flags.parallel.map(Number));
    } finally {
      await cluster.down();
    }
    const { processors, processor, kernel, node } = machine({});
    process.stdout.write(`\n${processors} x ${processor}, Linux ${kernel}, Node ${node}\n`);
  });

class EvacuationBench {
  readonly #began = performance.now();
  readonly #names: string[] = [];
  readonly #writers = new Set<string>();

  constructor(private readonly cluster: Cluster) {}

  get #from(): Host {
    return this.cluster.hosts[0] as Host;
  }

  async fill(containers: number, writers: number): Promise<void> {
    for (let number = 0; number < containers; number++) this.#names.push(`c${number}`);
    for (const name of this.#names.slice(0, writers)) this.#writers.add(name);
    await inParallel(4, this.#names, async (name) => {
      await this.cluster.launch(this.#from, name);
      if (this.#writers.has(name)) await startWriter(this.#from, name);
    });
    this.#say(`${containers} containers run, ${writers} of them write`);
  }

  async measure(parallel: readonly number[]): Promise<void> {
    const alone = await this.#alone();
    const planned = plan.parse(await this.#pools('evacuate', { dry_run: 'true' }));
    const away = await this.#whole('evacuate', 'evacuated');
    const back = await this.#whole('restore', 'restored');
    const rivals = [];
    for (const atOnce of parallel) rivals.push({ atOnce, ms: await this.#rival(atOnce) });
    const best = Math.min(...rivals.map(({ ms }) => ms));
    const ratios = [...away.downtimes].map(([name, ms]) => ms / this.#usual(alone, name));
    const near = planned.containers.filter(({ container, downtime_ms: expected }) => {
      const was = away.downtimes.get(container);
      return was !== undefined && expected !== null && within(expected / was, 1.5);
    });
    const medianOf = (downtimes: Downtimes) => seconds(median([...downtimes.values()]));
    const rows = [
      ['', 'measured', 'ratio', 'goal'],
      ['downtime of a move alone, plain', seconds(median(this.#aloneOf(alone, false))), '', ''],
      ['  with a writer', seconds(median(this.#aloneOf(alone, true))), '', ''],
      ['evacuation, median downtime', medianOf(away.downtimes), ratio(median(ratios)), '1.3'],
      ['  the slowest for its kind', '', ratio(Math.max(...ratios)), '2'],
      ['  the whole', seconds(away.ms), ratio(away.ms / best), '1.5'],
      ...rivals.map(({ atOnce, ms }) => [
        `  stop, lxc move, start, ${atOnce} at a time`,
        seconds(ms),
        '',
        '',
      ]),
      ['  predicted time', seconds(planned.seconds * 1000), ratio((planned.seconds * 1000) / away.ms), '1.5'],
      ['  predicted downtime within 1.5', `${near.length} of ${away.downtimes.size}`, '', '8 of 10'],
      ['return, median downtime', medianOf(back.downtimes), '', ''],
      ['  the whole', seconds(back.ms), ratio(back.ms / best), ''],
    ];
    process.stdout.write(`\n${aligned(rows)}\n`);
  }

  /** Moves a few of each kind, one after the other, and back. */
  async #alone(): Promise<Downtimes> {
    const plain = this.#names.filter((name) => !this.#writers.has(name)).slice(0, aloneOfEach);
    const chosen = [...[...this.#writers].slice(0, aloneOfEach), ...plain];
    const downtimes = new Map<string, number>();
    const there = this.cluster.hosts[1] as Host;
    for (const name of chosen) {
      const to = await this.#move(this.#from, there, name);
      await this.#move(there, this.#from, name);
      downtimes.set(name, to);
    }
    this.#say(`moved alone: ${[...downtimes.values()].map(seconds).join(', ')}`);
    return downtimes;
  }

  async #move(from: Host, to: Host, name: string): Promise<number> {
    const started = new Date().toISOString();
    const more = { destination_pool: to.name };
    const { status, body } = await this.cluster.operate('migrate', from.name, name, more);
    if (status !== 200) throw new Error(`${name} since ${started}: ${JSON.stringify(body)}`);
    const { body: list } = await this.cluster.request('GET', 'migrations', {
      query: { container_name: name, limit: '1' },
    });
    const [last] = z.object({ migrations: z.array(migration) }).parse(list).migrations;
    return last?.downtime_ms ?? NaN;
  }

  #usual(alone: Downtimes, name: string): number {
    return median(this.#aloneOf(alone, this.#writers.has(name)));
  }

  #aloneOf(alone: Downtimes, writes: boolean): number[] {
    return [...alone].filter(([name]) => this.#writers.has(name) === writes).map(([, ms]) => ms);
  }

  /** Empties or fills the host. All containers have to be where they belong at the end. */
  async #whole(
    operation: 'evacuate' | 'restore',
    phase: string,
  ): Promise<{ ms: number; downtimes: Downtimes }> {
    const started = performance.now();
    await this.#pools(operation);
    const path = `evacuations/${this.#from.name}`;
    const read = async () => evacuation.parse((await this.cluster.request('GET', path)).body);
    let now = await read();
    for (; now.running; now = await read()) await delay(200);
    const ms = performance.now() - started;
    if (now.phase !== phase) throw new Error(`${operation}: ${JSON.stringify(now)}`);
    const downtimes = new Map<string, number>();
    for (const { container, migration: id } of now.containers) {
      const { body } = await this.cluster.request('GET', `migrations/${id ?? ''}`);
      const { state, error, downtime_ms: downtimeMs } = migration.parse(body);
      if (state !== 'done' || downtimeMs === null) throw new Error(`${container}: ${error ?? state}`);
      downtimes.set(container, downtimeMs);
    }
    this.#say(`${operation}: ${seconds(ms)} for ${downtimes.size} containers`);
    return { ms, downtimes };
  }

  /** Stop, `lxc move` and start of all containers, `atOnce` at a time, and everything back without being measured. */
  async #rival(atOnce: number): Promise<number> {
    const others = this.cluster.hosts.slice(1);
    const targetOf = (name: string) => others[this.#names.indexOf(name) % others.length] as Host;
    for (const other of others) await introduce(this.#from, other);
    const close = await openPorts(this.cluster.hosts);
    const started = performance.now();
    await inParallel(atOnce, this.#names, async (name) => {
      const to = targetOf(name);
      await this.#from.lxc('stop', name);
      await this.#from.lxc('move', name, `${to.name}:${name}`);
      await to.lxc('start', name);
    });
    const ms = performance.now() - started;
    this.#say(`stop, lxc move, start, ${atOnce} at a time: ${seconds(ms)}`);
    await inParallel(atOnce, this.#names, async (name) => {
      const to = targetOf(name);
      await to.lxc('stop', name);
      await to.lxc('move', name, `${this.#from.name}:${name}`);
      await this.#from.lxc('start', name);
      if (this.#writers.has(name)) await startWriter(this.#from, name);
    });
    await close();
    for (const other of others) {
      await this.#from.lxc('remote', 'remove', other.name);
      await other.lxc('remote', 'remove', this.#from.name);
    }
    return ms;
  }

  async #pools(operation: string, more: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const form = { operation, container_pool: this.#from.name, ...more };
    const { status, body } = await this.cluster.request('POST', 'pools', { form });
    if (status !== 200) throw new Error(`${operation}: ${JSON.stringify(body)}`);
    return body;
  }

  #say(text: string): void {
    const at = ((performance.now() - this.#began) / 1000).toFixed(0).padStart(5);
    process.stderr.write(`${at} s  ${text}\n`);
  }
}

/** As `xargs -P`: a number of workers that take one after the other. */
async function inParallel(
  atOnce: number,
  names: readonly string[],
  work: (name: string) => Promise<void>,
): Promise<void> {
  const queue = names.values();
  const worker = async () => {
    for (const name of queue) await work(name);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Fills the container, and starts a process that rewrites a part of it each second. */
async function startWriter(host: Host, name: string): Promise<void> {
  const fill = `mkdir -p /data/big; dd if=/dev/urandom of=/data/big/file bs=1M count=${writerMegabytes} 2>/dev/null`;
  const loop =
    'n=0; while :; do n=$((n+1)); dd if=/dev/urandom of=/data/big/part bs=64k count=4; sleep 1; done';
  await host.lxc('exec', name, '--', 'sh', '-c', `${fill}; (${loop}) >/dev/null 2>&1 </dev/null &`);
}

function within(value: number, factor: number): boolean {
  return value <= factor && value >= 1 / factor;
}

function ratio(value: number): string {
  return value.toFixed(2);
}

const obstacle = await Lab.obstacle();
if (obstacle !== undefined) {
  process.stderr.write(`The benchmark needs the lab, which cannot run here: ${obstacle}\n`);
  process.exitCode = 1;
} else {
  await program.parseAsync();
}
