/**
 * A bounded FIFO work queue: a limited number of tasks run, a limited number wait, and further ones are refused. A
 * host that gets a hundred changes at once finishes them sooner a few at a time, and remains responsive.
 *
 * This is not p-queue, which neither bounds its queue nor drops the tasks of callers that have disconnected.
 */
import { CopaError } from '../errors.js';
import { carryingRequestId, currentRequestId } from '../observability/request-id.js';

interface Bounds {
  /**
   * Limit on running tasks. Raising it makes each one slower, and above the capacity of the processors, all of them.
   */
  readonly atOnceMax: number;
  /** Limit on waiting tasks. Raising it makes the last one wait longer, up to its caller's deadline. */
  readonly waitingMax: number;
}

export class WorkQueue {
  #underWay = 0;
  /** Oldest first. */
  readonly #waiting: (() => void)[] = [];

  /** `what` names the tasks in errors, in the plural. */
  constructor(
    private readonly what: string,
    private readonly bounds: Bounds,
  ) {}

  /**
   * Runs a task after those before it. Throws `resource_exhausted` when too many wait. Throws `cancelled` without
   * starting the task when `isGone` returns true at that moment.
   */
  async run<T>(work: () => Promise<T>, isGone: () => boolean = () => false): Promise<T> {
    const id = currentRequestId();
    if (this.#underWay >= this.bounds.atOnceMax) {
      if (this.#waiting.length >= this.bounds.waitingMax) {
        const many = this.#underWay + this.#waiting.length;
        const message = `this host has ${many} ${this.what} under way or waiting already: try again in a moment`;
        throw new CopaError('resource_exhausted', message);
      }
      // A finished task passes its slot to the next waiter, so that no new task overtakes it.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#underWay++;
    }
    try {
      if (isGone()) throw new CopaError('cancelled', 'cancelled before it began');
      return await carryingRequestId(id, work);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#underWay--;
    }
  }
}
