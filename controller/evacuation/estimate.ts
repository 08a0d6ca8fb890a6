/**
 * What moves will take, from earlier ones: a pure function of their records. What nobody has measured yet is assumed, and
 * said to be.
 */
import { assumed } from '../migration/downtime.js';
import { downtimeOf } from '../migration/measured-downtime.js';
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

/** How many downtimes of the container itself count, and of others that are as large. */
const ownMax = 5;
const alikeMax = 7;
/** Among so many of the last moves the ones that are as large are looked for. */
const recentMax = 100;
/** Sizes below this are alike, in bytes. */
const sizeStep = 8_000_000;

type Downtime = NonNullable<ReturnType<typeof downtimeOf>['downtime']>;

interface Sample {
  readonly container: string;
  readonly size: number;
  readonly downtime: Downtime;
}

/** Sizes are compared by their ratio. */
const sizeOf = (usedBytes: number) => Math.log(usedBytes + sizeStep);

/** What earlier moves say. It is read once for many plans, which may have thousands of containers. */
export class Experience {
  readonly #fullPasses: readonly FullPass[];
  /** Between two hosts. */
  readonly #passesBetween = new Map<string, FullPass[]>();
  /** The last ones, the newest first. */
  readonly #recent: readonly Sample[];
  readonly #own = new Map<string, Downtime[]>();
  readonly #rates = new Map<string, Rate>();
  #usualRate: Rate | undefined;

  constructor(records: readonly MigrationRecord[]) {
    const sorted = [...records].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
    this.#fullPasses = fullPasses(sorted);
    for (const pass of this.#fullPasses) {
      const key = pairKey(pass.source, pass.destination);
      const known = this.#passesBetween.get(key);
      if (known) known.push(pass);
      else this.#passesBetween.set(key, [pass]);
    }
    const samples = sorted.flatMap((record): Sample[] => {
      const { downtime } = downtimeOf(record);
      const { container, options, plan } = record;
      if (!downtime) return [];
      return [{ container: options.newName ?? container, size: sizeOf(plan.usedBytes), downtime }];
    });
    this.#recent = samples.slice(-recentMax).reverse();
    for (const { container, downtime } of samples) {
      this.#own.set(container, [...(this.#own.get(container) ?? []), downtime].slice(-ownMax));
    }
  }

  /** How fast bytes go from one host to the other. */
  rateBetween(source: string, destination: string): Rate {
    const key = pairKey(source, destination);
    const known =
      this.#rates.get(key) ??
      rateOf(this.#passesBetween.get(key) ?? [], 'measured') ??
      (this.#usualRate ??= this.#rateOfAll());
    this.#rates.set(key, known);
    return known;
  }

  /** The parts of the next downtime of a container of that size: the median, as half of a plan may be late. */
  expected(container: string, usedBytes: number): { readonly expected: Expected; readonly basis: Basis } {
    const own = this.#own.get(container);
    if (own) return { expected: medianOf(own), basis: 'measured' };
    const alike = this.#alike(usedBytes);
    if (alike.length === 0) return { expected: assumed, basis: 'assumed' };
    return { expected: medianOf(alike), basis: 'similar' };
  }

  #alike(usedBytes: number): Downtime[] {
    const size = sizeOf(usedBytes);
    return this.#recent
      .map((each) => ({ downtime: each.downtime, distance: Math.abs(each.size - size) }))
      .sort((a, b) => a.distance - b.distance)
      .slice(0, alikeMax)
      .map(({ downtime }) => downtime);
  }

  #rateOfAll(): Rate {
    const all = this.#fullPasses;
    return rateOf(all, 'similar') ?? { ...assumedRate, overheadMs: overheadOf(all, assumedRate) };
  }
}

const pairKey = (source: string, destination: string) => `${source} ${destination}`;

function medianOf(seen: readonly Downtime[]): Expected {
  const part = (name: keyof Downtime) => median(seen.map((each) => each[name])) ?? 0;
  return {
    ...{ shutdownMs: part('shutdown_ms'), lastPassMs: part('last_pass_ms'), startMs: part('start_ms') },
    samples: seen.length,
  };
}

function rateOf(passes: readonly FullPass[], basis: Basis): Rate | undefined {
  const rates = passes
    .filter(({ bytes, ms }) => bytes >= telling.bytes && ms > 0)
    .map(({ bytes, ms }) => (1000 * bytes) / ms);
  const bytesPerSecond = median(rates.slice(-telling.samples));
  if (bytesPerSecond === undefined) return undefined;
  return { bytesPerSecond, overheadMs: overheadOf(passes, { bytesPerSecond }), basis };
}

function overheadOf(passes: readonly FullPass[], { bytesPerSecond }: Pick<Rate, 'bytesPerSecond'>): number {
  const others = passes.map(({ bytes, ms }) => Math.max(0, ms - (1000 * bytes) / bytesPerSecond));
  return median(others.slice(-telling.samples)) ?? assumedRate.overheadMs;
}

interface FullPass {
  readonly source: string;
  readonly destination: string;
  readonly bytes: number;
  readonly ms: number;
}

/** Those that sent everything. */
function fullPasses(records: readonly MigrationRecord[]): FullPass[] {
  return records.flatMap(({ passes, source, destination }) => {
    const [first] = passes;
    if (!first?.endedAt || first.refresh || first.outcome !== 'done') return [];
    const ms = Date.parse(first.endedAt) - Date.parse(first.startedAt);
    return [{ source, destination, bytes: first.bytes, ms }];
  });
}

/** One container, moved alone. */
export function estimateMove(
  { name, isRunning, usedBytes, precopy }: Measured,
  rate: Rate,
  experience: Experience,
): MoveEstimate {
  const copyMs = rate.overheadMs + (1000 * usedBytes) / rate.bytesPerSecond;
  if (!isRunning) return { copyMs, downtimeMs: 0, basis: rate.basis };
  const { expected, basis } = experience.expected(name, usedBytes);
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
