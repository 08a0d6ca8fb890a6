/**
 * Chooses among the addresses of several controllers: requests go to one that lives. Any of them can answer any
 * request, because they share one etcd.
 *
 * The Python client (python/copa.py) follows the same rules; test/integration/addresses.test.ts holds both to one table.
 *
 * - A read, or a dry run, that gets no answer, or only 502 or 503, is sent to the next address. While an address is silent,
 *   the next one is asked as well, and the first answer counts: a machine that hangs takes connections and says nothing.
 * - A change is sent to the next address only when it cannot have begun: there was no connection, the controller did not
 *   answer just before, or it refused the change and says so. Every other failure is reported, because the outcome is not
 *   known. So is a controller that hangs after it got the change (here only).
 * - The address that answered last is used first. If none answers, an answer counts more than a failure.
 */
import { systemClock } from '../common/async/clock.js';
import { CopaError, isCopaError, isUnknownOutcome, messageOf, notBegunHeader } from '../common/errors.js';
import { hasNotBegun, NotBegun, textOf, type Answer, type Sent, type Transport } from './transport.js';

/** How long a controller may take to begin its answer to a read while there is another to ask. Reads are short. */
const answerMsMax = 15_000;

/** How long an address may be silent before a read goes to the next one, too, and before a change goes there. */
const silenceMsMax = 2_000;

/** A controller that has answered since then lives: it is not asked before a change. */
const freshMs = 1_000;

/** A controller that works at a change and is silent for so many checks hangs; a busy one may miss one. */
const missedMax = 2;

/** With another address to go to, a connection that takes longer is not waited for. */
export const connectMsOfSeveral = 3_000;

/** The addresses of a list, as in COPA_ADDR. Throws `invalid_argument` when there is none. */
export function addressesOf(list: string | readonly string[]): readonly string[] {
  const parts = typeof list === 'string' ? list.split(',') : list;
  const all = parts.map((part) => part.trim()).filter((part) => part !== '');
  if (all.length === 0) throw new CopaError('invalid_argument', 'no address was given');
  return all;
}

export class Addresses<Carrier extends Transport> implements Transport {
  readonly #carriers: readonly Carrier[];
  #current = 0;
  /** When each address answered last. */
  readonly #answeredAt = new Map<number, number>();

  /** One transport for each address, at least one. */
  constructor(carriers: readonly Carrier[]) {
    this.#carriers = carriers;
  }

  /** The address that the next request goes to first. */
  get address(): string {
    return this.#at(this.#current).address;
  }

