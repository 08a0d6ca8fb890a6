/** The bytes and the rate of the pass in progress of each migration, in memory only. */
import type { LiveProgress } from './view.js';

/** The rate is the average over this time. A shorter time makes it jump, a longer one makes it lag. */
const windowMs = 5_000;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

export class Progress {
  readonly #samples = new Map<string, Sample[]>();

  constructor(private readonly now: () => number = Date.now) {}

  /** `bytes` counts from the beginning of the pass. A smaller number begins a new pass. */
  note(id: string, bytes: number): void {
    const at = this.now();
    const known = this.#samples.get(id) ?? [];
    const same = (known.at(-1)?.bytes ?? 0) <= bytes ? known : [];
    this.#samples.set(id, [...same.filter((sample) => at - sample.at < windowMs), { at, bytes }]);
  }

  of(id: string): LiveProgress | undefined {
    const samples = this.#samples.get(id);
    const [first, last] = [samples?.at(0), samples?.at(-1)];
    if (!first || !last) return undefined;
    const seconds = (this.now() - first.at) / 1000;
    return { bytes: last.bytes, rate: seconds > 0 ? (last.bytes - first.bytes) / seconds : 0 };
  }

  forget(id: string): void {
    this.#samples.delete(id);
  }
}
