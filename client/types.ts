/**
 * The types of the API by name. openapi-typescript generates all of them from the OpenAPI document, which the
 * controller makes from the schemas that validate requests, so nothing is written twice.
 */
import type { components, operations, paths } from './gen/openapi.js';

type Schemas = components['schemas'];

/** Replies are read-only. */
type Shape<Name extends keyof Schemas> = Immutable<Schemas[Name]>;
type Immutable<T> = T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T;

export type Container = Shape<'Container'>;
export type Pool = Shape<'Pool'>;
export type Overview = Shape<'Overview'>;
export type Information = Shape<'Information'>;
export type Migration = Shape<'Migration'>;
export type Preflight = Shape<'Preflight'>;
export type Placement = Shape<'Placement'>;
export type Evacuation = Shape<'Evacuation'>;
export type EvacuationPlan = Shape<'EvacuationPlan'>;
export type Load = Shape<'Load'>;
export type ContainerUsage = Shape<'ContainerUsage'>;
export type ApiToken = Shape<'ApiToken'>;
export type JoinToken = Shape<'JoinToken'>;
export type AuditEntry = Shape<'AuditEntry'>;
export type RebalanceMove = Shape<'RebalanceMove'>;
export type ProposedMove = Shape<'ProposedMove'>;
export type HistoryRow = Shape<'HistoryRow'>;
export type Network = Shape<'Network'>;
export type PublishedPort = Shape<'PublishedPort'>;
export type Policy = Shape<'Policy'>;
export type PolicyDecision = Shape<'PolicyDecision'>;
export type CaStatus = Shape<'ReadCaReply'>;
export type Readiness = Shape<'ReadReadinessReply'> | Shape<'ReadReadinessReply503'>;
/** An event of the stream; `usage` events come only where they are requested. */
export type CopaEvent = Shape<'Event'>;

/** Operations by POST, by noun: `container` has `start`, `stop`, and so on. */
type Noun =
  | 'Pool'
  | 'Container'
  | 'Batch'
  | 'Image'
  | 'Network'
  | 'Port'
  | 'Policy'
  | 'Rebalance'
  | 'Token'
  | 'Ca'
  | 'Backup'
  | 'Controller';
type OperationsOf<N extends Noun> = Snake<
  keyof Schemas extends infer Name
    ? Name extends `${N}${infer Operation}Request`
      ? Operation
      : never
    : never
>;
export type PoolOperation = OperationsOf<'Pool'>;
export type ContainerOperation = OperationsOf<'Container'>;
export type BatchOperation = OperationsOf<'Batch'>;
export type ImageOperation = OperationsOf<'Image'>;
export type NetworkOperation = OperationsOf<'Network'>;
export type PortOperation = OperationsOf<'Port'>;
export type PolicyOperation = OperationsOf<'Policy'>;
export type RebalanceOperation = OperationsOf<'Rebalance'>;
export type TokenOperation = OperationsOf<'Token'>;
export type CaOperation = OperationsOf<'Ca'>;
export type BackupOperation = OperationsOf<'Backup'>;
export type ControllerOperation = OperationsOf<'Controller'>;

/** The parameters of an operation, without those that it accepts and ignores. */
export type OperationParameters<N extends Noun, Operation extends string> = Known<
  Named<`${N}${Camel<Operation>}Request`>
>;
/** The reply to an operation. */
export type OperationReply<N extends Noun, Operation extends string> = Named<`${N}${Camel<Operation>}Reply`>;

/** The parameters of a GET request. */
export type Query<Operation extends keyof operations> = Omit<
  NonNullable<operations[Operation]['parameters']['query']>,
  'operation'
>;
/** The reply to a GET request. */
export type Reply<Name extends string> = Named<`${Name}Reply`>;

type NetworkPaths = {
  [Path in keyof paths as Path extends `/REST/network/${infer Name}` ? Name : never]: paths[Path];
};
/** What `/REST/network/` has measurements of, and its dashboards. */
export type NetworkRead = keyof NetworkPaths;
export type NetworkQuery<Name extends NetworkRead> = NetworkPaths[Name]['get']['parameters'] extends {
  query: infer Query extends object;
}
  ? Query
  : Readonly<Record<string, never>>;
export type NetworkReply<Name extends NetworkRead> = Immutable<
  NetworkPaths[Name]['get']['responses'][200]['content']['application/json']
>;
/** What programs post there. */
export type NetworkPost = {
  [Name in NetworkRead]: NetworkPaths[Name] extends { post: { requestBody: object } } ? Name : never;
}[NetworkRead];
export type NetworkValues<Name extends NetworkPost> = NetworkPaths[Name] extends {
  post: { requestBody: { content: { 'application/json': infer Values extends object } } };
}
  ? Values
  : never;

/** A container on its pool. */
export interface ContainerRef {
  readonly pool: string;
  readonly name: string;
}

/** The same, as parameters of the API. */
export type ContainerParameters = Pick<Schemas['ContainerStartRequest'], 'container_pool' | 'container_name'>;

type Named<Name extends string> = Name extends keyof Schemas ? Shape<Name> : never;

type Known<Request> = {
  [
    Name in keyof Request as Name extends 'operation' ? never : unknown extends Request[Name] ? never : Name
  ]: Request[Name];
};

type Camel<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Capitalize<Head>}${Camel<Tail>}`
  : Capitalize<Text>;

/** `DeleteSnapshot` is `delete_snapshot`. */
type Snake<Text extends string> = Text extends `${infer Head}${infer Tail}`
  ? `${Lowercase<Head>}${SnakeTail<Tail>}`
  : Text;
type SnakeTail<Text extends string> = Text extends `${infer Head}${infer Tail}`
  ? Head extends Lowercase<Head>
    ? `${Head}${SnakeTail<Tail>}`
    : `_${Lowercase<Head>}${SnakeTail<Tail>}`
  : Text;
