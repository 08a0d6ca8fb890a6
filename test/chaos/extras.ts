// Runs the cases outside the matrix one after the other on a cluster of three hosts.
import { join } from 'node:path';
import type { Driver } from '../../deploy/lab/storage.js';
import { cases, tidy } from './cases.js';
import { runDatabase } from './database.js';
import { runMoves } from './moves.js';
import { hasPassed, type Result } from './report.js';
import { runSuccession } from './succession.js';
import { PreparedCluster, type SuiteOptions } from './suite.js';

interface Extra {
  readonly name: string;
  readonly run: (prepared: PreparedCluster) => Promise<Result>;
}

interface ExtrasOptions extends SuiteOptions {
  readonly storage: Driver;
  readonly moves: number;
  readonly pattern: RegExp;
  readonly progress: (text: string) => void;
}

/** Each takes some 20 s. */
const databaseMoves = 20;

export async function runExtras(options: ExtrasOptions): Promise<Result[]> {
  const { storage, pattern, report, logs } = options;
  const results: Result[] = [];
  let prepared: PreparedCluster | undefined;
  for (const { name, run } of extras(options).filter((extra) => pattern.test(extra.name))) {
    prepared ??= await PreparedCluster.up(storage, 3);
    const result = await run(prepared).catch((error: unknown) => lost(name, error));
    results.push(result);
    report(result);
    if (hasPassed(result)) continue;
    if (logs) prepared.keepLogs(join(logs, name.replaceAll(/\W+/g, '_')));
    await prepared.down();
    prepared = undefined;
  }
  await prepared?.down();
  return results;
}

export function extras({ storage, moves, random, progress }: Omit<ExtrasOptions, 'pattern'>): Extra[] {
  return [
    {
      name: `${storage}/second controller`,
      // It uses an external etcd, so it needs a cluster of its own.
      run: async () => {
        const startedAt = performance.now();
        const ended = await runSuccession(storage);
        const seconds = (performance.now() - startedAt) / 1000;
        return { name: `${storage}/second controller`, seconds, ...ended };
      },
    },
    {
      name: `${storage}/database`,
      // Its four hosts differ, whatever the storage of the suite.
      run: async () => {
        const startedAt = performance.now();
        const ended = await runDatabase(Math.min(moves, databaseMoves), random, progress);
        const seconds = (performance.now() - startedAt) / 1000;
        return { name: `${storage}/database`, seconds, ...ended };
      },
    },
    ...cases.map(({ name, run }) => ({
      name: `${storage}/${name}`,
      run: async (prepared: PreparedCluster) => {
        const startedAt = performance.now();
        const { outcome, problems } = await run(prepared);
        if (problems.length === 0) await tidy(prepared);
        const seconds = (performance.now() - startedAt) / 1000;
        return { name: `${storage}/${name}`, outcome, seconds, problems };
      },
    })),
    {
      name: `${storage}/moves`,
      run: async (prepared) => ({
        ...(await runMoves(prepared, moves, random, progress)),
        name: `${storage}/moves (${moves})`,
      }),
    },
  ];
}

function lost(name: string, error: unknown): Result {
  return { name, outcome: 'lab', seconds: 0, problems: [(error as Error).stack ?? String(error)] };
}
