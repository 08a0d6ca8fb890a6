// Containers that are moved to and fro all the time, each by a client of its own.
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '../../../client/index.js';
import type { Host } from '../../../deploy/lab/host.js';
import { contradictionsByKey, describeContradiction } from '../../linearizability/checker.js';
import { migrationModel, type MigrationInput, type MigrationOutput } from '../../linearizability/models.js';
import { Recorder } from '../../linearizability/recorder.js';
import type { Random } from '../random.js';
import type { Ledger } from './ledger.js';

const pollMs = 700;

export class Moves {
  readonly #recorder = new Recorder<MigrationInput, MigrationOutput>();
  /** The migrations that were acknowledged. */
  readonly begun = new Set<string>();
  /** Orders whose outcome is unknown. */
  unknown = 0;
  #ended = false;
  readonly #running: Promise<unknown>;

  constructor(
    clients: readonly Connection[],
    readonly containers: readonly string[],
    private readonly about: {
      readonly hosts: readonly Host[];
      readonly random: Random;
      readonly ledger: Ledger;
    },
  ) {
    this.#running = Promise.all(
      containers.map((name, at) => this.#run(clients[at % clients.length] as Connection, name)),
    );
  }

  get size(): number {
    return this.#recorder.history.length;
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#running;
  }

  contradictions(): string[] {
    const found = contradictionsByKey(migrationModel, this.#recorder.history, ({ key }) => key);
    return [...found].map(([key, each]) => `${key}: ${describeContradiction(each)}`);
  }

  async #run(copa: Connection, name: string): Promise<void> {
    const { random, ledger } = this.about;
    while (!this.#ended) {
      await pause(random.between(500, 3_000));
      const source = await this.#poolOf(copa, name);
      const destination = this.about.hosts.find((host) => host.name !== source)?.name;
      if (source === undefined || destination === undefined) continue;
      const id = await this.#begin(copa, { name, source, destination });
      if (id !== undefined) await this.#follow(copa, name, id);
    }
    ledger.count('movers ended');
  }

  /** Where it is when nothing moves it; undefined when that cannot be said at the moment. */
  async #poolOf(copa: Connection, name: string): Promise<string | undefined> {
    try {
      const open = (await copa.migrations({ limit: 100 })).migrations;
      if (open.some((each) => each.container === name && each.state === 'running')) return undefined;
      for (const host of this.about.hosts) {
        const { containers } = await copa.containers({ container_pool: host.name });
        if (containers.includes(name)) return host.name;
      }
    } catch {
      this.about.ledger.count('where unknown');
    }
    return undefined;
  }

  async #begin(
    copa: Connection,
    { name, source, destination }: { name: string; source: string; destination: string },
  ): Promise<string | undefined> {
    const order = { container_pool: source, container_name: name, destination_pool: destination };
    let id: string | undefined;
    const outcome = await this.about.ledger.change(`move of ${name}`, async () => {
      const signal = AbortSignal.timeout(60_000);
      let failure: Error | undefined;
      id = await this.#recorder.run<string>(
        name,
        (made) => [{ key: made, do: 'begin' }],
        () =>
          copa.beginMigration(order, { signal }).catch((error: unknown) => {
            failure = error as Error;
            throw error;
          }),
        { of: () => ({ state: 'running' }) },
      );
      if (id === undefined && failure) throw failure;
    });
    if (outcome === 'open') this.unknown++;
    if (id !== undefined) this.begun.add(id);
    return id;
  }

  async #follow(copa: Connection, name: string, key: string): Promise<void> {
    const { random, ledger } = this.about;
    const isCancelled = random.next() < 0.1;
    const cancelAt = performance.now() + random.between(0, 4_000);
    let hasCancelled = false;
    for (let state = 'running'; state === 'running' && !this.#ended;) {
      await pause(pollMs);
      try {
        if (isCancelled && !hasCancelled && performance.now() > cancelAt) {
          hasCancelled = true;
          await this.#recorder.run(name, [{ key, do: 'cancel' }], () => copa.cancelMigration(key), {
            of: (each) => ({ state: each.state }),
            refused: (code) => (code === 'failed_precondition' ? 'refused' : undefined),
          });
        }
        const read = await this.#recorder.run(name, [{ key, do: 'read' }], () => copa.migration(key), {
          of: (each) => ({ state: each.state }),
          refused: (code) => (code === 'not_found' ? code : undefined),
        });
        state = read?.state ?? state;
        if (read && state !== 'running') ledger.count(`migration ${state}`);
      } catch (error) {
        ledger.problem(`migration ${key} of ${name}: ${String(error)}`);
      }
    }
  }
}
