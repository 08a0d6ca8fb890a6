// The overhead of COPA per call: each call through COPA and through the daemon's own socket on the same host, one
// right after the other, with few and many containers, by few and many clients.
import type { Cluster } from '../../deploy/lab/cluster.js';
import type { Compared, Goal, Section } from './compared.js';
import { exchange, load, percentiles, type Load } from './http.js';
import {
  copaWorker,
  daemonWorker,
  questions,
  type Host,
  type Question,
  type Verb,
  type Worker,
} from './sides.js';

export interface OverheadSizes {
  readonly wants: (part: 'reads' | 'changes') => boolean;
  readonly containers: readonly number[];
  readonly clients: readonly number[];
  readonly rounds: number;
  /** Minimum duration of each read's measurement. */
  readonly seconds: number;
  /** How often each client makes each change. */
  readonly changes: number;
}

/** The bound on the additional latency for one client. */
const latencyGoal: Goal = { atMost: 1.3, plus: 2 };
const sharedGoal: Goal = { atLeast: 5 };
/** A read is repeated for at least this many replies of the daemon, because the first ones cannot be shared. */
const turnsMin = 5;
/** Tolerance for growth, because no two measurements are equal. */
const growthMax = 1.3;
const sharedQuestions: ReadonlySet<Question> = new Set(['list_containers', 'information of all']);

const cycles: Readonly<Record<string, readonly Verb[]>> = {
  'start + stop': ['start', 'stop'],
  'freeze + unfreeze': ['freeze', 'unfreeze'],
  'create + delete': ['create', 'delete'],
};

export async function overhead(
  cluster: Cluster,
  sizes: OverheadSizes,
  say: (text: string) => void,
): Promise<Section[]> {
  const [first] = cluster.hosts;
  if (!first) throw new Error('one host was asked for');
  const host = { port: cluster.port, pool: first.name, socket: first.lxdSocket };
  const sections: Section[] = [];
  let made = 0;
  for (const count of sizes.containers) {
    say(`${count} containers, every other one running`);
    await populate(host, made, count);
    made = count;
    const rows: Compared[] = [];
    for (const question of sizes.wants('reads') ? (Object.keys(questions) as Question[]) : []) {
      for (const clients of sizes.clients) {
        say(`${count} containers: ${question}, ${clients} at once`);
        rows.push(...(await reads(host, question, clients, sizes)));
      }
    }
    for (const [cycle, verbs] of sizes.wants('changes') ? Object.entries(cycles) : []) {
      for (const clients of sizes.clients) {
        say(`${count} containers: ${cycle}, ${clients} at once`);
        rows.push(...(await changes(host, cycle, verbs, clients, sizes)));
      }
    }
    sections.push({ title: `${count} containers`, other: 'daemon', rows });
  }
  return sections;
}

/** Creates the containers c0, c1, ... up to a number. Those with even numbers run, without activity. */
async function populate(host: Host, from: number, to: number): Promise<void> {
  const names = Array.from({ length: to - from }, (_, index) => from + index);
  await together(4, host, daemonWorker, async (worker) => {
    for (let number; (number = names.shift()) !== undefined;) {
      await worker.run('create', `c${number}`);
      if (number % 2 === 0) await worker.run('start', `c${number}`);
    }
  });
}

async function reads(
  host: Host,
  question: Question,
  clients: number,
  { rounds, seconds }: OverheadSizes,
): Promise<Compared[]> {
  const [copa, daemon] = [questions[question].copa(host), questions[question].daemon(host)];
  const began = performance.now();
  await exchange(daemon);
  const forSeconds = Math.max(seconds, (turnsMin * (performance.now() - began)) / 1000);
  const measured: { copa: Load; daemon: Load }[] = [];
  for (let round = 0; round < rounds; round++) {
    const beside = await load(daemon, clients, forSeconds);
    measured.push({ copa: await load(copa, clients, forSeconds), daemon: beside });
  }
  const row = (
    unit: Compared['unit'],
    what: string,
    figure: (of: Load) => number,
    goal?: Goal,
  ): Compared => ({
    what: `${question}, ${clients} at once: ${what}`,
    unit,
    copa: measured.map(({ copa }) => figure(copa)),
    other: measured.map(({ daemon }) => figure(daemon)),
    ...(goal ? { goal } : {}),
  });
  return [
    row('ms', 'p50', ({ p50Ms }) => p50Ms, latencyGoal),
    row('ms', 'p99', ({ p99Ms }) => p99Ms),
    row(
      '/s',
      'rate',
      ({ perSecond }) => perSecond,
      clients === 16 && sharedQuestions.has(question) ? sharedGoal : undefined,
    ),
  ];
}

