/** What earlier and present moves say about a container and about each other. */
import { hasEnded, type Expected } from '../model/migration.js';
import { expectedOf } from './measured-downtime.js';
import type { MigrationRepository } from './repository.js';

export class PastMoves {
  constructor(private readonly records: Pick<MigrationRepository, 'all'>) {}

  /** The parts of the next downtime of a container. */
  expected(container: string): Expected {
    return expectedOf(
      container,
      this.records.all().map(({ record }) => record),
    );
  }

  downtimeMs(container: string): number {
    const { shutdownMs, lastPassMs = 0, startMs } = this.expected(container);
    return shutdownMs + lastPassMs + startMs;
  }

  /** What became of a migration; `none`: it is not known. */
  outcome(id: string): 'running' | 'done' | 'failed' | 'none' {
    const known = this.records.all().find(({ record }) => record.id === id)?.record;
    if (!known) return 'none';
    if (!hasEnded(known.phase)) return 'running';
    return known.phase === 'done' ? 'done' : 'failed';
  }
}
