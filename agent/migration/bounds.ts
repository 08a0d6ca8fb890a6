/**
 * What the other side of a pass may do to this host, whatever it says about sizes: how much it may send, how full it
 * may make the disk, and for how long nobody need look. A peer that lies, or never ends, is ended by these.
 */
import { CopaError } from '../../common/errors.js';
import { deferred } from '../../common/async/deferred.js';
import type { Space, SpaceMeter } from '../lxd/storage.js';

/** A copy leaves so much of the storage pool free: others on this host write there, too. */
const reserveBytesMax = 256 * 1024 ** 2;

/** Of a small storage pool, so great a part of what was free. */
const reserveShare = 8;

/**
 * So many times what the storage pool holds may come over the network in a pass: more than fits, as an agent of
 * version 0.1.0 sends the holes of sparse files as zeros. Raising it lets a peer that never ends go on for longer.
 */
const timesTheDisk = 4;

/** A pass that no controller has looked at for so long is nobody's; one that is down is back sooner. */
const unwatchedMsMax = 3600_000;

/** How often the space is measured: the less there is, the more often. */
const measureEveryMsMax = 5_000;
const measureEveryMsMin = 100;
const lookEveryMs = 100;

/** No disk is filled faster. */
const diskBytesPerSecondMax = 4 * 1024 ** 3;

/** So much may always come in between two measurements, in bytes: what a pass needs for its headers and file lists. */
const budgetBytesMin = 4 * 1024 ** 2;

/** What a copy may take of a storage pool, in bytes. */
export function roomFor(space: Space): number {
  return space.freeBytes - reserveOf(space);
}

function reserveOf({ freeBytes }: Space): number {
  return Math.min(reserveBytesMax, Math.floor(freeBytes / reserveShare));
}

/** What may come in from the peer in one pass, in bytes. Where nobody knows the size of the disk, anything may. */
export function receivedMax({ totalBytes }: Space): number {
  return totalBytes > 0 ? timesTheDisk * totalBytes : Infinity;
}

interface Progress {
  readonly receivedBytes: number;
  readonly unwatchedMs: number;
  /** The copy is made here: on this side it may fill the disk. */
  readonly writes: boolean;
}

/** Why a pass must not go on; undefined while it may. `atFirst` is the space before it began. */
export function excessOf(
  { receivedBytes, unwatchedMs, writes }: Progress,
  atFirst: Space | undefined,
  now: Space | undefined,
): CopaError | undefined {
  if (unwatchedMs > unwatchedMsMax) {
    return new CopaError(
      'aborted',
      `no controller has watched the pass for ${unwatchedMsMax / 60_000} minutes`,
    );
  }
  if (!atFirst || !now) return undefined;
  if (receivedBytes > receivedMax(atFirst)) {
    const message = `the other side has sent ${receivedBytes} bytes: ${timesTheDisk} times what this storage pool holds`;
    return new CopaError('resource_exhausted', message);
  }
  if (writes && now.freeBytes < reserveOf(atFirst)) {
    return new CopaError(
      'resource_exhausted',
      `the storage pool of the copy has only ${now.freeBytes} bytes left: it would fill the disk that others here use`,
    );
  }
  return undefined;
}

/** How much may come in before the space is measured again, in bytes: half of what there is room for. */
export function budgetOf(atFirst: Space | undefined, now: Space | undefined): number {
  if (!atFirst || !now || atFirst.totalBytes === 0) return budgetBytesMin;
  return Math.max(budgetBytesMin, Math.floor((now.freeBytes - reserveOf(atFirst)) / 2));
}

/** When the space is to be measured again though nothing comes in: a daemon also copies what is on its own disk. */
export function measureAgainMs(atFirst: Space | undefined, now: Space | undefined): number {
  if (!atFirst || !now || atFirst.totalBytes === 0) return measureEveryMsMax;
  const ms = ((now.freeBytes - reserveOf(atFirst)) / 2 / diskBytesPerSecondMax) * 1000;
  return Math.min(measureEveryMsMax, Math.max(measureEveryMsMin, ms));
}

interface GuardedPass {
  readonly measure: SpaceMeter;
  readonly writes: boolean;
  readonly unwatchedMs: () => number;
  /** What comes in can be held up while the space is measured. */
  readonly stream: { hold(): void; letGoOn(): void };
}

/** Watches over one pass; `tripped` resolves when it has to end. */
export class PassGuard {
  readonly tripped: Promise<CopaError>;
  readonly #trip: (error: CopaError) => void;
  readonly #timer: NodeJS.Timeout;
  #receivedBytes = 0;
  #atFirst: Space | undefined;
  #now: Space | undefined;
  #measuring = false;
  #measuredAt = 0;
  /** What had come in when the space was last measured. */
  #measuredBytes = 0;

  constructor(private readonly pass: GuardedPass) {
    const tripped = deferred<CopaError>();
    this.tripped = tripped.promise;
    this.#trip = tripped.resolve;
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
    void this.#measure('quick');
  }

  /** So many bytes have come in. Holds the stream when there might be no room for more. */
  received(bytes: number): void {
    this.#receivedBytes += bytes;
    const budget = budgetOf(this.#atFirst, this.#now);
    if (!this.pass.writes || this.#receivedBytes - this.#measuredBytes <= budget) return;
    this.pass.stream.hold();
    if (!this.#measuring) void this.#measure('settled').finally(() => this.pass.stream.letGoOn());
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const progress = {
      receivedBytes: this.#receivedBytes,
      unwatchedMs: this.pass.unwatchedMs(),
      writes: this.pass.writes,
    };
    const excess = excessOf(progress, this.#atFirst, this.#now);
    if (excess) this.#trip(excess);
    else if (Date.now() - this.#measuredAt >= measureAgainMs(this.#atFirst, this.#now)) {
      void this.#measure('quick');
    }
  }

  async #measure(how: 'quick' | 'settled'): Promise<void> {
    if (this.#measuring) return;
    this.#measuring = true;
    const receivedBytes = this.#receivedBytes;
    try {
      const space = await this.pass.measure(how);
      this.#atFirst ??= space;
      this.#now = space;
      this.#measuredBytes = receivedBytes;
    } catch {
      // A daemon that does not answer is noticed elsewhere, and asked again.
    } finally {
      this.#measuredAt = Date.now();
      this.#measuring = false;
    }
  }
}