async function changes(
  host: Host,
  cycle: string,
  verbs: readonly Verb[],
  clients: number,
  { rounds, changes: times }: OverheadSizes,
): Promise<Compared[]> {
  const names = Array.from({ length: clients }, (_, client) => `w${client}`);
  const prepare = { 'start + stop': ['create'], 'freeze + unfreeze': ['create', 'start'] }[cycle] ?? [];
  const settle = { 'start + stop': ['delete'], 'freeze + unfreeze': ['stop', 'delete'] }[cycle] ?? [];
  const all = async (steps: readonly string[]) => {
    const left = [...names];
    await together(4, host, daemonWorker, async (worker) => {
      for (let name; (name = left.shift()) !== undefined;)
        for (const step of steps) await worker.run(step as Verb, name);
    });
  };
  const measured: Record<'copa' | 'daemon', number[][]> = { copa: [], daemon: [] };
  const walls: Record<'copa' | 'daemon', number[]> = { copa: [], daemon: [] };
  await all(prepare);
  for (let round = 0; round < rounds; round++) {
    for (const [side, open] of [
      ['daemon', daemonWorker],
      ['copa', copaWorker],
    ] as const) {
      const ms: number[] = [];
      const began = performance.now();
      await together(clients, host, open, async (worker, client) => {
        for (let time = 0; time < times; time++) {
          const from = performance.now();
          for (const verb of verbs) await worker.run(verb, names[client] ?? '');
          ms.push(performance.now() - from);
        }
      });
      measured[side].push(ms);
      walls[side].push((ms.length / (performance.now() - began)) * 1000);
    }
  }
  await all(settle);
  // Two calls in each: twice the bound of one.
  const goal = { ...latencyGoal, plus: 2 * verbs.length };
  const row = (what: string, figure: (ms: readonly number[]) => number, target?: Goal): Compared => ({
    what: `${cycle}, ${clients} at once: ${what}`,
    unit: 'ms',
    copa: measured.copa.map(figure),
    other: measured.daemon.map(figure),
    ...(target ? { goal: target } : {}),
  });
  return [
    row('p50', (ms) => percentiles(ms).p50Ms, goal),
    row('p99', (ms) => percentiles(ms).p99Ms),
    { what: `${cycle}, ${clients} at once: rate`, unit: '/s', copa: walls.copa, other: walls.daemon },
  ];
}

/** Runs a number of workers concurrently. */
export async function together(
  workers: number,
  host: Host,
  open: (host: Host) => Promise<Worker>,
  work: (worker: Worker, index: number) => Promise<void>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: workers }, async (_, index) => {
      const worker = await open(host);
      try {
        await work(worker, index);
      } finally {
        worker.close();
      }
    }),
  );
}

/** The growth from the smallest to the largest host with containers. Above 1 it grows faster than the work. */
export function growth(sections: readonly Section[]): Section[] {
  const [first, ...later] = sections.filter(({ title }) => Number.parseInt(title) > 1);
  const last = later.at(-1);
  if (!first || !last) return [];
  const [few, many] = [first, last].map(({ title }) => Number.parseInt(title)) as [number, number];
  const grown = first.rows.flatMap((row) => {
    const after = last.rows.find(({ what }) => what === row.what);
    return after && row.what.endsWith(': p50') ? [{ row, after }] : [];
  });
  const ofAll = grown.filter(({ row }) => /^(list|information of all)/.test(row.what));
  const each = (values: readonly number[], of: number) => values.map((value) => value / of);
  const times = (after: readonly number[], before: readonly number[]) =>
    after.map((value, round) => value / (before[round] ?? NaN));
  return [
    {
      title: `${many} containers, for each of them`,
      other: `of ${few}`,
      rows: ofAll.map(({ row, after }) => ({
        what: row.what,
        unit: 'ms',
        copa: each(after.copa, many),
        other: each(row.copa, few),
        goal: { atMost: growthMax },
      })),
    },
    {
      title: `${many} containers rather than ${few}`,
      other: 'daemon',
      rows: grown.map(({ row, after }) => ({
        what: row.what,
        unit: 'times',
        copa: times(after.copa, row.copa),
        other: times(after.other, row.other),
        goal: { atMost: growthMax },
      })),
    },
  ];
}
