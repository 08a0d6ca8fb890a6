// The chaos suite: `npm run chaos`. Kills, freezes, cuts off and fills up every part of COPA in every phase
// of a migration, on real LXD hosts, and looks from outside whether the container comes through.
import { Command, Option } from 'commander';
import { writeFileSync } from 'node:fs';
import { cellsOf, nameOf } from './cells.js';
import { Random } from './random.js';
import { hasPassed, line, summary, table, type Result } from './report.js';
import { runCells } from './suite.js';

interface Flags {
  readonly only?: string;
  readonly storage?: 'dir' | 'btrfs';
  readonly seed: string;
  readonly frozen: string;
  readonly perRound: string;
  readonly clusters: string;
  readonly logs?: string;
  readonly json?: string;
  readonly list?: true;
}

const { only, storage, seed, frozen, perRound, clusters, logs, json, list } = new Command('chaos')
  .description('hurt every part of COPA in every phase of a migration, and see what becomes of the container')
  .option('--only <pattern>', 'only cases whose name this regular expression finds')
  .addOption(new Option('--storage <driver>', 'only on this storage').choices(['dir', 'btrfs']))
  .option('--seed <n>', 'the same random times again', String(Date.now() % 1_000_000))
  .option('--frozen <seconds>', 'how long what is frozen stays so', '30')
  .option('--per-round <n>', 'how many migrations one fault meets', '16')
  .option('--clusters <n>', 'how many clusters at a time', '2')
  .option('--logs <directory>', 'keep the logs of clusters in which a case failed')
  .option('--json <file>', 'write the results as JSON')
  .option('--list', 'only name the cases')
  .parse()
  .opts<Flags>();

const pattern = new RegExp(only ?? '');
const cells = cellsOf(storage ?? 'dir').filter((cell) => pattern.test(nameOf(cell)));
if (list) {
  for (const cell of cells) print(nameOf(cell));
} else {
  const startedAt = performance.now();
  print(`seed ${seed}, ${cells.length} cases`);
  const results = await runCells(cells, {
    random: new Random(Number(seed)),
    frozenMs: Number(frozen) * 1000,
    perRound: Number(perRound),
    clusters: Number(clusters),
    ...(logs === undefined ? {} : { logs }),
    report: (result) => print(line(result)),
  });
  finish(results, (performance.now() - startedAt) / 1000);
}

function finish(results: readonly Result[], seconds: number): void {
  print(`\n${table(results)}\n`);
  print(`${summary(results)}, seed ${seed}, ${Math.round(seconds)} s`);
  if (json !== undefined) writeFileSync(json, JSON.stringify({ seed, seconds, results }, null, 2));
  process.exitCode = results.every(hasPassed) ? 0 : 1;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
