/**
 * How many requests the controller carries at once. What one pool may have of them is in hosts/shared-reads.ts;
 * what is past either is refused at once, since a queue without end only makes everyone late.
 */
import { CopaError } from '../../../common/errors.js';

/** Raising it costs memory when hosts hang: some 20 KB for each, and its answer. */
const requestsMax = 4096;

/** Who reads these stays for hours; they are few, and bounded where they are served. */
const longLived: ReadonlySet<string> = new Set(['/REST/events', '/REST/events/']);

export class Admission {
  #underWay = 0;

  constructor(private readonly max = requestsMax) {}

  /** Throws `unavailable` when there are too many already. Health and metrics are always answered. */
  async run(path: string, work: () => Promise<unknown>): Promise<void> {
    if (!path.startsWith('/REST') || longLived.has(path)) {
      await work();
      return;
    }
    if (!this.enter()) {
      const message = `the controller has ${this.max} requests under way already: try again in a moment`;
      throw new CopaError('unavailable', message);
    }
    try {
      await work();
    } finally {
      this.leave();
    }
  }

  /** One more request is under way, until `leave`; false when there are too many. */
  enter(): boolean {
    if (this.#underWay >= this.max) return false;
    this.#underWay++;
    return true;
  }

  leave(): void {
    this.#underWay--;
  }
}
