/**
 * The REST API as functions. What an operation takes and answers is the OpenAPI document's word (types.ts), so
 * there is no list of operations here: a new one is known as soon as the types are made anew.
 *
 * Each function throws a CopaError with the controller's own message and a code that tells failures apart;
 * `isUnknownOutcome` tells those that do not say whether the thing was done.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isUnknownOutcome } from '../common/errors.js';
import { followEvents, type EventsWanted } from './events.js';
import { jsonOf, refusal, textOf, type Answer, type Parameters, type Transport } from './transport.js';
import type {
  Answered,
  Asked,
  At,
  CaOperation,
  CaStatus,
  ContainerOperation,
  CopaEvent,
  Information,
  Migration,
  Overview,
  PoolOperation,
  Preflight,
  Query,
  Readiness,
  Reply,
  TokenOperation,
} from './types.js';

export interface Sending {
  readonly signal?: AbortSignal | undefined;
}

export interface Following extends Sending {
  /** How often it is asked. */
  readonly pollMs?: number;
  /** How long a controller that does not answer is asked again: it may be restarting, and the move goes on. */
  readonly silenceMsMax?: number;
}

/** A part of a long list. */
interface Part {
  readonly limit: number;
  readonly after?: string;
}

/** As many as one answer may hold. */
const pageLimit = 1000;

export class Copa<Carrier extends Transport = Transport> {
  constructor(readonly transport: Carrier) {}

  /** Adds and removes pools. */
  pool<O extends PoolOperation>(operation: O, parameters: Asked<'Pool', O>, sending?: Sending) {
    return this.#post<Answered<'Pool', O>>('pools', operation, parameters, sending);
  }

  /** Does something with a container: `copa.container('start', { container_pool, container_name })`. */
  container<O extends ContainerOperation>(
    operation: O,
    parameters: Asked<'Container', O>,
    sending?: Sending,
  ) {
    return this.#post<Answered<'Container', O>>('container', operation, parameters, sending);
  }

  /** Makes and revokes tokens; `create_join` makes one for a host. */
  token<O extends TokenOperation>(operation: O, parameters: Asked<'Token', O>, sending?: Sending) {
    const name = operation === 'revoke' ? operation : 'create';
    return this.#post<Answered<'Token', O>>('tokens', name, parameters, sending);
  }

  /** Replaces the CA, and certifies hosts. */
  ca<O extends CaOperation>(operation: O, parameters: Asked<'Ca', O>, sending?: Sending) {
    return this.#post<Answered<'Ca', O>>('ca', operation, parameters, sending);
  }

  pools(query: Query<'listPools'> = {}, sending?: Sending): Promise<Reply<'ListPools'>> {
    return this.#get('pools', query, sending);
  }

  images(query: Query<'listImages'> = {}, sending?: Sending): Promise<Reply<'ListImages'>> {
    return this.#get('image', query, sending);
  }

  /** The names of a pool's containers. */
  containers(
    query: Pick<Query<'readContainers'>, 'container_pool' | 'limit' | 'after'>,
    sending?: Sending,
  ): Promise<Reply<'ContainerListContainers'>> {
    return this.#get('container', { operation: 'list_containers', ...query }, sending);
  }

  information(at: At, sending?: Sending): Promise<Information> {
    return this.#get('container', { operation: 'information', ...at }, sending);
  }

  /** Of all containers of a pool, by name. */
  informationOfPool(
    pool: Pick<At, 'container_pool'>,
    sending?: Sending,
  ): Promise<Readonly<Record<string, Information>>> {
    return this.#get('container', { operation: 'information', ...pool }, sending);
  }

  snapshots(at: At, sending?: Sending): Promise<Reply<'ContainerListSnapshots'>> {
    return this.#get('container', { operation: 'list_snapshots', ...at }, sending);
  }

  consoleLog(at: At, sending?: Sending): Promise<Reply<'ContainerConsoleLog'>> {
    return this.#get('container', { operation: 'console_log', ...at }, sending);
  }

  overview(query: Query<'readOverview'> = {}, sending?: Sending): Promise<Overview> {
    return this.#get('overview', query, sending);
  }

  /**
   * A long list page by page: `pages((part) => copa.pools(part))`. `limit` is how many a page has at most.
   */
  async *pages<Page extends { readonly next?: string | null }>(
    ask: (part: Part) => Promise<Page>,
    limit = pageLimit,
  ): AsyncGenerator<Page> {
    for (let after: string | null | undefined; after !== null;) {
      const page: Page = await ask({ limit, ...(after === undefined ? {} : { after }) });
      yield page;
      after = page.next ?? null;
    }
  }

  migrations(query: Query<'listMigrations'> = {}, sending?: Sending): Promise<Reply<'ListMigrations'>> {
    return this.#get('migrations', query, sending);
  }

