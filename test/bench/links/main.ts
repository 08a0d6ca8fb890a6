// `npm run bench:links`: what the agents' own code measures of paths whose delay, loss and traffic are known, beside the truth.
// Two network namespaces are joined by a program that delays and drops packets (path.py), one path for each case. All cases
// run at the same time, for three minutes. It ends with 1 when a value is further from the truth than the goal allows.
//
// The truth is what the path did, not what it was told. All of it runs with a real-time priority, because an agent that waits for
// a processor measures that, too.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../../../deploy/lab/processes.js';
import { aligned } from '../figures.js';
import * as judge from './cases.js';
import { cases, type Case, type Passed, type Row } from './cases.js';
import type { AgentSetup, Recorded, Send, Setup } from './host.js';

const seconds = { send: 25, settle: 4, all: 185, minute: 60 } as const;
const [one, two] = [`copa-links-${process.pid}a`, `copa-links-${process.pid}b`];
const pathProgram = join(import.meta.dirname, '../../../../test/bench/links/path.py');
const hostProgram = join(import.meta.dirname, 'host.js');

/** A program that answers lines of JSON. */
class Companion {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(argv: readonly string[], order: unknown) {
    this.#child = spawn('chrt', ['--fifo', '10', ...argv], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (!this.#child.stdout) throw new Error('a pipe was asked for');
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
    this.write(order);
  }

