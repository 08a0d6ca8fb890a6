/** The types of the client under the names that the page uses. */
export type {
  ContainerOperation,
  ContainerRef,
  OperationParameters,
  ContainerParameters,
  Container as WireContainer,
  ContainerUsage as WireContainerUsage,
  CopaEvent as WireEvent,
  Evacuation as WireEvacuation,
  EvacuationPlan as WireEvacuationPlan,
  HistoryRow as WireHistoryRow,
  Load as WireLoad,
  Migration as WireMigration,
  Network as WireNetwork,
  Overview as WireOverview,
  Policy as WirePolicy,
  PolicyDecision as WireDecision,
  RebalanceMove as WireRebalanceMove,
  Placement as WirePlacement,
  Pool as WirePool,
  Preflight as WirePreflight,
} from '../../client/browser.js';
import type { Evacuation, Migration, NetworkReply, Pool, Reply } from '../../client/browser.js';

export type PoolState = Pool['state'];
/** What switches the built-in policies. */
export type WireDelegation = NetworkReply<'configuration'>['configuration'][number];
export type WirePort = Reply<'ListPorts'>['ports'][number];
export type WirePolicyDetails = Reply<'ReadPolicy'>;
export type WirePass = Migration['passes'][number];
/** An evacuation without its containers, as the event of it has it. */
export type EvacuationSummary = Omit<Evacuation, 'containers' | 'success'>;
