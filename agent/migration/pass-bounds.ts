/**
 * Limits on what the other side of a pass can do to this host: how many bytes it can send, how much of the disk it
 * can fill, and how long a pass can run unwatched. They hold against a peer that lies about sizes or never ends.
 */
import { CopaError } from '../../common/errors.js';
import { deferred } from '../../common/async/deferred.js';
import { reserveOf, type Space, type SpaceMeter } from '../lxd/storage.js';

/**
 * Limit on the bytes received in one pass, as a multiple of the storage pool's size. It is more than fits, because an
 * agent of version 0.1.0 sends the holes of sparse files as zeros. Raising it lets an endless peer run longer.
 */
const timesTheDisk = 4;

/** A pass ends when no controller has watched it for this long. A controller that restarts is back sooner. */
const unwatchedMsMax = 3600_000;

/** The measuring interval of the free space. It is shorter when less is left. */
const measureEveryMsMax = 5_000;
const measureEveryMsMin = 100;
const lookEveryMs = 100;

/** Assumed upper limit of the rate at which a disk fills. */
const diskBytesPerSecondMax = 4 * 1024 ** 3;

/** Always allowed between two measurements, in bytes: what a pass needs for its headers and file lists. */
const budgetBytesMin = 4 * 1024 ** 2;

/** The bytes that may come from the peer in one pass. Unlimited when the size of the disk is unknown. */
export function receivedMax({ totalBytes }: Space): number {
  return totalBytes > 0 ? timesTheDisk * totalBytes : Infinity;
}

interface Progress {
  readonly receivedBytes: number;
  readonly unwatchedMs: number;
  /** The copy is made on this host, so the pass can fill this host's disk. */
  readonly writes: boolean;
}

/** The reason why a pass must end, or undefined. `atFirst` is the space before the pass began. */
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
    const message = `the other side has sent ${receivedBytes} bytes: ${timesTheDisk} times the size of this storage pool`;
    return new CopaError('resource_exhausted', message);
  }
  if (writes && now.freeBytes < reserveOf(atFirst)) {
    return new CopaError(
      'resource_exhausted',
      `the storage pool of the copy has only ${now.freeBytes} bytes left: it would fill the disk`,
    );
  }
  return undefined;
}

/** The bytes that may arrive before the next measurement: half of the space that is left for the copy. */
export function budgetOf(atFirst: Space | undefined, now: Space | undefined): number {
  if (!atFirst || !now || atFirst.totalBytes === 0) return budgetBytesMin;
  return Math.max(budgetBytesMin, Math.floor((now.freeBytes - reserveOf(atFirst)) / 2));
}

/** The time of the next measurement if no bytes arrive. A daemon also copies data that is on its own disk. */
export function measureAgainMs(atFirst: Space | undefined, now: Space | undefined): number {
  if (!atFirst || !now || atFirst.totalBytes === 0) return measureEveryMsMax;
  const ms = ((now.freeBytes - reserveOf(atFirst)) / 2 / diskBytesPerSecondMax) * 1000;
  return Math.min(measureEveryMsMax, Math.max(measureEveryMsMin, ms));
}

interface GuardedPass {
  readonly measure: SpaceMeter;
  readonly writes: boolean;
  readonly unwatchedMs: () => number;
  /** Pauses the incoming stream while the space is measured. */
  readonly stream: { hold(): void; letGoOn(): void };
}

/** Guards one pass. `tripped` resolves when the pass must end. */
export class PassGuard {
  readonly tripped: Promise<CopaError>;
  readonly #trip: (error: CopaError) => void;
  readonly #timer: NodeJS.Timeout;
  #receivedBytes = 0;
  #atFirst: Space | undefined;
  #now: Space | undefined;
  #measuring = false;
  #measuredAt = 0;
  /** The bytes received at the time of the last measurement. */
  #measuredBytes = 0;

  constructor(private readonly pass: GuardedPass) {
    const tripped = deferred<CopaError>();
    this.tripped = tripped.promise;
    this.#trip = tripped.resolve;
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
    void this.#measure('quick');
  }

  /** Records received bytes. Pauses the stream when they might not fit. */
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
      // Another check notices a daemon that does not answer. This one measures again later.
    } finally {
      this.#measuredAt = Date.now();
      this.#measuring = false;
    }
  }
}
