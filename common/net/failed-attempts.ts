/**
 * Counts failed attempts to authenticate by their source. All ports have the same policy:
 *
 * - Only a failed attempt is counted, and only its reply changes: past the limit it is neither explained nor
 *   recorded. A valid token always works, because many people share an address (loopback, an SSH tunnel, a proxy),
 *   and one of them must not lock out the others. The limit saves work and log space. Nobody finds 256 random bits by
 *   trying.
 * - Memory is bounded, and the counters never refuse everyone: sources share a fixed number of counters, by a hash
 *   with a random key. Two sources with one counter reach the limit sooner, which only costs them an explanation.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Raising it lets an attacker write more into the logs. */
const failuresMax = 10;
const windowSeconds = 60;
/** They need about 5 MB when all are in use. With fewer counters, more sources share one. */
const countersMax = 16_384;

export interface FailureCount {
  /** Undefined below the limit, where the failure may be explained. */
  readonly retryAfterSeconds: number | undefined;
  /** Whether to record it: all failures up to the limit, and the first one past it. */
  readonly isRecorded: boolean;
}

export class FailedAttempts {
  readonly #limiter = new RateLimiterMemory({ points: failuresMax, duration: windowSeconds });
  /** Random, so that nobody outside knows which addresses share a counter. */
  readonly #key = randomBytes(16);

  constructor(private readonly counters = countersMax) {}

  /** Counts one more failure from an address. */
  async count(address: string): Promise<FailureCount> {
    try {
      await this.#limiter.consume(this.#counterOf(address));
      return { retryAfterSeconds: undefined, isRecorded: true };
    } catch (reached) {
      if (!(reached instanceof RateLimiterRes)) throw reached;
      return {
        retryAfterSeconds: Math.max(1, Math.ceil(reached.msBeforeNext / 1000)),
        isRecorded: reached.consumedPoints === failuresMax + 1,
      };
    }
  }

  #counterOf(address: string): number {
    const hash = createHmac('sha256', this.#key).update(sourceOf(address)).digest();
    return hash.readUInt32BE() % this.counters;
  }
}

/** Of IPv6, only the network counts, because the holder of one address usually has all 2^64 of it. */
export function sourceOf(address: string): string {
  if (!isIPv6(address)) return address;
  const { hostname } = new URL(`http://[${address.replace(/%.*$/, '')}]`);
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = (tail ?? '').split(':').filter(Boolean);
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length;
  return `${[...groups, ...Array<string>(zeros).fill('0'), ...rest].slice(0, 4).join(':')}::/64`;
}
