// `npm run simulation`: runs histories of migrations, evacuations and networks from a seed in virtual time, and searches for one that violates
// an invariant. It needs neither root nor LXD.
import { Command } from 'commander';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { evacuationHistoryOf } from './evacuation-history.js';
import { runNetworkHistory } from './networks/history.js';
import { described, historyOf } from './history.js';
import { run } from './run.js';
import { shrink } from './shrink.js';

interface Report {
  readonly ends: Readonly<Record<string, number>>;
  /** Seeds whose histories failed. */
  readonly failed: readonly number[];
}

/** What happens in the histories. */
const kinds = {
  migrations: { historyOf: (seed: number) => historyOf(seed), batch: 100 },
  evacuations: { historyOf: evacuationHistoryOf, batch: 10 },
} as const;

type Kind = keyof typeof kinds | 'networks';

interface Order {
  readonly kind: Kind;
  readonly from: number;
  readonly count: number;
}

async function runSeeds({ kind, from, count }: Order): Promise<Report> {
  const ends: Record<string, number> = {};
  const failed: number[] = [];
  for (let seed = from; seed < from + count; seed++) {
    if (kind === 'networks') {
      if ((await runNetworkHistory(seed)).violations.length > 0) failed.push(seed);
      continue;
    }
    const outcome = await run(kinds[kind].historyOf(seed));
    for (const end of outcome.ends) ends[end] = (ends[end] ?? 0) + 1;
    if (outcome.violations.length > 0) failed.push(seed);
  }
  return { ends, failed };
}

/** Runs all seeds on several workers. Each gets a new batch when it has finished one. */
async function runAll(order: Order, workers: number): Promise<Report> {
  const ends: Record<string, number> = {};
  const failed: number[] = [];
  const { kind } = order;
  let next = order.from;
  const end = order.from + order.count;
  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      const give = () => {
        if (next >= end) {
          void worker.terminate().then(() => resolve());
          return;
        }
        const count = Math.min(kind === 'networks' ? 50 : kinds[kind].batch, end - next);
        worker.postMessage({ kind, from: next, count } satisfies Order);
        next += count;
      };
      worker.on('error', reject);
      worker.on('message', (report: Report) => {
        for (const [phase, count] of Object.entries(report.ends)) ends[phase] = (ends[phase] ?? 0) + count;
        failed.push(...report.failed);
        give();
      });
      give();
    });
  const file = fileURLToPath(import.meta.url);
  await Promise.all(
    Array.from({ length: workers }, () => work(new Worker(file, { workerData: 'simulation' }))),
  );
  return { ends, failed: failed.sort((a, b) => a - b) };
}

async function main(): Promise<void> {
  const flags = new Command('simulation')
    .description(
      'run histories of migrations, evacuations and networks from a seed, and look for one in which something goes wrong',
    )
    .option('--histories <n>', 'how many of migrations', '1000')
    .option('--evacuations <n>', 'how many of evacuations', '100')
    .option('--networks <n>', 'how many of networks', '200')
    .option('--seed <n>', 'the first seed; each history has the next one', '1')
    .option('--workers <n>', 'threads', String(availableParallelism()))
    .parse()
    .opts<{ histories: string; evacuations: string; networks: string; seed: string; workers: string }>();
  const [from, workers] = [Number(flags.seed), Number(flags.workers)];
  await search({ kind: 'migrations', from, count: Number(flags.histories) }, workers);
  await search({ kind: 'evacuations', from, count: Number(flags.evacuations) }, workers);
  await search({ kind: 'networks', from, count: Number(flags.networks) }, workers);
}

async function search(order: Order, workers: number): Promise<void> {
  const { kind, from, count } = order;
  if (count === 0) return;
  const startedAt = performance.now();
  const { ends, failed } = await runAll(order, workers);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const listed = Object.entries(ends).map(([phase, number]) => `${number} ${phase}`);
  const ended = listed.length === 0 ? '' : `; migrations: ${listed.join(', ')}`;
  console.log(`${count} histories of ${kind} from seed ${from} in ${seconds} s${ended}`);
  if (failed.length === 0) {
    console.log(`In each ${promises[kind]}.`);
    return;
  }
  console.log(`${failed.length} of them failed, with the seeds ${failed.slice(0, 20).join(', ')}`);
  await explain(kind, failed[0] as number);
  process.exitCode = 1;
}

const promises: Readonly<Record<Order['kind'], string>> = {
  migrations: 'at most one copy ran, with the newest data, and every migration came to its end',
  networks: 'no address was given twice, and no host kept an entry of the past',
  evacuations: 'nothing was lost or ran twice, what left came back, and every evacuation came to its end',
};

async function explain(kind: Kind, seed: number): Promise<void> {
  if (kind === 'networks') {
    const { events, violations } = await runNetworkHistory(seed);
    console.log([`\nSeed ${seed}:`, ...events, ...violations.map((each) => `  WRONG ${each}`)].join('\n'));
    console.log(
      `\nRepeat it: npm run simulation -- --seed ${seed} --histories 0 --evacuations 0 --networks 1`,
    );
    return;
  }
  const { history, outcome } = await shrink(kinds[kind].historyOf(seed));
  console.log(`\nSeed ${seed}, with nothing left that could go:`);
  for (const event of history.events) console.log(`  ${described(event)}`);
  const { controllers, network, store, stubborn } = history.settings;
  console.log(`  in a world of ${JSON.stringify({ controllers, network, store, stubborn })}`);
  for (const violation of outcome.violations) console.log(`  WRONG ${violation}`);
  const counts =
    kind === 'migrations'
      ? '--histories 1 --evacuations 0 --networks 0'
      : '--histories 0 --evacuations 1 --networks 0';
  console.log(`\nRepeat it: npm run simulation -- --seed ${seed} ${counts}`);
}

if (isMainThread) {
  await main();
} else if (workerData === 'simulation') {
  parentPort?.on('message', (order: Order) => {
    void runSeeds(order).then((report) => parentPort?.postMessage(report));
  });
}
