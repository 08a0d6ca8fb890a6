/**
 * The REST API as functions. The types come from the OpenAPI document (types.ts), so there is no list of
 * operations here: a new one is available as soon as the types are generated again.
 *
 * Each function throws a CopaError with the controller's message and a code. `isUnknownOutcome` is true for
 * the errors that do not say whether the operation took effect. This file runs in Node and in browsers.
 */
import {
  followEvents,
  readEvents,
  type EventsOptions,
  type StreamItem,
  type StreamOptions,
} from './events.js';
import { followUntil, type CallOptions, type FollowOptions } from './follow.js';
import { NetworkCalls } from './networks.js';
import { pageLimit, parametersOf, type Part } from './requests.js';
import { jsonOf, refusal, textOf, type Answer, type Parameters, type Transport } from './transport.js';
import type {
  CaOperation,
  CaStatus,
  ContainerOperation,
  ContainerParameters,
  ContainerRef,
  CopaEvent,
  Evacuation,
  EvacuationPlan,
  Information,
  Migration,
  NetworkPost,
  NetworkQuery,
  NetworkRead,
  NetworkReply,
  NetworkValues,
  BatchOperation,
  ImageOperation,
  OperationParameters,
  OperationReply,
  Overview,
  Placement,
  PolicyOperation,
  RebalanceOperation,
  PoolOperation,
  Preflight,
  Query,
  Readiness,
  Reply,
  TokenOperation,
} from './types.js';

export class Copa<Carrier extends Transport = Transport> extends NetworkCalls<Carrier> {
  /** Adds and removes pools. */
  pool<O extends PoolOperation>(
    operation: O,
    parameters: OperationParameters<'Pool', O>,
    options?: CallOptions,
  ): Promise<OperationReply<'Pool', O>> {
    return this.post<OperationReply<'Pool', O>>('pools', operation, parameters, options);
  }

  /** An operation on a container: `copa.container('start', { container_pool, container_name })`. */
  container<O extends ContainerOperation>(
    operation: O,
    parameters: OperationParameters<'Container', O>,
    options?: CallOptions,
  ): Promise<OperationReply<'Container', O>> {
    return this.post<OperationReply<'Container', O>>('container', operation, parameters, options);
  }

  /** The same for a container that is known by its reference. */
  operate<O extends ContainerOperation>(
    operation: O,
    ref: ContainerRef,
    parameters: Omit<OperationParameters<'Container', O>, keyof ContainerParameters>,
    options?: CallOptions,
  ): Promise<OperationReply<'Container', O>> {
    const all = { ...parametersOf(ref), ...parameters } as unknown as OperationParameters<'Container', O>;
    return this.container(operation, all, options);
  }

  /** Creates and revokes tokens; `create_join` creates one for a host. */
  token<O extends TokenOperation>(
    operation: O,
    parameters: OperationParameters<'Token', O>,
    options?: CallOptions,
  ): Promise<OperationReply<'Token', O>> {
    const name = operation === 'revoke' ? operation : 'create';
    return this.post<OperationReply<'Token', O>>('tokens', name, parameters, options);
  }

  /** Replaces the CA, and certifies hosts. */
  ca<O extends CaOperation>(
    operation: O,
    parameters: OperationParameters<'Ca', O>,
    options?: CallOptions,
  ): Promise<OperationReply<'Ca', O>> {
    return this.post<OperationReply<'Ca', O>>('ca', operation, parameters, options);
  }

  pools(query: Query<'listPools'> = {}, options?: CallOptions): Promise<Reply<'ListPools'>> {
    return this.get('pools', query, options);
  }

  /** Measurements of links, pools, stations and commands, and dashboards of them. */
  network<Name extends NetworkRead>(
    name: Name,
    query: NetworkQuery<Name>,
    options?: CallOptions,
  ): Promise<NetworkReply<Name>> {
    return this.get(`network/${name}`, { ...query }, options);
  }

  /** Stores a measurement, or changes the configuration. */
  async postNetwork<Name extends NetworkPost>(
    name: Name,
    values: NetworkValues<Name>,
    options?: CallOptions,
  ): Promise<void> {
    await this.call('POST', `network/${name}`, { ...options, json: values as Parameters });
  }

  /** Applies, pauses, resumes and deletes policies. */
  policy<O extends PolicyOperation>(
    operation: O,
    parameters: OperationParameters<'Policy', O>,
    options?: CallOptions,
  ): Promise<OperationReply<'Policy', O>> {
    return this.post<OperationReply<'Policy', O>>('policies', operation, parameters, options);
  }

  policies(options?: CallOptions): Promise<Reply<'ListPolicies'>> {
    return this.get('policies', {}, options);
  }

