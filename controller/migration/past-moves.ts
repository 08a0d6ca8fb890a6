/** What earlier and present moves say about a container and about each other. */
import { hasEnded, type Expected, type MigrationRecord } from '../model/migration.js';
import { expectedOf } from './measured-downtime.js';
import type { MigrationRepository } from './repository.js';

type ByContainer = ReadonlyMap<string, readonly MigrationRecord[]>;

export class PastMoves {
  /** Undefined after a change: plans of evacuations ask for thousands of containers in a row. */
  #byContainer: ByContainer | undefined;

  constructor(private readonly records: Pick<MigrationRepository, 'all' | 'find' | 'onChange'>) {
    records.onChange(() => (this.#byContainer = undefined));
  }

  /** The parts of the next downtime of a container. */
  expected(container: string): Expected {
    this.#byContainer ??= byContainer(this.records.all().map(({ record }) => record));
    return expectedOf(container, this.#byContainer.get(container) ?? []);
  }

  downtimeMs(container: string): number {
    const { shutdownMs, lastPassMs = 0, startMs } = this.expected(container);
    return shutdownMs + lastPassMs + startMs;
  }

  /** What became of a migration; `none`: it is not known. */
  outcome(id: string): 'running' | 'done' | 'failed' | 'none' {
    const known = this.records.find(id);
    if (!known) return 'none';
    if (!hasEnded(known.phase)) return 'running';
    return known.phase === 'done' ? 'done' : 'failed';
  }
}

/** Under each name that the container had. */
function byContainer(records: readonly MigrationRecord[]): ByContainer {
  const all = new Map<string, MigrationRecord[]>();
  for (const record of records) {
    for (const name of new Set([record.container, record.options.newName ?? record.container])) {
      const known = all.get(name);
      if (known) known.push(record);
      else all.set(name, [record]);
    }
  }
  return all;
}
