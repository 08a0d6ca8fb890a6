/**
 * The containers of one pool, sorted by name. Each is stored as one string (container.ts), so all of them are one
 * array.
 */
import { ContainerLine, lineStartOf, type ContainerInterface } from '../model/container.js';

/** The number of containers per status, in all pools together. */
export class Statuses {
  readonly counts = new Map<string, number>();

  count(status: string, change: 1 | -1): void {
    const count = (this.counts.get(status) ?? 0) + change;
    if (count === 0) this.counts.delete(status);
    else this.counts.set(status, count);
  }
}

/** A container with rules of its placement. */
type Ruled = Pick<ContainerLine, 'name' | 'labels' | 'rules'>;

export class Containers {
  /** Sorted by name. */
  readonly #lines: string[] = [];

  /** How many containers have a label, by `NAME=VALUE`: placement counts them on thousands of hosts. */
  readonly #labelled = new Map<string, number>();

  /** Those with rules of their placement, by name. They are few, and placement asks each of them. */
  readonly #ruled = new Map<string, Ruled>();

  /** The interfaces on networks over several hosts, of the few containers that have some, by name. */
  readonly #interfaces = new Map<string, readonly ContainerInterface[]>();

  #attachedChanges = 0;

  constructor(private readonly statuses: Statuses) {}

  /** Grows with each change of a container that has such interfaces, or had some. */
  get attachedChanges(): number {
    return this.#attachedChanges;
  }

  get interfaces(): ReadonlyMap<string, readonly ContainerInterface[]> {
    return this.#interfaces;
  }

  /** The containers that have rules of their placement. */
  ruled(): Iterable<Ruled> {
    return this.#ruled.values();
  }

  /** The number of containers with this label. */
  labelled(name: string, value: string): number {
    return this.#labelled.get(`${name}=${value}`) ?? 0;
  }

  get size(): number {
    return this.#lines.length;
  }

  get(name: string): ContainerLine | undefined {
    return this.#find(name).found;
  }

  /** Replaces the container with the same name. */
  put(container: ContainerLine): void {
    const { place, found } = this.#find(container.name);
    if (found) this.#count(found, -1);
    this.#count(container, 1);
    if (found) this.#lines[place] = container.line;
    else this.#lines.splice(place, 0, container.line);
  }

  /** Returns whether it existed. */
  delete(name: string): boolean {
    const { place, found } = this.#find(name);
    if (!found) return false;
    this.#count(found, -1);
    this.#lines.splice(place, 1);
    return true;
  }

  clear(): void {
    for (const container of this.all()) this.#count(container, -1);
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

  #count(container: ContainerLine, change: 1 | -1): void {
    this.statuses.count(container.status, change);
    const { name: own } = container;
    const { labels, rules, interfaces } = container.counted;
    if (change === 1 && Object.keys(rules).length > 0) this.#ruled.set(own, { name: own, labels, rules });
    else this.#ruled.delete(own);
    if (interfaces.length > 0) this.#attachedChanges++;
    if (change === 1 && interfaces.length > 0) this.#interfaces.set(own, interfaces);
    else this.#interfaces.delete(own);
    for (const [name, value] of Object.entries(labels)) {
      const label = `${name}=${value}`;
      const count = (this.#labelled.get(label) ?? 0) + change;
      if (count === 0) this.#labelled.delete(label);
      else this.#labelled.set(label, count);
    }
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
