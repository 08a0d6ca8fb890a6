/**
 * Bounded work, first in, first out: some at a time, some more waiting, and the rest refused. A host that gets a
 * hundred changes at once finishes them sooner a few at a time, and keeps answering.
 *
 * This is not p-queue, which neither bounds its queue nor drops work whose caller has gone.
 */
import { CopaError } from '../errors.js';
import { carryingRequestId, currentRequestId } from '../observability/request-id.js';

interface Bounds {
  /** Raising it makes each one slower, and past what the processors can do, all of them. */
  readonly atOnceMax: number;
  /** Raising it makes the last one in the queue wait longer, up to its caller's deadline. */
  readonly waitingMax: number;
}

export class WorkQueue {
  #underWay = 0;
  /** The oldest first. */
  readonly #waiting: (() => void)[] = [];

  /** `what` names the work in errors, in the plural. */
  constructor(
    private readonly what: string,
    private readonly bounds: Bounds,
  ) {}

  /**
   * Runs `work` when its turn comes. Throws `resource_exhausted` when too many wait, and `cancelled`, without having
   * started it, when `isGone` returns true at that moment.
   */
  async run<T>(work: () => Promise<T>, isGone: () => boolean = () => false): Promise<T> {
    const id = currentRequestId();
    if (this.#underWay >= this.bounds.atOnceMax) {
      if (this.#waiting.length >= this.bounds.waitingMax) {
        const many = this.#underWay + this.#waiting.length;
        const message = `this host has ${many} ${this.what} under way or waiting already: try again in a moment`;
        throw new CopaError('resource_exhausted', message);
      }
      // Work that ends passes its place on, so that no newcomer overtakes.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#underWay++;
    }
    try {
      if (isGone()) throw new CopaError('cancelled', 'given up before it had begun');
      return await carryingRequestId(id, work);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#underWay--;
    }
  }
}
