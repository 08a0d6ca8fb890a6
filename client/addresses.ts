/**
 * Chooses among the addresses of several controllers: requests go to one that lives. Any of them can answer any
 * request, because they share one etcd.
 *
 * The Python client (python/copa.py) follows the same rules; test/integration/addresses.test.ts holds both to one table.
 *
 * - A read, or a dry run, that gets no answer, or only 502 or 503, is sent to the next address.
 * - A change is sent to the next address only when it cannot have begun: there was no connection, or the controller
 *   refused it and says so. Every other failure is reported, because the outcome is not known.
 * - The address that answered last is used first. If none answers, an answer counts more than a failure.
 */
import { CopaError, isCopaError, isUnknownOutcome, messageOf, notBegunHeader } from '../common/errors.js';
import { hasNotBegun, NotBegun, textOf, type Answer, type Sent, type Transport } from './transport.js';

/** How long a controller may take to begin its answer to a read while there is another to ask. Reads are short. */
const answerMsMax = 15_000;

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
    try {
      return await this.attempt(async (carrier, index) => {
        const answer = await (isRead ? sendWithin(carrier, sent) : carrier.send(sent));
        if (!isBetterElsewhere(answer, isRead)) {
          if (isStream(sent)) return this.#leavingBroken(answer, index, sent.signal);
          // A read whose answer breaks off is sent again, too.
          return isRead ? await kept(answer) : answer;
        }
        refused = await kept(answer);
        const message = `${carrier.address} answers with status ${answer.status}`;
        throw new CopaError('unavailable', message, { cause: new NotBegun(message) });
      }, goesOn);
    } catch (error) {
      // An answer says more than that the other addresses do not answer.
      if (refused && goesOn(error)) return refused;
      throw error;
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
    const reasons: string[] = [];
    for (let tried = 0; ;) {
      const index = (first + tried) % this.#carriers.length;
      try {
        const result = await call(this.#at(index), index);
        this.#current = index;
        return result;
      } catch (error) {
        if (!goesOn(error)) throw error;
        this.#leave(index);
        reasons.push(messageOf(error));
        if (++tried < this.#carriers.length) continue;
        if (reasons.length === 1) throw error;
        const { cause } = error as Error;
        throw new CopaError('unavailable', reasons.join('; '), { cause });
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
async function sendWithin(carrier: Transport, sent: Sent): Promise<Answer> {
  const limit = new AbortController();
  const reason = `no answer from ${carrier.address} within ${answerMsMax / 1000} s`;
  const timer = setTimeout(() => limit.abort(new CopaError('unavailable', reason)), answerMsMax);
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
