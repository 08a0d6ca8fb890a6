/**
 * The name of one request, from REST through gRPC to what an agent asks of its daemon: whoever searches all
 * logs for it finds everything that was done for that request, and nothing else.
 *
 * It travels with the asynchronous work itself, so nobody has to pass it on by hand; a migration carries
 * the id of the request that ordered it to its end. That makes every promise of the process dearer, also those
 * of others: a third of what a read costs (Node 20). So it is so only while there is such work (`withRequestId`),
 * and reads, which are many and short, carry their id by hand (`carryingRequestId`).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';

/** HTTP's header, and gRPC's metadata key. */
export const requestIdHeader = 'x-request-id';

/** What is taken over from a caller: it can neither break a log line nor fill the log. */
const pattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

const following = new AsyncLocalStorage<string>();
/** How much work there is that ids follow. */
let followed = 0;

let carried: string | undefined;

export function currentRequestId(): string | undefined {
  return carried ?? following.getStore();
}

/** Does some work under an id, which follows it until the promise that it returns is settled. */
export function withRequestId<T>(id: string, work: () => T): T {
  const above = carried;
  carried = undefined;
  followed++;
  let result: T | undefined;
  try {
    result = following.run(id, work);
    return result;
  } finally {
    carried = above;
    followUntilSettled(result);
  }
}

/** Begins something under an id; what is begun later, after the first `await`, is not. */
export function carryingRequestId<T>(id: string | undefined, begin: () => T): T {
  const above = carried;
  carried = id;
  try {
    return begin();
  } finally {
    carried = above;
  }
}

/** The id that a caller gave, if it is a sensible one, else a new one. */
export function requestIdFrom(given: unknown): string {
  return typeof given === 'string' && pattern.test(given) ? given : newId();
}

function followUntilSettled(result: unknown): void {
  const settled = () => {
    // From here on promises cost what they cost without ids; the next such work makes it start again.
    if (--followed === 0) following.disable();
  };
  if (result instanceof Promise) result.then(settled, settled);
  else settled();
}

const idBytes = 8;
/** Random bytes in store: asking for a few costs as much as asking for many. */
const store = Buffer.alloc(512 * idBytes);
let used = store.length;

function newId(): string {
  if (used === store.length) {
    randomFillSync(store);
    used = 0;
  }
  used += idBytes;
  return store.toString('hex', used - idBytes, used);
}
