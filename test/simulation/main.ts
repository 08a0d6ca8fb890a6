// `npm run simulation`: runs histories of migrations from a seed in virtual time, and searches for one that violates
// an invariant. It needs neither root nor LXD.
import { Command } from 'commander';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { described, historyOf } from './history.js';
import { run } from './run.js';
import { shrink } from './shrink.js';

/** The number of seeds per batch. */
const batch = 100;

interface Report {
  readonly ends: Readonly<Record<string, number>>;
  /** Seeds whose histories failed. */
  readonly failed: readonly number[];
}

interface Order {
  readonly from: number;
  readonly count: number;
}

async function runSeeds({ from, count }: Order): Promise<Report> {
  const ends: Record<string, number> = {};
  const failed: number[] = [];
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await run(historyOf(seed));
    for (const end of outcome.ends) ends[end] = (ends[end] ?? 0) + 1;
    if (outcome.violations.length > 0) failed.push(seed);
  }
  return { ends, failed };
}

/** Runs all seeds on several workers. Each gets a new batch when it has finished one. */
async function runAll(order: Order, workers: number): Promise<Report> {
  const ends: Record<string, number> = {};
  const failed: number[] = [];
  let next = order.from;
  const end = order.from + order.count;
  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      const give = () => {
        if (next >= end) {
          void worker.terminate().then(() => resolve());
          return;
        }
        const count = Math.min(batch, end - next);
        worker.postMessage({ from: next, count } satisfies Order);
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
    .description('run histories of migrations from a seed, and look for one in which something goes wrong')
    .option('--histories <n>', 'how many', '1000')
    .option('--seed <n>', 'the first seed; each history has the next one', '1')
    .option('--workers <n>', 'threads', String(availableParallelism()))
    .parse()
    .opts<{ histories: string; seed: string; workers: string }>();
  const order = { from: Number(flags.seed), count: Number(flags.histories) };
  const startedAt = performance.now();
  const { ends, failed } = await runAll(order, Number(flags.workers));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const listed = Object.entries(ends).map(([phase, count]) => `${count} ${phase}`);
  console.log(
    `${order.count} histories from seed ${order.from} in ${seconds} s; migrations: ${listed.join(', ')}`,
  );
  if (failed.length === 0) {
    console.log('In each at most one copy ran, with the newest data, and every migration came to its end.');
    return;
  }
  console.log(`${failed.length} of them failed, with the seeds ${failed.slice(0, 20).join(', ')}`);
  await explain(failed[0] as number);
  process.exitCode = 1;
}

async function explain(seed: number): Promise<void> {
  const { history, outcome } = await shrink(historyOf(seed));
  console.log(`\nSeed ${seed}, with nothing left that could go:`);
  for (const event of history.events) console.log(`  ${described(event)}`);
  const { controllers, network, store, stubborn } = history.settings;
  console.log(`  in a world of ${JSON.stringify({ controllers, network, store, stubborn })}`);
  for (const violation of outcome.violations) console.log(`  WRONG ${violation}`);
  console.log(`\nRepeat it: npm run simulation -- --seed ${seed} --histories 1`);
}

if (isMainThread) {
  await main();
} else if (workerData === 'simulation') {
  parentPort?.on('message', (order: Order) => {
    void runSeeds(order).then((report) => parentPort?.postMessage(report));
  });
}