  write(order: unknown): void {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  async read(): Promise<unknown> {
    const { value, done } = (await this.#lines.next()) as IteratorResult<string, undefined>;
    if (done === true) throw new Error(`${this.#child.spawnargs.join(' ')} ended`);
    return JSON.parse(value) as unknown;
  }

  end(): void {
    this.#child.kill();
  }
}

interface Sight {
  readonly atMs: number;
  readonly paths: readonly (readonly [Passed, Passed])[];
}

interface Seen {
  readonly atMs: number;
  readonly index: number;
  readonly row: Row;
}

const companions: Companion[] = [];
process.exitCode = await main().finally(async () => {
  for (const each of companions) each.end();
  for (const name of [one, two]) await run(['ip', 'netns', 'delete', name], { check: false });
});

async function main(): Promise<number> {
  for (const name of [one, two]) {
    await run(['ip', 'netns', 'add', name]);
    await run(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
  }
  const path = companion(['python3', pathProgram], {
    namespaces: [one, two],
    seed: 1,
    links: cases.map(({ delaysMs, lossPercent }, index) => ({
      addresses: [addressOf(index, 1), addressOf(index, 2)],
      delays: delaysMs.map((ms) => ms / 1000),
      losses: lossPercent,
    })),
  });
  await path.read();
  const setups = setupsOf(cases);
  const [first, second] = [one, two].map((name, index) =>
    companion(['ip', 'netns', 'exec', name, process.execPath, hostProgram], setups[index]),
  ) as [Companion, Companion];
  await Promise.all([first.read(), second.read()]);
  const rows: Seen[] = [];
  void collect(first, rows).catch(() => undefined);
  const sendings = startSending(first);
  const sights: Sight[] = [];
  const start = performance.now();
  while (performance.now() - start < seconds.all * 1000) {
    path.write({});
    sights.push({ paths: (await path.read()) as Sight['paths'], atMs: performance.now() });
    await delay(1000);
  }
  return report(rows, sights, sendings);
}

function companion(argv: readonly string[], order: unknown): Companion {
  const made = new Companion(argv, order);
  companions.push(made);
  return made;
}

function addressOf(index: number, end: 1 | 2): string {
  return `10.201.${index}.${end}`;
}

/** The first namespace is one host with all links; in the second one, each link ends at a host of its own. */
function setupsOf(all: readonly Case[]): [Setup, Setup] {
  const keys = all.map(() => randomBytes(32).toString('hex'));
  const pool = (index: number) => `case${index}`;
  const others = all.map(({ aheadMs }, index): AgentSetup => ({
    ...{ pool: pool(index), address: addressOf(index, 2), aheadMs },
    peers: [{ pool: 'first', address: addressOf(index, 1), key: keys[index] ?? '' }],
  }));
  const peers = all.map((_, index) => ({
    ...{ pool: pool(index), address: addressOf(index, 2), key: keys[index] ?? '' },
  }));
  return [
    { agents: [{ pool: 'first', address: '0.0.0.0', aheadMs: 0, peers }], countsTraffic: true },
    { agents: others, countsTraffic: false },
  ];
}

async function collect(host: Companion, rows: Seen[]): Promise<void> {
  for (;;) {
    const { row } = (await host.read()) as Recorded;
    rows.push({
      atMs: performance.now(),
      index: Number(String(row['locus2_id']).replace('case', '')),
      row: row as Row,
    });
  }
}

/** One after the other, from now on. Returns when each is to begin. */
function startSending(host: Companion): ReadonlyMap<number, number> {
  let atMs = performance.now();
  const begins = new Map<number, number>();
  for (const [index, { mbits }] of cases.entries()) {
    if (mbits === 0) continue;
    host.write({ address: addressOf(index, 2), mbits, seconds: seconds.send } satisfies Send);
    begins.set(index, atMs);
    atMs += seconds.send * 1000;
  }
  return begins;
}

function report(
  rows: readonly Seen[],
  sights: readonly Sight[],
  sendings: ReadonlyMap<number, number>,
): number {
  const quietFromMs = (sights[0]?.atMs ?? 0) + (seconds.send * sendings.size + seconds.minute / 6) * 1000;
  const table = cases.flatMap((each, index) => {
    const own = rows.filter((row) => row.index === index);
    const late = own.filter(({ atMs }) => atMs > quietFromMs);
    const verdicts = verdictsOf(each, index, { own, late, sights, sendings });
    const clock = each.aheadMs === 0 ? '' : `, clock ${each.aheadMs / 1000} s off`;
    return verdicts.map(({ what, truth, measured, holds }) => [
      ...[`${each.name}${clock}: ${what}`, truth, measured],
      holds ? 'ok' : 'MISSED',
    ]);
  });
  console.log(aligned([['path: what', 'truth', 'measured', ''], ...table]));
  console.log(`load of the machine: ${loadavg()[0]?.toFixed(1) ?? '?'}`);
  return table.some((cells) => cells.at(-1) !== 'ok') ? 1 : 0;
}

interface Evidence {
  readonly own: readonly Seen[];
  /** After all traffic. */
  readonly late: readonly Seen[];
  readonly sights: readonly Sight[];
  readonly sendings: ReadonlyMap<number, number>;
}

function verdictsOf(each: Case, index: number, { own, late, sights, sendings }: Evidence): judge.Verdict[] {
  const at = (atMs: number) => nearest(sights, atMs).paths[index] as readonly [Passed, Passed];
  if (each.mbits > 0) {
    const fromMs = (sendings.get(index) ?? 0) + seconds.settle * 1000;
    const untilMs = fromMs + (seconds.send - seconds.settle - 1) * 1000;
    const whole = own.filter(({ atMs }) => atMs > fromMs + 5_500 && atMs < untilMs);
    const [before, after] = [fromMs, untilMs].map((ms) => nearest(sights, ms)) as [Sight, Sight];
    const bytes = [before, after].map(({ paths }) =>
      (paths[index] ?? []).reduce((sum, { bytes: each }) => sum + each, 0),
    ) as [number, number];
    const truth = ((bytes[1] - bytes[0]) * 8) / 1000 / (after.atMs - before.atMs);
    return [
      judge.throughputVerdict(
        whole.map(({ row }) => row),
        truth,
        each.mbits,
      ),
    ];
  }
  const lateRows = late.map(({ row }) => row);
  if (each.name === 'loss') {
    const truthOf = (atMs: number) => {
      const [before, after] = [at(atMs - seconds.minute * 1000), at(atMs)];
      const lost = (way: 0 | 1) =>
        (100 * (after[way].dropped - before[way].dropped)) / (after[way].came - before[way].came);
      return [lost(0), lost(1)] as const;
    };
    return judge.lossVerdicts(late.map(({ atMs, row }) => ({ row, truth: truthOf(atMs) })));
  }
  const [forth, back] = at(Infinity);
  const held = [1000 * (forth.held ?? NaN), 1000 * (back.held ?? NaN)] as const;
  const isSymmetric = each.delaysMs[0] === each.delaysMs[1];
  return isSymmetric ? judge.latencyVerdicts(lateRows, held) : judge.roundTripVerdicts(lateRows, held);
}

function nearest(sights: readonly Sight[], atMs: number): Sight {
  const found = sights.find((sight) => sight.atMs >= atMs) ?? sights.at(-1);
  if (!found) throw new Error('the path reported nothing');
  return found;
}
