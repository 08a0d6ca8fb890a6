/**
 * What the other side of a pass may do to this host, whatever it says about sizes: how much it may send, how full it
 * may make the disk, and for how long nobody need look. A peer that lies, or never ends, is ended by these.
 */
import { CopaError } from '../../common/errors.js';
import type { Space } from '../lxd/storage.js';

/** A copy leaves so much of the storage pool free: others on this host write there, too. */
const reserveBytesMax = 256 * 1024 ** 2;

/**
 * So many times what the storage pool holds may be sent in a pass: more than fits, as sparse files go over the wire
 * with their holes. Raising it lets a peer that never ends go on for longer.
 */
const timesTheDisk = 4;

/** A pass that no controller has looked at for so long is nobody's; one that is down is back sooner. */
const unwatchedMsMax = 3600_000;

/** How often the daemon is asked for its storage's space. */
const measureEveryMs = 5_000;
const lookEveryMs = 500;

/** What a copy may take of a storage pool, in bytes. */
export function roomFor(space: Space): number {
  return space.freeBytes - reserveOf(space);
}

function reserveOf({ freeBytes }: Space): number {
  return Math.min(reserveBytesMax, Math.floor(freeBytes / 20));
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

/** Watches over one pass; `tripped` resolves when it has to end. */
export class PassGuard {
  readonly tripped: Promise<CopaError>;
  readonly #timer: NodeJS.Timeout;
  #atFirst: Space | undefined;
  #now: Space | undefined;
  #measuredAt = 0;

  constructor(
    private readonly measure: () => Promise<Space>,
    told: () => Progress,
  ) {
    let trip: (error: CopaError) => void = () => undefined;
    this.tripped = new Promise((resolve) => (trip = resolve));
    this.#timer = setInterval(() => {
      const excess = excessOf(told(), this.#atFirst, this.#now);
      if (excess) trip(excess);
      else this.#measure();
    }, lookEveryMs);
    this.#measure();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #measure(): void {
    if (Date.now() - this.#measuredAt < measureEveryMs) return;
    this.#measuredAt = Date.now();
    this.measure().then(
      (space) => {
        this.#atFirst ??= space;
        this.#now = space;
      },
      // A daemon that does not answer is noticed elsewhere, and asked again.
      () => undefined,
    );
  }
}