  async send(sent: Sent): Promise<Answer> {
    if (this.#carriers.length === 1) return this.#at(0).send(sent);
    const isRead = canRepeat(sent);
    const goesOn = (error: unknown) =>
      !sent.signal?.aborted && (isRead ? isCopaError(error, 'unavailable') : hasNotBegun(error));
    let refused: Answer | undefined;
    const attempt = async (carrier: Carrier, index: number, signal = sent.signal) => {
      const answer = await (isRead
        ? sendWithin(carrier, { ...sent, signal })
        : this.#sendChange(index, sent));
      this.#answeredAt.set(index, performance.now());
      if (!isBetterElsewhere(answer, isRead)) {
        if (isStream(sent)) return this.#leavingBroken(answer, index, sent.signal);
        // A read whose answer breaks off is sent again, too.
        return isRead ? await kept(answer) : answer;
      }
      refused = await kept(answer);
      const message = `${carrier.address} answers with status ${answer.status}`;
      throw new CopaError('unavailable', message, { cause: new NotBegun(message) });
    };
    try {
      if (isRead) return await this.#firstOf(attempt, goesOn, sent.signal);
      const answer = await this.attempt(attempt, goesOn);
      // What became of this change is not known, but another controller may do better with the next one.
      if (isBetterElsewhere(answer, true)) this.#leave(this.#current);
      return answer;
    } catch (error) {
      // An answer says more than that the other addresses do not answer.
      if (refused && goesOn(error)) return refused;
      throw error;
    }
  }

  /** Sends a change to a controller that lives, as far as can be known, and as long as it does. */
  async #sendChange(index: number, sent: Sent): Promise<Answer> {
    const carrier = this.#at(index);
    const isFresh = performance.now() - (this.#answeredAt.get(index) ?? -Infinity) < freshMs;
    if (!isFresh) {
      try {
        await checkHealth(carrier, sent.signal);
      } catch (error) {
        if (sent.signal?.aborted) throw error;
        throw new CopaError('unavailable', messageOf(error), { cause: new NotBegun(messageOf(error)) });
      }
    }
    const [answered, silent] = [new AbortController(), new AbortController()];
    untilSilent(carrier, answered.signal).then(
      () => {
        this.#leave(index);
        silent.abort();
      },
      () => undefined,
    );
    try {
      const signal = sent.signal ? AbortSignal.any([sent.signal, silent.signal]) : silent.signal;
      return await carrier.send({ ...sent, signal });
    } catch (error) {
      if (!silent.signal.aborted || sent.signal?.aborted) throw error;
      throw new CopaError('unavailable', `${carrier.address} no longer answers`, { cause: error });
    } finally {
      answered.abort();
    }
  }

  /**
   * As `attempt`, but an address that is silent is not waited for: the next one is called at the same time, and the first
   * result counts. The other calls are aborted.
   */
  async #firstOf<T>(
    call: (carrier: Carrier, index: number, signal: AbortSignal) => Promise<T>,
    goesOn: (error: unknown) => boolean,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const first = this.#current;
    const running = new Map<
      number,
      { readonly result: Promise<Result<T>>; readonly abort: AbortController }
    >();
    const failures: unknown[] = [];
    try {
      for (let started = 0; ;) {
        // The last one was silent, or has failed.
        if (started < this.#carriers.length) {
          const index = (first + started++) % this.#carriers.length;
          const abort = new AbortController();
          const both = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal;
          running.set(index, { result: resultOf(index, call(this.#at(index), index, both)), abort });
        }
        const results = [...running.values()].map(({ result }) => result);
        const done = await firstWithin(results, started < this.#carriers.length ? silenceMsMax : Infinity);
        if (!done) continue;
        running.delete(done.index);
        if ('value' in done) {
          this.#current = done.index;
          return done.value;
        }
        if (!goesOn(done.error)) throw done.error;
        this.#leave(done.index);
        failures.push(done.error);
        if (running.size === 0 && started === this.#carriers.length) throw allOf(failures);
      }
    } finally {
      for (const { abort } of running.values()) abort.abort();
    }
  }

  /**
   * Calls `call` for one address after the other until it succeeds, or throws what `goesOn` does not accept. Throws
   * `unavailable` with all reasons when no address is left.
   */
  async attempt<T>(
    call: (carrier: Carrier, index: number) => Promise<T>,
    goesOn: (error: unknown) => boolean = hasNotBegun,
  ): Promise<T> {
    const first = this.#current;
    const failures: unknown[] = [];
    for (let tried = 0; ;) {
      const index = (first + tried) % this.#carriers.length;
      try {
        const result = await call(this.#at(index), index);
        this.#current = index;
        return result;
      } catch (error) {
        if (isCopaError(error, 'unavailable')) this.#leave(index);
        if (!goesOn(error)) throw error;
        failures.push(error);
        if (++tried < this.#carriers.length) continue;
        throw allOf(failures);
      }
    }
  }

  /** The next request goes to the next address, unless another request has chosen one meanwhile. */
  #leave(index: number): void {
    if (this.#current === index) this.#current = (index + 1) % this.#carriers.length;
  }

  /** A stream that broke is opened at the next address. */
  #leavingBroken(answer: Answer, index: number, signal: AbortSignal | undefined): Answer {
    const leave = () => this.#leave(index);
    const text = async function* () {
      try {
        yield* answer.text;
      } catch (error) {
        // The caller's own end says nothing about the controller.
        if (!signal?.aborted || isUnknownOutcome(signal.reason)) leave();
        throw error;
      }
    };
    return { ...answer, text: text() };
  }

  #at(index: number): Carrier {
    return this.#carriers[index] as Carrier;
  }
}

async function checkHealth(carrier: Transport, signal: AbortSignal | undefined): Promise<void> {
  const health = { method: 'GET', path: 'healthz', query: {}, json: undefined, headers: {} } as const;
  await kept(await sendWithin(carrier, { ...health, signal }, silenceMsMax));
}

/** Ends when a controller that is working at something hangs. Throws when `signal` aborts. */
async function untilSilent(carrier: Transport, signal: AbortSignal): Promise<void> {
  for (let missed = 0; missed < missedMax;) {
    await systemClock.delay(silenceMsMax, signal);
    signal.throwIfAborted();
    const lives = await checkHealth(carrier, signal).then(
      () => true,
      () => false,
    );
    missed = lives ? 0 : missed + 1;
  }
  signal.throwIfAborted();
}

type Result<T> = { readonly index: number } & ({ readonly value: T } | { readonly error: unknown });

function resultOf<T>(index: number, call: Promise<T>): Promise<Result<T>> {
  return call.then(
    (value) => ({ index, value }),
    (error: unknown) => ({ index, error }),
  );
}

/** The first that is there; undefined after `ms`. */
async function firstWithin<T>(all: readonly Promise<T>[], ms: number): Promise<T | undefined> {
  if (ms === Infinity) return Promise.race(all);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)));
  return Promise.race([...all, late]).finally(() => clearTimeout(timer));
}

/** One error with the reasons of all addresses. */
function allOf(failures: readonly unknown[]): unknown {
  const last = failures.at(-1);
  if (failures.length === 1) return last;
  return new CopaError('unavailable', failures.map(messageOf).join('; '), { cause: (last as Error).cause });
}

/** Whether repeating a request changes nothing. */
function canRepeat({ method, json }: Sent): boolean {
  return method === 'GET' || json?.['dry_run'] === true;
}

/** Whether the answer lasts: its pieces are wanted as they arrive. */
function isStream({ headers }: Sent): boolean {
  return headers['Accept'] === 'text/event-stream';
}

/** Whether another controller may give a better answer. */
function isBetterElsewhere({ status, header }: Answer, isRead: boolean): boolean {
  return isRead ? status === 502 || status === 503 : status === 503 && header(notBegunHeader) !== undefined;
}

/** Limits how long the answer may take to begin; what follows may last. */
async function sendWithin(carrier: Transport, sent: Sent, ms = answerMsMax): Promise<Answer> {
  const limit = new AbortController();
  const reason = `no answer from ${carrier.address} within ${ms / 1000} s`;
  const timer = setTimeout(() => limit.abort(new CopaError('unavailable', reason)), ms);
  try {
    const signal = sent.signal ? AbortSignal.any([sent.signal, limit.signal]) : limit.signal;
    return await carrier.send({ ...sent, signal });
  } catch (error) {
    throw limit.signal.aborted && !sent.signal?.aborted ? limit.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** The answer with its whole body, so that its connection is free while another address is tried. */
async function kept(answer: Answer): Promise<Answer> {
  const text = await textOf(answer);
  return {
    ...answer,
    text: (async function* () {
      yield await Promise.resolve(text);
    })(),
  };
}
