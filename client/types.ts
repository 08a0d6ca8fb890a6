/**
 * The shapes of the API by their names. All of them come from the OpenAPI document, by openapi-typescript: it
 * is made of the schemas that check requests, and is told to other languages too, so nothing is written twice.
 */
import type { components, operations } from './gen/openapi.js';

type Schemas = components['schemas'];

/** What is told is not the caller's to change. */
type Shape<Name extends keyof Schemas> = Immutable<Schemas[Name]>;
type Immutable<T> = T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T;

export type Container = Shape<'Container'>;
export type Pool = Shape<'Pool'>;
export type Overview = Shape<'Overview'>;
export type Information = Shape<'Information'>;
export type Migration = Shape<'Migration'>;
export type Preflight = Shape<'Preflight'>;
export type Load = Shape<'Load'>;
export type ContainerUsage = Shape<'ContainerUsage'>;
export type ApiToken = Shape<'ApiToken'>;
export type JoinToken = Shape<'JoinToken'>;
export type AuditEntry = Shape<'AuditEntry'>;
export type CaStatus = Shape<'ReadCaReply'>;
export type Readiness = Shape<'ReadReadinessReply'> | Shape<'ReadReadinessReply503'>;
/** What the event stream tells; `usage` only to who asks for it. */
export type CopaEvent = Shape<'Event'>;

/** What is done by POST, by noun: `container` knows `start`, `stop`, and so on. */
type Noun = 'Pool' | 'Container' | 'Token' | 'Ca';
type OperationsOf<N extends Noun> = Snake<
  keyof Schemas extends infer Name
    ? Name extends `${N}${infer Operation}Request`
      ? Operation
      : never
    : never
>;
export type PoolOperation = OperationsOf<'Pool'>;
export type ContainerOperation = OperationsOf<'Container'>;
export type TokenOperation = OperationsOf<'Token'>;
export type CaOperation = OperationsOf<'Ca'>;

/** What an operation takes, without those parameters that it only tolerates. */
export type Asked<N extends Noun, Operation extends string> = Told<Named<`${N}${Camel<Operation>}Request`>>;
/** What an operation answers. */
export type Answered<N extends Noun, Operation extends string> = Named<`${N}${Camel<Operation>}Reply`>;

/** The parameters of what is asked by GET. */
export type Query<Operation extends keyof operations> = Omit<
  NonNullable<operations[Operation]['parameters']['query']>,
  'operation'
>;
/** The answer to what is asked by GET. */
export type Reply<Name extends string> = Named<`${Name}Reply`>;

/** Where a container is. */
export type At = Pick<Schemas['ContainerStartRequest'], 'container_pool' | 'container_name'>;

type Named<Name extends string> = Name extends keyof Schemas ? Shape<Name> : never;

type Told<Request> = {
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
