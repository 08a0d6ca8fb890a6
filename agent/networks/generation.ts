/** Which of the controllers' messages is the newest: several of them send what a host is to have. */

/**
 * Controllers send what they want at least once a minute. When nobody has sent the newest generation for so long, etcd was
 * restored to an earlier revision, and a lower one is the newest.
 */
const generationMs = 150_000;

export class Generation {
  #newest = 0;
  #atMs = 0;

  get newest(): number {
    return this.#newest;
  }

  /** False for a message that is older than one before. */
  isDue(generation: number, nowMs: number): boolean {
    return generation >= this.#newest || nowMs - this.#atMs >= generationMs;
  }

  /** This host has it now. */
  note(generation: number, nowMs: number): void {
    this.#newest = generation;
    this.#atMs = nowMs;
  }

  /** Both at once, for what is always sent as a whole. */
  accept(generation: number, nowMs: number): boolean {
    if (!this.isDue(generation, nowMs)) return false;
    this.note(generation, nowMs);
    return true;
  }
}
