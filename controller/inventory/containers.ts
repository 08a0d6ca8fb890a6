/** The containers of one pool, in the order of their names. Each is one text (container.ts), so all are one array. */
import { ContainerLine, lineStartOf } from '../model/container.js';

/** How many containers of each status there are, in all pools together. */
export class Statuses {
  readonly counts = new Map<string, number>();

  count(status: string, change: 1 | -1): void {
    const count = (this.counts.get(status) ?? 0) + change;
    if (count === 0) this.counts.delete(status);
    else this.counts.set(status, count);
  }
}

export class Containers {
  /** Sorted. */
  readonly #lines: string[] = [];

  constructor(private readonly statuses: Statuses) {}

  get size(): number {
    return this.#lines.length;
  }

  get(name: string): ContainerLine | undefined {
    return this.#find(name).found;
  }

  /** Takes the place of the one that has its name. */
  put(container: ContainerLine): void {
    const { place, found } = this.#find(container.name);
    if (found) this.statuses.count(found.status, -1);
    this.statuses.count(container.status, 1);
    if (found) this.#lines[place] = container.line;
    else this.#lines.splice(place, 0, container.line);
  }

  /** Whether there was one. */
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

  /** As they are now. */
  all(): readonly ContainerLine[] {
    return this.#lines.map((line) => new ContainerLine(line));
  }

  /** The one of a name, and its place among the others, or the place where it would be. */
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
    // Whole names, as a hostile agent may tell one that goes on as a line does.
    return { place: low, found: there?.name === name ? there : undefined };
  }
}
