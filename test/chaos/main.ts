// The chaos suite: `npm run chaos`. Kills, freezes, disconnects and fills every part of COPA in every phase of a
// migration on real LXD hosts, and checks from outside that the container survives.
import { Command, Option } from 'commander';
import { writeFileSync } from 'node:fs';
import type { Driver } from '../../deploy/lab/storage.js';
import { cellsOf, nameOf, sample } from './cells.js';
import { extras, runExtras } from './extras.js';
import { Random } from './random.js';
import { hasPassed, line, summary, table, type Result } from './report.js';
import { runCells } from './suite.js';

interface Flags {
  readonly only?: string;
  readonly storage?: Driver;
  readonly quick?: true;
  readonly seed: string;
  readonly moves: string;
  readonly frozen: string;
  readonly perRound: string;
  readonly clusters: string;
  readonly logs?: string;
  readonly json?: string;
  readonly list?: true;
}

const flags = new Command('chaos')
  .description('hurt every part of COPA in every phase of a migration, and see what becomes of the container')
  .option('--only <pattern>', 'only cases whose name this regular expression finds')
  .addOption(
    new Option(
      '--storage <driver>',
      'only this storage, all of it (default: all of dir, a sample of btrfs)',
    ).choices(['dir', 'btrfs']),
  )
  .option('--quick', 'of each fault and phase one case only, by chance')
  .option('--seed <n>', 'the same random times again', String(Date.now() % 1_000_000))
  .option('--moves <n>', 'how often the traveller is moved', '100')
  .option('--frozen <seconds>', 'how long what is frozen stays so', '30')
  .option('--per-round <n>', 'how many migrations one fault meets', '16')
  .option('--clusters <n>', 'how many clusters at a time', '3')
  .option('--logs <directory>', 'keep the logs of clusters in which a case failed')
  .option('--json <file>', 'write the results as JSON')
  .option('--list', 'only name the cases')
  .parse()
  .opts<Flags>();

const random = new Random(Number(flags.seed));
const pattern = new RegExp(flags.only ?? '');
const cells = chooseCells().filter((cell) => pattern.test(nameOf(cell)));
const options = {
  random,
  pattern,
  storage: flags.storage ?? 'dir',
  moves: Number(flags.moves),
  frozenMs: Number(flags.frozen) * 1000,
  perRound: Number(flags.perRound),
  clusters: Number(flags.clusters),
  ...(flags.logs === undefined ? {} : { logs: flags.logs }),
  report: (result: Result) => print(line(result)),
  progress: print,
};
const others = extras(options).filter(({ name }) => pattern.test(name));

if (flags.list) {
  for (const name of [...cells.map(nameOf), ...others.map((extra) => extra.name)]) print(name);
} else {
  const startedAt = performance.now();
  print(`seed ${flags.seed}, ${cells.length} cells and ${others.length} other cases`);
  const results = [...(await runCells(cells, options)), ...(await runExtras(options))];
  finish(results, (performance.now() - startedAt) / 1000);
}

function chooseCells() {
  const all = (['dir', 'btrfs'] as const)
    .filter((driver) => driver === (flags.storage ?? driver))
    .map((driver) => ({ driver, cells: cellsOf(driver) }));
  return all.flatMap(({ driver, cells: named }) => {
    const whole = !flags.quick && driver === (flags.storage ?? 'dir');
    return whole ? named : sample(named, random);
  });
}

function finish(results: readonly Result[], seconds: number): void {
  print(`\n${table(results)}\n`);
  for (const result of results.filter(({ cell }) => cell === undefined)) print(line(result));
  print(`${summary(results)}, seed ${flags.seed}, ${Math.round(seconds)} s`);
  if (flags.json !== undefined) {
    const { seed } = flags;
    writeFileSync(flags.json, JSON.stringify({ seed, seconds, results }, null, 2));
  }
  process.exitCode = results.every(hasPassed) ? 0 : 1;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
