/** What can happen in a fleet, in the words of the REST API. */
import type { MigrationView } from '../migration/view.js';
import type { ContainerChange, LiveContainer } from './container.js';

export type FleetEvent =
  | { readonly type: 'pool.added'; readonly pool: string; readonly ip: string }
  | { readonly type: 'pool.removed'; readonly pool: string }
  | {
      readonly type: 'pool.up';
      readonly pool: string;
      readonly daemon: string | null;
      readonly daemon_version: string | null;
    }
  | { readonly type: 'pool.down'; readonly pool: string; readonly reason: string }
  | {
      readonly type: `container.${ContainerChange}`;
      readonly pool: string;
      readonly container: LiveContainer;
    }
  | {
      readonly type: 'container.renamed';
      readonly pool: string;
      readonly container: LiveContainer;
      readonly old_name: string;
    }
  | {
      readonly type: 'container.deleted';
      readonly pool: string;
      readonly container: Pick<LiveContainer, 'name'>;
    }
  | {
      readonly type: 'container.moved';
      readonly container: string;
      readonly source: string;
      readonly destination: string;
      readonly migration: string;
    }
  | { readonly type: 'migration.phase' | 'migration.progress'; readonly migration: MigrationView };

/** The pools that an event is about. */
export function poolsOf(event: FleetEvent): readonly string[] {
  if ('pool' in event) return [event.pool];
  const { source, destination } = event.type === 'container.moved' ? event : event.migration;
  return [source, destination];
}