  /** Plans or makes moves that bring the load of the pools into balance. */
  rebalance<O extends RebalanceOperation>(
    operation: O,
    parameters: OperationParameters<'Rebalance', O>,
    options?: CallOptions,
  ): Promise<OperationReply<'Rebalance', O>> {
    return this.post<OperationReply<'Rebalance', O>>('rebalance', operation, parameters, options);
  }

  /** The last moves of rebalances. */
  rebalances(options?: CallOptions): Promise<Reply<'ReadRebalance'>> {
    return this.get('rebalance', {}, options);
  }

  /** One policy, with its decisions and what it would decide now. */
  readPolicy(name: string, options?: CallOptions): Promise<Reply<'ReadPolicy'>> {
    return this.get(`policies/${encodeURIComponent(name)}`, {}, options);
  }

  images(query: Query<'listImages'> = {}, options?: CallOptions): Promise<Reply<'ListImages'>> {
    return this.get('image', query, options);
  }

  /** One operation on many containers; the reply has an entry for each. */
  batch<O extends BatchOperation>(
    operation: O,
    parameters: OperationParameters<'Batch', O>,
    options?: CallOptions,
  ): Promise<OperationReply<'Batch', O>> {
    return this.post<OperationReply<'Batch', O>>('batch', operation, parameters, options);
  }

  /** Copies an image to a pool. */
  image<O extends ImageOperation>(
    operation: O,
    parameters: OperationParameters<'Image', O>,
    options?: CallOptions,
  ): Promise<OperationReply<'Image', O>> {
    return this.post<OperationReply<'Image', O>>('image', operation, parameters, options);
  }

  /** The names of a pool's containers. */
  containers(
    query: Pick<Query<'readContainers'>, 'container_pool' | 'limit' | 'after'>,
    options?: CallOptions,
  ): Promise<Reply<'ContainerListContainers'>> {
    return this.get('container', { operation: 'list_containers', ...query }, options);
  }

  information(at: ContainerParameters, options?: CallOptions): Promise<Information> {
    return this.get('container', { operation: 'information', ...at }, options);
  }

  /** The information of all containers of a pool, by name. */
  informationOfPool(
    pool: Pick<ContainerParameters, 'container_pool'>,
    options?: CallOptions,
  ): Promise<Readonly<Record<string, Information>>> {
    return this.get('container', { operation: 'information', ...pool }, options);
  }

  /** The pool that a new container would get, and why the others do not suit. */
  place(query: Query<'readContainers'>, options?: CallOptions): Promise<Placement> {
    return this.get('container', { operation: 'place', ...query }, options);
  }

  snapshots(at: ContainerParameters, options?: CallOptions): Promise<Reply<'ContainerListSnapshots'>> {
    return this.get('container', { operation: 'list_snapshots', ...at }, options);
  }

  consoleLog(at: ContainerParameters, options?: CallOptions): Promise<Reply<'ContainerConsoleLog'>> {
    return this.get('container', { operation: 'console_log', ...at }, options);
  }

  overview(query: Query<'readOverview'> = {}, options?: CallOptions): Promise<Overview> {
    return this.get('overview', query, options);
  }

  /**
   * A long list, page by page: `pages((part) => copa.pools(part))`. `limit` is the size of a page.
   */
  async *pages<Page extends { readonly next?: string | null }>(
    read: (part: Part) => Promise<Page>,
    limit = pageLimit,
  ): AsyncGenerator<Page> {
    for (let after: string | null | undefined; after !== null;) {
      const page: Page = await read({ limit, ...(after === undefined ? {} : { after }) });
      yield page;
      after = page.next ?? null;
    }
  }

  migrations(query: Query<'listMigrations'> = {}, options?: CallOptions): Promise<Reply<'ListMigrations'>> {
    return this.get('migrations', query, options);
  }

  migration(id: string, options?: CallOptions): Promise<Migration> {
    return this.get(`migrations/${encodeURIComponent(id)}`, {}, options);
  }

  /** Cancels: the container stays on its source. Throws `failed_precondition` when it is too late. */
  cancelMigration(id: string, options: CallOptions = {}): Promise<Migration> {
    return this.call('DELETE', `migrations/${encodeURIComponent(id)}`, options);
  }

  /**
   * Decides for one of the two copies, where the migration waits for a host that does not come back. Throws
   * `failed_precondition` when the migration goes on by itself, or when that cannot be decided in its phase.
   */
  resolveMigration(
    id: string,
    keep: 'source' | 'destination',
    options: CallOptions = {},
  ): Promise<Migration> {
    const json = { operation: 'resolve', keep };
    return this.call('POST', `migrations/${encodeURIComponent(id)}`, { ...options, json });
  }

