// Turns measurements into medians, ratios, verdicts and a table.
import { aligned, median } from './figures.js';
import type { CopaMove, RunningRound, StoppedRound, WriterRound } from './scenarios.js';
import { megabytes, seconds } from './scenarios.js';
import type { Workload } from './workload.js';

export interface Measured {
  readonly storage: 'dir' | 'btrfs';
  readonly workload: Workload;
  readonly stopped: readonly StoppedRound[];
  readonly running: readonly RunningRound[];
  readonly writers: readonly {
    readonly megabytesPerSecond: number;
    readonly rounds: readonly WriterRound[];
  }[];
}

interface Row {
  readonly what: string;
  readonly measured: string;
  readonly spread: string;
  readonly target?: string;
  readonly met?: boolean;
}

const targets = {
  pull: 1.1,
  relay: 1,
  downtime: { dir: 0.15, btrfs: 0.25 },
  addedMs: { dir: 3_000, btrfs: 6_000 },
  agentBytes: 200e6,
  passes: 20,
} as const;

/** The table of one storage driver. */
export function table(of: Measured): string {
  const rows = [...stoppedRows(of), ...runningRows(of), ...writerRows(of), ...agentRows(of)];
  const { workload, storage } = of;
  const title = `${storage}: ${workload.files.toLocaleString('en')} files, ${megabytes(workload.bytes)}`;
  const cells = [
    ['', 'median', 'least to most', 'target', ''],
    ...rows.map(({ what, measured, spread, target = '', met }) => [
      what,
      measured,
      spread,
      target,
      met === undefined ? '' : met ? 'met' : 'MISSED',
    ]),
  ];
  return [title, aligned(cells)].join('\n');
}

function stoppedRows({ stopped }: Measured): Row[] {
  if (stopped.length === 0) return [];
  const copa = stopped.map(({ copa: { ms } }) => ms);
  const pull = stopped.map(({ pull: { ms } }) => ms);
  const relay = stopped.map(({ relay: { ms } }) => ms);
  return [
    timeRow('(a) stopped: copa', copa),
    timeRow('    lxc move, pull', pull),
    timeRow('    lxc move, relay', relay),
    ratioRow('    copa / pull', copa, pull, targets.pull),
    ratioRow('    copa / relay', copa, relay, targets.relay),
    timeRow(
      '    CPU of both hosts: copa',
      stopped.map(({ copa: { cpuSeconds } }) => cpuSeconds * 1000),
    ),
    timeRow(
      '    lxc move, pull',
      stopped.map(({ pull: { cpuSeconds } }) => cpuSeconds * 1000),
    ),
    timeRow(
      '    lxc move, relay',
      stopped.map(({ relay: { cpuSeconds } }) => cpuSeconds * 1000),
    ),
  ];
}

function runningRows({ running, storage }: Measured): Row[] {
  if (running.length === 0) return [];
  const copa = running.map(({ copaDowntimeMs }) => copaDowntimeMs);
  const own = running.map(({ restartMs }) => restartMs);
  const rival = running.map(({ rivalDowntimeMs }) => rivalDowntimeMs);
  const added = running.map(({ copaDowntimeMs, restartMs }) => copaDowntimeMs - restartMs);
  const part = (name: 'shutdown_ms' | 'last_pass_ms' | 'start_ms') =>
    running.flatMap(({ copa: move }) => move.migration.downtime?.[name] ?? []);
  const addedMsMax = targets.addedMs[storage];
  return [
    timeRow('(b) running: away with copa', copa),
    timeRow('    of it: shutdown', part('shutdown_ms')),
    timeRow('    of it: last pass', part('last_pass_ms')),
    timeRow('    of it: start', part('start_ms')),
    timeRow('    stop, lxc move, start', rival),
    timeRow('    stop, start in place', own),
    ratioRow('    copa / lxc move', copa, rival, targets.downtime[storage]),
    {
      ...timeRow('    added by copa', added),
      target: `< ${seconds(addedMsMax)}`,
      met: median(added) < addedMsMax,
    },
    timeRow(
      '    whole move',
      running.map(({ copa: { ms } }) => ms),
    ),
  ];
}

function writerRows({ writers }: Measured): Row[] {
  return writers.flatMap(({ megabytesPerSecond, rounds }) => {
    const passes = rounds.map(({ copa }) => copa.migration.passes.length);
    return [
      timeRow(
        `(c) ${megabytesPerSecond} MB/s written: away`,
        rounds.map(({ copaDowntimeMs }) => copaDowntimeMs),
      ),
      timeRow(
        '    whole move',
        rounds.map(({ copa: { ms } }) => ms),
      ),
      {
        what: '    passes',
        measured: String(median(passes)),
        spread: `${Math.min(...passes)} to ${Math.max(...passes)}`,
        target: `<= ${targets.passes}`,
        met: Math.max(...passes) <= targets.passes,
      },
    ];
  });
}

function agentRows({ stopped, running, writers }: Measured): Row[] {
  const moves = [...stopped, ...running, ...writers.flatMap(({ rounds }) => rounds)].map(({ copa }) => copa);
  if (moves.length === 0) return [];
  const rows = (['source', 'destination'] as const).map((side): Row => {
    const peaks = moves.map(({ agents }) => agents[side].peakBytes);
    return {
      what: `(d) ${side}'s agent, peak memory`,
      measured: megabytes(median(peaks)),
      spread: `${megabytes(Math.min(...peaks))} to ${megabytes(Math.max(...peaks))}`,
      target: `< ${megabytes(targets.agentBytes)}`,
      met: Math.max(...peaks) < targets.agentBytes,
    };
  });
  const cpu = (of: readonly CopaMove[], side: 'source' | 'destination') =>
    of.map(({ agents }) => agents[side].cpuSeconds * 1000);
  const full = (stopped.length > 0 ? stopped : running).map(({ copa }) => copa);
  return [
    ...rows,
    ...(full.length === 0
      ? []
      : (['source', 'destination'] as const).map((side) =>
          timeRow(`    ${side}'s agent, CPU`, cpu(full, side)),
        )),
  ];
}

function timeRow(what: string, ms: readonly number[]): Row {
  return {
    what,
    measured: seconds(median(ms)),
    spread: `${seconds(Math.min(...ms))} to ${seconds(Math.max(...ms))}`,
  };
}

/** Compares round by round, because both parts of a round ran on the machine in the same state. */
function ratioRow(what: string, ours: readonly number[], theirs: readonly number[], most: number): Row {
  const ratios = ours.map((ms, round) => ms / (theirs[round] ?? NaN));
  const shown = (ratio: number) => ratio.toFixed(2);
  return {
    what,
    measured: shown(median(ratios)),
    spread: `${shown(Math.min(...ratios))} to ${shown(Math.max(...ratios))}`,
    target: `<= ${most}`,
    met: median(ratios) <= most,
  };
}
