/**
 * What moves will take, from earlier ones: a pure function of their records. What nobody has measured yet is assumed, and
 * said to be.
 */
import { assumed } from '../migration/downtime.js';
import { downtimeOf, expectedOf } from '../migration/measured-downtime.js';
import type { Expected, MigrationRecord } from '../model/migration.js';
import type { Limits } from '../model/slots.js';

export const bases = ['measured', 'similar', 'assumed'] as const;
/** `measured`: of this container, or between these hosts. `similar`: of others. */
export type Basis = (typeof bases)[number];

export interface Rate {
  readonly bytesPerSecond: number;
  /** Of each move, besides its bytes. */
  readonly overheadMs: number;
  readonly basis: Basis;
}

export interface MoveEstimate {
  readonly copyMs: number;
  /** 0 when it does not run. */
  readonly downtimeMs: number;
  readonly basis: Basis;
}

/** Used until something was moved. Raising it makes plans more hopeful. */
const assumedRate: Rate = { bytesPerSecond: 30_000_000, overheadMs: 2_500, basis: 'assumed' };

/** The last pass of a container that was never moved, in milliseconds. */
const assumedLastPassMs = 500;

/** Smaller passes say nothing about the rate. */
const telling = { bytes: 8_000_000, samples: 20 } as const;

/** Settling and cleaning up, after the last one is cut over, in milliseconds. */
const endMs = 4_000;

type Finished = Pick<MigrationRecord, 'source' | 'destination' | 'passes'>;

/** How fast bytes go from one host to the other. */
export function rateBetween(records: readonly Finished[], source: string, destination: string): Rate {
  const isHere = (each: Finished) => each.source === source && each.destination === destination;
  return (
    rateOf(records.filter(isHere), 'measured') ??
    rateOf(records, 'similar') ?? { ...assumedRate, overheadMs: overheadOf(records, assumedRate) }
  );
}

function rateOf(records: readonly Finished[], basis: Basis): Rate | undefined {
  const rates = fullPasses(records)
    .filter(({ bytes, ms }) => bytes >= telling.bytes && ms > 0)
    .map(({ bytes, ms }) => (1000 * bytes) / ms);
  const bytesPerSecond = median(rates.slice(-telling.samples));
  if (bytesPerSecond === undefined) return undefined;
  return { bytesPerSecond, overheadMs: overheadOf(records, { bytesPerSecond }), basis };
}

function overheadOf(records: readonly Finished[], { bytesPerSecond }: Pick<Rate, 'bytesPerSecond'>): number {
  const others = fullPasses(records).map(({ bytes, ms }) =>
    Math.max(0, ms - (1000 * bytes) / bytesPerSecond),
  );
  return median(others.slice(-telling.samples)) ?? assumedRate.overheadMs;
}

/** Those that sent everything. */
function fullPasses(records: readonly Finished[]) {
  return records.flatMap(({ passes }) => {
    const [first] = passes;
    if (!first?.endedAt || first.refresh || first.outcome !== 'done') return [];
    return [{ bytes: first.bytes, ms: Date.parse(first.endedAt) - Date.parse(first.startedAt) }];
  });
}

/** One container, moved alone. */
export function estimateMove(
  { name, isRunning, usedBytes, precopy }: Measured,
  rate: Rate,
  records: readonly MigrationRecord[],
): MoveEstimate {
  const copyMs = rate.overheadMs + (1000 * usedBytes) / rate.bytesPerSecond;
  if (!isRunning) return { copyMs, downtimeMs: 0, basis: rate.basis };
  const own = expectedOf(name, records);
  const [expected, basis]: [Expected, Basis] = own.samples > 0 ? [own, 'measured'] : usual(records);
  const { shutdownMs, startMs, lastPassMs = assumedLastPassMs } = expected;
  const downtimeMs = shutdownMs + startMs + (precopy ? lastPassMs : copyMs);
  return { copyMs, downtimeMs, basis };
}

interface Measured {
  readonly name: string;
  readonly isRunning: boolean;
  readonly usedBytes: number;
  /** It is copied while it runs. */
  readonly precopy: boolean;
}

/** The last shutdowns of all containers. */
function usual(records: readonly MigrationRecord[]): [Expected, Basis] {
  const seen = records.flatMap((record) => downtimeOf(record).downtime ?? []).slice(-telling.samples);
  const part = (name: 'shutdown_ms' | 'last_pass_ms' | 'start_ms') => median(seen.map((each) => each[name]));
  const [shutdownMs, lastPassMs, startMs] = [part('shutdown_ms'), part('last_pass_ms'), part('start_ms')];
  if (shutdownMs === undefined || lastPassMs === undefined || startMs === undefined) {
    return [assumed, 'assumed'];
  }
  return [{ shutdownMs, lastPassMs, startMs, samples: seen.length }, 'similar'];
}

/**
 * All of them, in milliseconds. They share the link and the disks of the source, so their bytes go one after the other;
 * only the overhead of each overlaps. They are cut over a few at a time meanwhile.
 */
export function estimateAll(moves: readonly MoveEstimate[], { copy, cutover }: Limits): number {
  if (moves.length === 0) return 0;
  const sum = (of: (move: MoveEstimate) => number) => moves.reduce((all, move) => all + of(move), 0);
  const first = Math.min(...moves.map(({ copyMs }) => copyMs));
  const copying = sum(({ copyMs }) => copyMs) / Math.min(copy, moves.length);
  const cutting = sum(({ downtimeMs }) => downtimeMs) / Math.min(cutover, moves.length);
  const longest = Math.max(...moves.map(({ copyMs }) => copyMs));
  return Math.max(copying, longest, first + cutting) + endMs;
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