  /** Checks whether a migration is possible; changes nothing. */
  preflight(
    order: Omit<OperationParameters<'Container', 'migrate'>, 'dry_run'>,
    options?: CallOptions,
  ): Promise<Preflight> {
    return this.post('container', 'migrate', { ...order, dry_run: true }, options);
  }

  /** Starts a migration, does not wait for its end, and returns its ID. */
  async beginMigration(
    order: Omit<OperationParameters<'Container', 'migrate'>, 'dry_run'>,
    options: CallOptions = {},
  ): Promise<string> {
    const json = { operation: 'migrate', ...order };
    const headers = { Prefer: 'respond-async' };
    return (await this.call<{ id: string }>('POST', 'container', { ...options, json, headers })).id;
  }

  /** The state of a migration, again and again until it has ended; the last one is its end. */
  followMigration(id: string, options?: FollowOptions): AsyncGenerator<Migration, void> {
    const read = (call: CallOptions) => this.migration(id, call);
    return followUntil(read, ({ state }) => state !== 'running', options);
  }

  /** What an evacuation would do, and what stands in its way; changes nothing. */
  planEvacuation(
    order: Omit<OperationParameters<'Pool', 'evacuate'>, 'dry_run'>,
    options?: CallOptions,
  ): Promise<EvacuationPlan> {
    return this.post('pools', 'evacuate', { ...order, dry_run: true }, options);
  }

  evacuations(options?: CallOptions): Promise<Reply<'ListEvacuations'>> {
    return this.get('evacuations', {}, options);
  }

  /** The last evacuation of a pool, and its return. */
  evacuation(pool: string, options?: CallOptions): Promise<Evacuation> {
    return this.get(`evacuations/${encodeURIComponent(pool)}`, {}, options);
  }

  /** Ends it early: what is not decided stays where it is. */
  cancelEvacuation(pool: string, options: CallOptions = {}): Promise<Evacuation> {
    return this.call('DELETE', `evacuations/${encodeURIComponent(pool)}`, options);
  }

  /** The state of an evacuation, or of its return, again and again until it has ended. */
  followEvacuation(pool: string, options?: FollowOptions): AsyncGenerator<Evacuation, void> {
    return followUntil(
      (call) => this.evacuation(pool, call),
      ({ running }) => !running,
      options,
    );
  }

  /**
   * Events as they occur, until the caller stops reading or `signal` aborts (which throws). When the
   * connection breaks, the client connects again and resumes; only the first connection has to succeed.
   */
  events(options: EventsOptions = {}): AsyncGenerator<CopaEvent, never> {
    return followEvents((...request) => this.#openEvents(...request), options);
  }

  /** One connection of the event stream: an empty list when it is open, then what arrives together. */
  eventStream(options: StreamOptions = {}): AsyncGenerator<readonly StreamItem[], void> {
    return readEvents((...request) => this.#openEvents(...request), options);
  }

  tokens(options?: CallOptions): Promise<Reply<'ListTokens'>> {
    return this.get('tokens', {}, options);
  }

  caStatus(options?: CallOptions): Promise<CaStatus> {
    return this.get('ca', {}, options);
  }

  history(query: Query<'readHistory'>, options?: CallOptions): Promise<Reply<'ReadHistory'>> {
    return this.get('history', query, options);
  }

  audit(query: Query<'readAudit'> = {}, options?: CallOptions): Promise<Reply<'ReadAudit'>> {
    return this.get('audit', query, options);
  }
  async health({ signal }: CallOptions = {}): Promise<Reply<'ReadHealth'>> {
    return (await jsonOf(await this.open('GET', 'healthz', { signal }))) as Reply<'ReadHealth'>;
  }

  /** Does not throw when the controller is not ready: then the reply has an `error`. */
  async readiness({ signal }: CallOptions = {}): Promise<Readiness> {
    const answer = await this.send('GET', 'readyz', { signal });
    const body = await jsonOf(answer);
    if (typeof body === 'object' && body !== null && 'checks' in body) return body as Readiness;
    throw refusal(this.transport.address, answer, body);
  }

  /** For Prometheus. */
  async metrics({ signal }: CallOptions = {}): Promise<string> {
    return textOf(await this.open('GET', 'metrics', { signal }));
  }

  /** The OpenAPI document. */
  async document({ signal }: CallOptions = {}): Promise<Readonly<Record<string, unknown>>> {
    return (await jsonOf(await this.open('GET', 'openapi.json', { signal }))) as Record<string, unknown>;
  }

  #openEvents(
    query: Parameters,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer> {
    return this.open('GET', 'REST/events', { query, headers, signal });
  }
}
