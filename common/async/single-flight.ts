/**
 * Simultaneous questions share answers, and no answer is older than its question.
 *
 * A flight is one asking of something dear: a daemon, a host, etcd. On a line there is one flight under way at
 * a time. Who asks while one is under way does not join it, but waits for the next one, with all others who
 * wait. So whatever the number of askers, the one asked answers one question after the other, each once.
 *
 * Why that is as fresh as asking alone: let a question be put at time Q, and its flight depart at D. `ask` puts
 * the asker among those waiting, and only `#depart` takes them from there, so Q <= D. All that the flight does
 * it begins at D or later, and what it is told was true at some moment after that; let it be T. So Q <= D <= T:
 * had the asker gone alone, it could have been told the same. In particular whatever had been done, by anyone
 * and on whatever way, before the question was put, is in the answer: a client reads its own writes.
 *
 * What it costs: one who asks alone departs at once. With others, one waits for the flight under way and then
 * for one's own: two flights at most, and the hold.
 */
import { CopaError } from '../errors.js';
import { carryingRequestId, currentRequestId } from '../observability/request-id.js';

/** What tells the time, in ms, and calls back later; a test has its own. */
export interface Clock {
  now(): number;
  after(ms: number, then: () => void): void;
}

/**
 * Those who were answered together ask again together, a moment after the landing; the first of them must not
 * depart alone, with the others waiting for it to come back. So after a flight with several aboard the next one
 * is held until as many are there again as were aboard and waiting at the landing, but for no longer than this
 * share of the flight's time, within these bounds. Raising them fills flights better, and makes those wait
 * longer who come when others do not come back.
 */
const holdShare = 0.1;
const holdMsMin = 2;
/** For each who was aboard: their answers are written one after the other, and the last has to get back, too. */
const holdMsEach = 0.1;
const holdMsMax = 20;

/** How many may wait on one line before the next is refused. Raising it only costs memory. */
export const waitingMax = 4096;

const wallClock: Clock = {
  now: () => performance.now(),
  after: (ms, then) => void setTimeout(then, ms),
};

interface Seat<Passenger, Answer> {
  readonly passenger: Passenger;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** One line: each passenger may bring something along, and all aboard get the same answer or error. */
export class Batcher<Passenger, Answer> {
  #waiting: Seat<Passenger, Answer>[] = [];
  #state: 'idle' | 'held' | 'under way' = 'idle';
  /** While it is held: how many are enough to depart at once. */
  #expected = 0;
  /** Counts departures, so that a hold that was cut short ends nothing later. */
  #departures = 0;

  /** `what` is what too many may wait for, in an error; `onIdle` is told when nobody is left. */
  constructor(
    private readonly what: string,
    private readonly fly: (passengers: readonly Passenger[]) => Promise<Answer>,
    private readonly onIdle: () => void = () => undefined,
    private readonly clock: Clock = wallClock,
  ) {}

  /** Throws what the flight throws, and `resource_exhausted` when too many are waiting. */
  run(passenger: Passenger): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= waitingMax) {
        const message = `${waitingMax} requests wait for ${this.what} already: try again in a moment`;
        reject(new CopaError('resource_exhausted', message));
        return;
      }
      this.#waiting.push({ passenger, resolve, reject });
      if (this.#state === 'idle' || (this.#state === 'held' && this.#waiting.length >= this.#expected))
        void this.#depart();
    });
  }

  async #depart(): Promise<void> {
    const aboard = this.#waiting;
    this.#waiting = [];
    this.#state = 'under way';
    const number = ++this.#departures;
    const departedAt = this.clock.now();
    try {
      const answer = await this.fly(aboard.map(({ passenger }) => passenger));
      for (const { resolve } of aboard) resolve(answer);
    } catch (error) {
      for (const { reject } of aboard) reject(error);
    }
    if (aboard.length === 1) {
      this.#go();
      return;
    }
    this.#state = 'held';
    this.#expected = aboard.length + this.#waiting.length;
    const shareMs = (this.clock.now() - departedAt) * holdShare;
    const holdMs = Math.max(shareMs, holdMsMin, aboard.length * holdMsEach);
    this.clock.after(Math.min(holdMs, holdMsMax), () => {
      if (this.#departures === number) this.#go();
    });
  }

  #go(): void {
    if (this.#waiting.length > 0) {
      void this.#depart();
    } else {
      this.#state = 'idle';
      this.onIdle();
    }
  }
}

/** Lines by the question that they are for; a line is there while somebody uses it. */
export class SingleFlight {
  readonly #lines = new Map<string, Batcher<() => Promise<unknown>, unknown>>();

  constructor(private readonly clock?: Clock) {}

  /** Equal questions must mean equal `fly`, and whoever is answered must leave the answer as it is. */
  run<Answer>(question: string, fly: () => Promise<Answer>): Promise<Answer> {
    let line = this.#lines.get(question);
    if (!line) {
      const forget = () => this.#lines.delete(question);
      line = new Batcher(question, (flies) => (flies.at(-1) ?? fly)(), forget, this.clock);
      this.#lines.set(question, line);
    }
    // It may depart in somebody else's turn.
    const id = currentRequestId();
    return line.run(() => carryingRequestId(id, fly)) as Promise<Answer>;
  }

  /** How many questions are being asked or waited for. */
  get size(): number {
    return this.#lines.size;
  }
}
