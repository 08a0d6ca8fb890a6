// A continuous observer from outside: what runs according to the kernel, what the daemons report, and the value of
// each container's counter. It records forbidden states.
import { setTimeout as pause } from 'node:timers/promises';
import type { Host } from '../../deploy/lab/host.js';
import { counterOf, listContainers } from './subject.js';

const lookEveryMs = 100;

/** Daemons are called less often: listing everything is expensive. */
const askEveryMs = 3_000;
const answerWithinMs = 5_000;

export class Witness {
  readonly #problems = new Map<string, Set<string>>();
  readonly #counters = new Map<string, number>();
  readonly #seen = new Set<string>();
  #watching = true;
  readonly #ended: Promise<unknown>;

  constructor(private readonly hosts: readonly Host[]) {
    this.#ended = Promise.all([
      this.#everyMs(lookEveryMs, () => this.#look()),
      this.#everyMs(askEveryMs, () => this.#ask()),
    ]);
  }

  async end(): Promise<void> {
    this.#watching = false;
    await this.#ended;
  }

  problemsOf(container: string): string[] {
    return [...(this.#problems.get(container) ?? [])];
  }

  counterOf(container: string): number {
    return this.#counters.get(container) ?? 0;
  }

  /** Whether it was ever seen running there. */
  hasRun(container: string, host: Host): boolean {
    return this.#seen.has(`${container} ${host.name}`);
  }

  #look(): Promise<void> {
    const running = this.hosts.map((host) => ({ host, names: new Set(host.runningContainers()) }));
    for (const { host, names } of running) {
      for (const name of names) {
        this.#seen.add(`${name} ${host.name}`);
        const others = running.filter((each) => each.host !== host && each.names.has(name));
        // Hosts are read one after the other. Only containers that are still there now were there at the same time.
        if (others.length > 0 && host.runningContainers().includes(name)) {
          this.#note(
            name,
            `ran on ${[host, ...others.map((each) => each.host)]
              .map((each) => each.name)
              .sort()
              .join(' and ')} at once`,
          );
        }
        this.#count(host, name);
      }
    }
    return Promise.resolve();
  }

  #count(host: Host, name: string): void {
    const now = counterOf(host, name);
    if (now === undefined) return;
    const before = this.counterOf(name);
    if (now < before) this.#note(name, `its counter went back from ${before} to ${now} on ${host.name}`);
    this.#counters.set(name, Math.max(now, before));
  }

  async #ask(): Promise<void> {
    const suspects = await this.#toldTwice();
    if (suspects.length === 0) return;
    // Reports a container only once that moved between the two reads.
    const again = await this.#toldTwice();
    for (const name of suspects) if (again.includes(name)) this.#note(name, 'two daemons said that it runs');
  }

  /** The containers that more than one daemon reports as running now. A dead daemon reports nothing. */
  async #toldTwice(): Promise<string[]> {
    const told = await Promise.all(
      this.hosts.map((host) =>
        listContainers(host, answerWithinMs).then(
          (all) => all.filter(({ status }) => status === 'Running').map(({ name }) => name),
          () => [],
        ),
      ),
    );
    const all = told.flat();
    return all.filter((each, at) => all.indexOf(each) !== at);
  }

  #note(container: string, problem: string): void {
    const known = this.#problems.get(container) ?? new Set();
    this.#problems.set(container, known.add(problem));
  }

  async #everyMs(ms: number, work: () => Promise<void>): Promise<void> {
    while (this.#watching) {
      await work();
      await pause(ms);
    }
  }
}
