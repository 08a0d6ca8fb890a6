/**
 * Which posts of measured values have a line in the audit log: the first one of a token, path and pool in each hour.
 * Programs post every second, and would displace what people did.
 */
import type { AuditEntry } from './audit-log.js';

const everyMs = 3_600_000;
/** The limit on memory. Beyond it the oldest is forgotten, so its next post has a line again. */
const rememberedMax = 1_000;

export class AuditedSamples {
  readonly #lastMs = new Map<string, number>();

  constructor(private readonly now: () => number = Date.now) {}

  /** Whether this post, which was accepted, has a line. */
  isDue({ who, path, parameters }: Pick<AuditEntry, 'who' | 'path' | 'parameters'>): boolean {
    const { locus, locus1, locus2 } = parameters;
    const key = JSON.stringify([who, path, locus, locus1, locus2]);
    const last = this.#lastMs.get(key);
    if (last !== undefined && this.now() - last < everyMs) return false;
    this.#lastMs.delete(key);
    this.#lastMs.set(key, this.now());
    for (const oldest of this.#lastMs.keys()) {
      if (this.#lastMs.size <= rememberedMax) break;
      this.#lastMs.delete(oldest);
    }
    return true;
  }
}
