/**
 * Failed attempts, counted by where they come from. Only attempts that fail are ever refused for it: behind
 * one address (loopback, an SSH tunnel, a proxy) are many people, and a stranger among them must not lock the
 * others out. What the limit saves is work and log; a secret of 256 bits is not found by trying.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { isIPv6 } from 'node:net';

/** Raising it lets a stranger write more into the audit log. */
const failuresMax = 10;
const windowSeconds = 60;

export interface FailureCount {
  /** Undefined: this one may still be told why it failed. */
  readonly retryAfterSeconds: number | undefined;
  /** Whether it is to be written down: all before the limit, and the one that reaches it. */
  readonly isNews: boolean;
}

export class FailedLogins {
  readonly #limiter = new RateLimiterMemory({ points: failuresMax, duration: windowSeconds });

  /** Counts one more. */
  async count(address: string): Promise<FailureCount> {
    try {
      await this.#limiter.consume(sourceOf(address));
      return { retryAfterSeconds: undefined, isNews: true };
    } catch (reached) {
      if (!(reached instanceof RateLimiterRes)) throw reached;
      return {
        retryAfterSeconds: Math.max(1, Math.ceil(reached.msBeforeNext / 1000)),
        isNews: reached.consumedPoints === failuresMax + 1,
      };
    }
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
