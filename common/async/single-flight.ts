/**
 * Single-flight: concurrent equal reads share one call, and no result is older than its request.
 *
 * For each key at most one call is in progress. A request that arrives during a call does not join it, but waits for
 * the next call, together with all other waiting requests. So however many requests there are, the backend (a daemon,
 * a host, etcd) gets one call after another.
 *
 * Why the result is as fresh as that of a separate call: let a request arrive at time R, and let its call start at
 * time S. `run` adds the request to the waiting ones, and only `#start` takes requests from there, so R <= S.
 * Everything in the call happens at S or later, so its result was true at some time T with R <= S <= T. A separate
 * call could have returned the same result. In particular, the result includes every change that was made before the
 * request: a client reads its own writes.
 *
 * The cost: a single request starts its call at once. Otherwise it waits for the call in progress and then for its
 * own: at most two calls and the pause between them.
 *
 * The usual single-flight (also p-memoize, or a promise in a map) joins the call in progress, whose result may be
 * older than the request. This is why there is own code for it.
 */
import { CopaError } from '../errors.js';
import { carryingRequestId, currentRequestId } from '../observability/request-id.js';
import { systemClock, type Clock as WholeClock } from './clock.js';

type Clock = Pick<WholeClock, 'now' | 'after'>;

/**
 * Clients that got a result together send their next requests at about the same time. The first of these requests
 * should not start a call alone, because all others would wait for its end. So after a call for several requests, the
 * next one starts when as many requests wait as were in the batch and waiting at its end, or after this share of the
 * call's time, within these bounds. Raising them makes batches larger, and requests wait longer when other clients do
 * not return.
 */
const pauseShare = 0.1;
const pauseMsMin = 2;
/** Per request in the batch: their replies are written one after the other, and the last client has to return. */
const pauseMsEach = 0.1;
const pauseMsMax = 20;

/** Limit on the requests that wait for one key. Raising it only costs memory. */
export const waitingMax = 4096;

interface Waiting<Request, Result> {
  readonly request: Request;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface Options {
  /** Called when no request is left. */
  readonly onIdle?: () => void;
  readonly clock?: Clock | undefined;
}

/** The calls of one key, each for a batch of requests with a common result or error. */
export class Batcher<Request, Result> {
  #waiting: Waiting<Request, Result>[] = [];
  #state: 'idle' | 'paused' | 'in flight' = 'idle';
  /** During the pause: the number of waiting requests that starts the next call at once. */
  #expected = 0;
  #cancelPause: () => void = () => undefined;
  readonly #onIdle: () => void;
  readonly #clock: Clock;

  /** `what` names the backend in errors. */
  constructor(
    private readonly what: string,
    private readonly call: (requests: readonly Request[]) => Promise<Result>,
    { onIdle = () => undefined, clock = systemClock }: Options = {},
  ) {
    this.#onIdle = onIdle;
    this.#clock = clock;
  }

  /** Throws what the call throws, and `resource_exhausted` when too many requests wait. */
  run(request: Request): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= waitingMax) {
        const message = `${waitingMax} requests wait for ${this.what} already: try again in a moment`;
        reject(new CopaError('resource_exhausted', message));
        return;
      }
      this.#waiting.push({ request, resolve, reject });
      const isFull = this.#state === 'paused' && this.#waiting.length >= this.#expected;
      if (this.#state === 'idle' || isFull) void this.#start();
    });
  }

  async #start(): Promise<void> {
    this.#cancelPause();
    const batch = this.#waiting;
    this.#waiting = [];
    this.#state = 'in flight';
    const startedAt = this.#clock.now();
    try {
      const result = await this.call(batch.map(({ request }) => request));
      for (const { resolve } of batch) resolve(result);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    if (batch.length === 1) {
      this.#next();
      return;
    }
    this.#state = 'paused';
    this.#expected = batch.length + this.#waiting.length;
    const shareMs = (this.#clock.now() - startedAt) * pauseShare;
    const pauseMs = Math.max(shareMs, pauseMsMin, batch.length * pauseMsEach);
    this.#cancelPause = this.#clock.after(Math.min(pauseMs, pauseMsMax), () => this.#next());
  }

  #next(): void {
    if (this.#waiting.length > 0) {
      void this.#start();
    } else {
      this.#state = 'idle';
      this.#onIdle();
    }
  }
}

/** Batchers by key. Each exists while a request uses it. */
export class SingleFlight {
  readonly #batchers = new Map<string, Batcher<() => Promise<unknown>, unknown>>();

  constructor(private readonly clock?: Clock) {}

  /** Equal keys must mean equal calls. Callers must not change the result. */
  run<Result>(key: string, call: () => Promise<Result>): Promise<Result> {
    let batcher = this.#batchers.get(key);
    if (!batcher) {
      const onIdle = () => this.#batchers.delete(key);
      const options = { onIdle, clock: this.clock };
      batcher = new Batcher(key, (calls) => (calls.at(-1) ?? call)(), options);
      this.#batchers.set(key, batcher);
    }
    // Another request may have triggered the start of the call.
    const id = currentRequestId();
    return batcher.run(() => carryingRequestId(id, call)) as Promise<Result>;
  }

  /** The number of keys with requests. */
  get size(): number {
    return this.#batchers.size;
  }
}
