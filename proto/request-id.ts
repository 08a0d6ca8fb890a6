/**
 * The name of one request, from REST through gRPC to what an agent asks of its daemon: whoever searches all
 * logs for it finds everything that was done for that request, and nothing else.
 *
 * It travels with the asynchronous work itself, so nobody has to pass it on by hand; a migration carries
 * the id of the request that ordered it to its end.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** HTTP's header, and gRPC's metadata key. */
export const requestIdHeader = 'x-request-id';

/** What is taken over from a caller: it can neither break a log line nor fill the log. */
const pattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

const current = new AsyncLocalStorage<string>();

export function currentRequestId(): string | undefined {
  return current.getStore();
}

export function withRequestId<T>(id: string, work: () => T): T {
  return current.run(id, work);
}

/** The id that a caller gave, if it is a sensible one, else a new one. */
export function requestIdFrom(given: unknown): string {
  return typeof given === 'string' && pattern.test(given) ? given : randomBytes(8).toString('hex');
}
