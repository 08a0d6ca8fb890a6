/** What the page reads of the controller's answers and events: the shapes of the typed client, as the page calls them. */
export type {
  Container as WireContainer,
  ContainerUsage as WireContainerUsage,
  CopaEvent as WireEvent,
  Load as WireLoad,
  Migration as WireMigration,
  Overview as WireOverview,
  Pool as WirePool,
  Preflight as WirePreflight,
} from '../../client/types.js';
import type { Migration, Pool } from '../../client/types.js';

export type PoolState = Pool['state'];
export type WirePass = Migration['passes'][number];