  migration(id: string, sending?: Sending): Promise<Migration> {
    return this.#get(`migrations/${encodeURIComponent(id)}`, {}, sending);
  }

  /** Everything goes back as it was. Throws `failed_precondition` when it is too late for that. */
  cancelMigration(id: string, sending: Sending = {}): Promise<Migration> {
    return this.#call('DELETE', `migrations/${encodeURIComponent(id)}`, sending);
  }

  /** What stands in the way of a move; changes nothing. */
  preflight(order: Omit<Asked<'Container', 'migrate'>, 'dry_run'>, sending?: Sending): Promise<Preflight> {
    return this.#post('container', 'migrate', { ...order, dry_run: true }, sending);
  }

  /** Begins a move and does not wait for its end; returns its ID. */
  async beginMigration(
    order: Omit<Asked<'Container', 'migrate'>, 'dry_run'>,
    sending: Sending = {},
  ): Promise<string> {
    const json = { operation: 'migrate', ...order };
    const headers = { Prefer: 'respond-async' };
    return (await this.#call<{ id: string }>('POST', 'container', { ...sending, json, headers })).id;
  }

  /** How a migration goes, each time that it was looked at, until it has ended; the last one is its end. */
  async *followMigration(
    id: string,
    { pollMs = 300, silenceMsMax = 30_000, signal }: Following = {},
  ): AsyncGenerator<Migration, void> {
    let answeredAt = Date.now();
    let known: Migration | undefined;
    for (;;) {
      try {
        known = await this.migration(id, { signal });
        answeredAt = Date.now();
      } catch (error) {
        if (!isUnknownOutcome(error) || Date.now() - answeredAt > silenceMsMax) throw error;
      }
      if (known) yield known;
      if (known && known.state !== 'running') return;
      await delay(pollMs, undefined, { signal });
    }
  }

  /**
   * What happens, as it happens, for as long as one listens (or until `signal` aborts, which throws). When the
   * connection breaks it is made again, and goes on where it broke; only the first one has to succeed.
   */
  events(wanted: EventsWanted = {}): AsyncGenerator<CopaEvent, never> {
    return followEvents(
      async (query, headers, signal) => this.#open('GET', 'REST/events', { query, headers, signal }),
      wanted,
    );
  }

  tokens(sending?: Sending): Promise<Reply<'ListTokens'>> {
    return this.#get('tokens', {}, sending);
  }

  caStatus(sending?: Sending): Promise<CaStatus> {
    return this.#get('ca', {}, sending);
  }

  audit(query: Query<'readAudit'> = {}, sending?: Sending): Promise<Reply<'ReadAudit'>> {
    return this.#get('audit', query, sending);
  }

  async health({ signal }: Sending = {}): Promise<Reply<'ReadHealth'>> {
    return (await jsonOf(await this.#open('GET', 'healthz', { signal }))) as Reply<'ReadHealth'>;
  }

  /** Also when it is not ready: then there is an `error`. */
  async readiness({ signal }: Sending = {}): Promise<Readiness> {
    const answer = await this.#send('GET', 'readyz', { signal });
    const body = await jsonOf(answer);
    if (typeof body === 'object' && body !== null && 'checks' in body) return body as Readiness;
    throw refusal(this.transport.address, answer, body);
  }

  /** For Prometheus. */
  async metrics({ signal }: Sending = {}): Promise<string> {
    return textOf(await this.#open('GET', 'metrics', { signal }));
  }

  /** The OpenAPI document. */
  async document({ signal }: Sending = {}): Promise<Readonly<Record<string, unknown>>> {
    return (await jsonOf(await this.#open('GET', 'openapi.json', { signal }))) as Record<string, unknown>;
  }

  #get<T>(path: string, query: Parameters, sending: Sending = {}): Promise<T> {
    return this.#call('GET', path, { ...sending, query });
  }

  #post<T>(path: string, operation: string, parameters: Parameters, sending: Sending = {}): Promise<T> {
    return this.#call('POST', path, { ...sending, json: { operation, ...parameters } });
  }

  async #call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, more: More): Promise<T> {
    const answer = await this.#open(method, `REST/${path}`, more);
    const body = await jsonOf(answer);
    if (body === undefined) throw refusal(this.transport.address, answer, body);
    return body as T;
  }

  /** An answer that is a success. */
  async #open(method: 'GET' | 'POST' | 'DELETE', path: string, more: More): Promise<Answer> {
    const answer = await this.#send(method, path, more);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw refusal(this.transport.address, answer, await jsonOf(answer));
  }

  #send(method: 'GET' | 'POST' | 'DELETE', path: string, more: More): Promise<Answer> {
    const { query = {}, json, headers = {}, signal } = more;
    return this.transport.send({ method, path, query, json, headers, signal });
  }
}

interface More extends Sending {
  readonly query?: Parameters;
  readonly json?: Parameters;
  readonly headers?: Readonly<Record<string, string>>;
}
