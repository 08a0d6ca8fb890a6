/**
 * The id of one request, from REST through gRPC to an agent's requests to its daemon. A search for it in all logs
 * finds everything that was done for the request, and nothing else.
 *
 * It follows asynchronous work (AsyncLocalStorage), so no code has to pass it on. A migration keeps the id of the
 * request that started it. This makes every promise of the process more expensive, also unrelated ones: a third of
 * the cost of a read (Node 20). Therefore it is enabled only during such work (`withRequestId`). Reads, which are
 * many and short, pass their id explicitly (`carryingRequestId`).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';

/** The HTTP header and the gRPC metadata key. */
export const requestIdHeader = 'x-request-id';

/** The pattern of an id that is accepted from a caller: it can neither break a log line nor fill the log. */
const pattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

const following = new AsyncLocalStorage<string>();
/** The number of tasks in progress that carry an id. */
let followed = 0;

let carried: string | undefined;

export function currentRequestId(): string | undefined {
  return carried ?? following.getStore();
}

/** Runs a task with an id, which follows it until its promise settles. */
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

/** Starts a task with an id. The id is not available after its first `await`. */
export function carryingRequestId<T>(id: string | undefined, begin: () => T): T {
  const above = carried;
  carried = id;
  try {
    return begin();
  } finally {
    carried = above;
  }
}

/** The id from the caller if it is valid, else a new one. */
export function requestIdFrom(given: unknown): string {
  return typeof given === 'string' && pattern.test(given) ? given : newId();
}

function followUntilSettled(result: unknown): void {
  const settled = () => {
    // From here on promises have their normal cost. The next such task enables the tracking again.
    if (--followed === 0) following.disable();
  };
  if (result instanceof Promise) result.then(settled, settled);
  else settled();
}

const idBytes = 8;
/** A store of random bytes, because generating a few costs as much as generating many. */
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
