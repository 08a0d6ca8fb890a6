/**
 * The containers of one pool, sorted by name. Each is stored as one string (container.ts), so all of them are one
 * array.
 */
import { ContainerLine, lineStartOf } from '../model/container.js';

/** The number of containers per status, in all pools together. */
export class Statuses {
  readonly counts = new Map<string, number>();

  count(status: string, change: 1 | -1): void {
    const count = (this.counts.get(status) ?? 0) + change;
    if (count === 0) this.counts.delete(status);
    else this.counts.set(status, count);
  }
}

export class Containers {
  /** Sorted by name. */
  readonly #lines: string[] = [];

  constructor(private readonly statuses: Statuses) {}

  get size(): number {
    return this.#lines.length;
  }

  get(name: string): ContainerLine | undefined {
    return this.#find(name).found;
  }

  /** Replaces the container with the same name. */
  put(container: ContainerLine): void {
    const { place, found } = this.#find(container.name);
    if (found) this.statuses.count(found.status, -1);
    this.statuses.count(container.status, 1);
    if (found) this.#lines[place] = container.line;
    else this.#lines.splice(place, 0, container.line);
  }

  /** Returns whether it existed. */
  delete(name: string): boolean {
    const { place, found } = this.#find(name);
    if (!found) return false;
    this.statuses.count(found.status, -1);
    this.#lines.splice(place, 1);
    return true;
  }

  clear(): void {
    for (const { status } of this.all()) this.statuses.count(status, -1);
    this.#lines.length = 0;
  }

  /** Those that carry the mark of a migration. */
  marked(): ContainerLine[] {
    return this.#lines.map((line) => new ContainerLine(line)).filter(({ isMarked }) => isMarked);
  }

  /** A copy of the current containers. */
  all(): readonly ContainerLine[] {
    return this.#lines.map((line) => new ContainerLine(line));
  }

  /** The container of a name and its index, or the index where it would be inserted. */
  #find(name: string): { readonly place: number; readonly found: ContainerLine | undefined } {
    const start = lineStartOf(name);
    let [low, high] = [0, this.#lines.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#lines[middle] ?? '') < start) low = middle + 1;
      else high = middle;
    }
    const line = this.#lines[low];
    const there = line === undefined ? undefined : new ContainerLine(line);
    // Compares whole names, because a hostile agent may send a name that continues like a line.
    return { place: low, found: there?.name === name ? there : undefined };
  }
}
