/** `copa scenario`: experiments that can be repeated. */
import { Command } from 'commander';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CopaError, messageOf } from '../common/errors.js';
import { clientCommand, restOf, withExamples } from './command.js';
import { exitCodes } from './exit.js';
import { formatOf, formatOption, printMessage, printRows, secondsText, type Column } from './output.js';
import { compare, type Difference } from './scenario/compare.js';
import { parseScenario } from './scenario/document.js';
import { Fleet } from './scenario/fleet.js';
import { UndoLog } from './scenario/undo-log.js';
import { planOf, type Step } from './scenario/plan.js';
import type { Results } from './scenario/results.js';
import { runScenario } from './scenario/run.js';
import { takeDown } from './scenario/takedown.js';

interface RunFlags {
  readonly out?: string;
  readonly host?: readonly string[];
  readonly seed?: string;
  readonly dryRun?: boolean;
}

/** Directories that are tried for results: NAME-1, NAME-2, ... */
const runsMax = 10_000;

export function scenarioCommand(): Command {
  return new Command('scenario')
    .description('run experiments that can be repeated, and compare their results')
    .addCommand(
      clientCommand('run', 'set up, run and record a scenario, and take down what it made', {
        examples: [
          'copa scenario run threshold-move.yaml',
          'copa scenario run follow-user.yaml --host cell4=server4 --host cell5=server5 --out first',
          'copa scenario run threshold-move.yaml --dry-run',
        ],
        prints: true,
      })
        .argument('<file>', 'YAML or JSON')
        .option('--out <directory>', 'for the results (default: NAME-1, NAME-2, ...)')
        .option('--host <role=pool>', 'the pool of a role in this run; may be repeated', listed)
        .option('--seed <number>', 'instead of that of the file')
        .option('--dry-run', 'only check the file, and show the pools and the times')
        .addHelpText(
          'after',
          '\nCtrl-C ends the run early, writes its results, and takes down what it made. If this program is killed,\n"copa scenario clean DIRECTORY" takes it down.',
        )
        .action(run),
    )
    .addCommand(
      withExamples(
        new Command('compare')
          .description('compare the results of two runs')
          .argument('<first>', 'the directory of its results')
          .argument('<second>')
          .addOption(formatOption())
          .action(compareRuns),
        ['copa scenario compare threshold-move-1 threshold-move-2'],
      ),
    )
    .addCommand(
      clientCommand('clean', 'take down what a run made that was killed', {
        examples: ['copa scenario clean threshold-move-1'],
      })
        .argument('<path>', 'the directory of its results, or the undo log in it')
        .action(clean),
    );
}

const stepColumns: readonly Column<Step>[] = [
  { title: 'AT', value: ({ atMs }) => `${atMs / 1000} s` },
  { title: 'ACTION', value: ({ text }) => text },
];

async function run(file: string, flags: RunFlags, command: Command): Promise<void> {
  const given = parseScenario(await textIn(file));
  const scenario = flags.seed === undefined ? given : { ...given, seed: seedIn(flags.seed) };
  const rest = await restOf(command);
  const chosen = Object.fromEntries((flags.host ?? []).map(choiceIn));
  const format = formatOf(command);
  if (flags.dryRun) {
    const plan = planOf(scenario, (await new Fleet(rest).overview()).pools, chosen);
    for (const [role, pool] of Object.entries(plan.pools)) printMessage(`${role}: ${pool}`);
    printRows(format, stepColumns, plan.steps, plan);
    return;
  }
  const directory = flags.out ?? freeDirectory(scenario.name);
  const stopping = new AbortController();
  const onSignal = () => {
    if (!stopping.signal.aborted) printMessage('Stopping: what the run made is taken down ...');
    stopping.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  try {
    const { results, left } = await runScenario({
      ...{ rest, scenario, chosen, directory, report: printMessage },
      signal: stopping.signal,
    });
    printRows(format, resultColumns, rowsOf(results), results);
    printMessage(`The results are in ${directory}.`);
    for (const each of left) printMessage(`Not taken down: ${each}`);
    if (left.length > 0) printMessage(`Repeat it later: copa scenario clean ${directory}`);
    if (stopping.signal.aborted) process.exitCode = 130;
    else if (left.length > 0 || results.actions.some(({ error }) => error !== null))
      process.exitCode = exitCodes.failed;
    if (results.outcome === 'failed')
      throw new CopaError('internal', `the run failed: ${results.error ?? ''}`);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal);
  }
}

type Row = readonly [what: string, value: string];

const resultColumns: readonly Column<Row>[] = [
  { title: 'MEASURED', value: ([what]) => what },
  { title: 'RESULT', value: ([, value]) => value },
];

function rowsOf({ probes, moves, outcome, durationMs }: Results): Row[] {
  return [
    ['outcome', `${outcome}, ${secondsText(durationMs / 1000)}`],
    ...Object.entries(probes).map(([name, { requests, unanswered, gaps, longestGapMs, stepsBack }]): Row => [
      `probe ${name}`,
      `${requests} requests, ${unanswered} unanswered, ${gaps.length} gaps, the longest ${Math.round(longestGapMs)} ms${
        stepsBack > 0 ? `, went back ${stepsBack} times` : ''
      }`,
    ]),
    ...moves.map(({ container, source, destination, state, downtimeMs, policy }): Row => [
      `move ${container}`,
      `${source} to ${destination}: ${state}${downtimeMs === null ? '' : `, down ${Math.round(downtimeMs)} ms`}${
        policy === null ? '' : `, by policy ${policy}`
      }`,
    ]),
  ];
}

const differenceColumns: readonly Column<Difference>[] = [
  { title: 'VALUE', value: ({ what }) => what },
  { title: 'FIRST', value: ({ first }) => first },
  { title: 'SECOND', value: ({ second }) => second },
  {
    title: 'CHANGE',
    value: ({ percent }) => (percent === null ? null : `${percent > 0 ? '+' : ''}${percent} %`),
  },
];

async function compareRuns(first: string, second: string, _flags: unknown, command: Command): Promise<void> {
  const [one, two] = await Promise.all([resultsIn(first), resultsIn(second)]);
  const comparison = compare(one, two);
  for (const { what, first: was, second: is } of comparison.given)
    printMessage(`Not the same experiment: ${what}: ${was} and ${is}`);
  printRows(formatOf(command), differenceColumns, comparison.measured, comparison);
}

async function clean(path: string, _flags: unknown, command: Command): Promise<void> {
  const undoLog = UndoLog.read(path);
  const left = await takeDown(new Fleet(await restOf(command)), undoLog, printMessage);
  if (left.length > 0) throw new CopaError('failed_precondition', `not taken down: ${left.join('; ')}`);
  printMessage('Nothing of the run is left.');
}

async function resultsIn(directory: string): Promise<Results> {
  return JSON.parse(await textIn(join(directory, 'results.json'))) as Results;
}

async function textIn(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CopaError('invalid_argument', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function listed(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function choiceIn(text: string): [role: string, pool: string] {
  const [role = '', pool = '', ...more] = text.split('=');
  if (role !== '' && pool !== '' && more.length === 0) return [role, pool];
  throw new CopaError('invalid_argument', `--host "${text}" is not valid: give ROLE=POOL`);
}

function seedIn(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CopaError('invalid_argument', `--seed "${text}" is not valid: give a whole number`);
}

function freeDirectory(name: string): string {
  for (let run = 1; run <= runsMax; run++) if (!existsSync(`${name}-${run}`)) return `${name}-${run}`;
  throw new CopaError('failed_precondition', `there are ${runsMax} results of ${name} here: give --out`);
}
