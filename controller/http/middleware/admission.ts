/**
 * How many requests the controller serves at once. The limit of one host is in hosts/shared-reads.ts. What exceeds
 * a limit is refused at once, because an unbounded queue only makes every client wait.
 */
import { CopaError } from '../../../common/errors.js';

/** Raising it costs memory when hosts hang: some 20 KB for each request, and its answer. */
const requestsMax = 4096;

/** These requests last for hours. They are few, and have their own limit where they are served. */
const longLived: ReadonlySet<string> = new Set(['/REST/events', '/REST/events/']);

export class Admission {
  #count = 0;

  constructor(private readonly max = requestsMax) {}

  /**
   * Counts a request until `leave` is called, which the caller must do when this returns true. Returns false for
   * requests that are not counted: event streams, health and metrics. Throws `unavailable` at the limit.
   */
  enter(path: string): boolean {
    if (!path.startsWith('/REST') || longLived.has(path)) return false;
    if (this.#count >= this.max) {
      throw new CopaError(
        'unavailable',
        `the controller has ${this.max} requests under way already: try again in a moment`,
      );
    }
    this.#count++;
    return true;
  }

  leave(): void {
    this.#count--;
  }
}
