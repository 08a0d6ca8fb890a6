/**
 * Failed attempts to authenticate, counted by their source. The one policy of all ports:
 *
 * - Only an attempt that has failed is counted, and only its answer changes: past the limit it is neither explained
 *   nor recorded. A valid token always works, because many people share an address (loopback, an SSH tunnel, a proxy),
 *   and one of them must not lock out the others. The limit saves work and log; nobody finds 256 random bits by trying.
 * - Memory is bounded without a moment at which all are refused: sources share a fixed number of counters, by a hash
 *   with a random key. Two sources with one counter reach the limit sooner, which costs them an explanation.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Raising it lets an attacker write more into the logs. */
const failuresMax = 10;
const windowSeconds = 60;
/** They take some 5 MB when all are in use. With fewer of them, more sources share one. */
const countersMax = 16_384;

export interface FailureCount {
  /** Undefined: below the limit, so this failure may be explained. */
  readonly retryAfterSeconds: number | undefined;
  /** Whether to record it: all failures up to the limit, and the first one past it. */
  readonly isRecorded: boolean;
}

export class FailedAttempts {
  readonly #limiter = new RateLimiterMemory({ points: failuresMax, duration: windowSeconds });
  /** Nobody outside can know which addresses share a counter. */
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

/** Of IPv6, whoever has one address usually has all 2^64 of its network. */
export function sourceOf(address: string): string {
  if (!isIPv6(address)) return address;
  const { hostname } = new URL(`http://[${address.replace(/%.*$/, '')}]`);
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = (tail ?? '').split(':').filter(Boolean);
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length;
  return `${[...groups, ...Array<string>(zeros).fill('0'), ...rest].slice(0, 4).join(':')}::/64`;
}
