/**
 * Bounded work: so much of a kind at a time, so much more waiting for its turn, and the rest refused. A host
 * that is asked for a hundred things at once does them sooner a few at a time, and stays answerable.
 */
import { CopaError } from '../errors.js';
import { carryingRequestId, currentRequestId } from '../observability/request-id.js';

interface Bounds {
  /** Raising it makes each slower, and past what the processors bear, all of them. */
  readonly atOnceMax: number;
  /** Raising it makes the last one in the queue wait longer, up to its caller's deadline. */
  readonly waitingMax: number;
}

/**
 * Whoever came last has the next turn, and every so many turns whoever waits longest. So what has begun is finished
 * before more is begun: of a hundred containers that are made and then started, the first runs when two turns
 * have passed, not when all hundred are made; and one who wants a single thing does not wait behind a hundred.
 * Raising it makes that quicker, and the longest wait longer: as many turns as this times those who wait.
 */
const oldestEvery = 4;

export class WorkQueue {
  #underWay = 0;
  #turns = 0;
  /** The oldest first. */
  readonly #waiting: (() => void)[] = [];

  /** `what` is what an error says there is too much of. */
  constructor(
    private readonly what: string,
    private readonly bounds: Bounds,
  ) {}

  /**
   * Works when it is its turn. Throws `resource_exhausted` when too many wait, and `cancelled`, without having
   * begun, when `isGone` says at its turn that nobody waits for it any more.
   */
  async run<T>(work: () => Promise<T>, isGone: () => boolean = () => false): Promise<T> {
    const id = currentRequestId();
    if (this.#underWay >= this.bounds.atOnceMax) {
      if (this.#waiting.length >= this.bounds.waitingMax) {
        const many = this.#underWay + this.#waiting.length;
        const message = `this host has ${many} ${this.what} under way or waiting already: try again in a moment`;
        throw new CopaError('resource_exhausted', message);
      }
      // Whoever ends hands its place over, so that nobody gets in between.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#underWay++;
    }
    try {
      if (isGone()) throw new CopaError('cancelled', 'given up before it had begun');
      return await carryingRequestId(id, work);
    } finally {
      const next = ++this.#turns % oldestEvery === 0 ? this.#waiting.shift() : this.#waiting.pop();
      if (next) next();
      else this.#underWay--;
    }
  }
}
