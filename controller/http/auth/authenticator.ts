/**
 * Authentication (`authenticate`) and authorization (`authorize`) of REST, for requests and websockets alike. It knows
 * the headers of HTTP, but not Koa.
 */
import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { CopaError } from '../../../common/errors.js';
import { FailedAttempts } from '../../../common/net/failed-attempts.js';
import { HttpError } from '../request/http-error.js';
import { recordedOf, printable, type AuditLog, type AuditEntry } from './audit-log.js';
import { isCrossSite, isOurHost } from './browser.js';
import { addressOf, isLocal } from '../request/local-socket.js';
import type { Permission } from './permissions.js';
import { checkReach, isAtLeast, type Principal } from '../../model/principal.js';
import type { Confirmed } from '../../usecases/token-confirmations.js';
import type { Tokens } from '../../usecases/tokens.js';

type Request = Pick<IncomingMessage, 'headers' | 'socket' | 'method' | 'url'>;

interface Parts {
  readonly tokens: Pick<Tokens, 'principalOf' | 'confirm' | 'watch'>;
  readonly audit: Pick<AuditLog, 'write'>;
  /** A client without a token is an admin: on loopback, and in test beds. */
  readonly isOpen: boolean;
  /** The names of this controller, in lower case, beside addresses and localhost. */
  readonly hostNames: readonly string[];
}

/** Parameters that contain pools, some of them several, separated by commas. */
const poolParameters = [
  ...['container_pool', 'destination_pool', 'image_pool', 'usage_pool'],
  ...['locus', 'locus1', 'locus2'],
];

const unknownHostName =
  "the name in the Host header is not a name of this controller: use its address, or add the name to --host-names ('*' accepts every name, for test beds only)";

/** The principals of clients without a token. */
const [local, loopback] = ['local', 'loopback'].map((name): Principal => {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return { name, role: 'admin', pools: undefined, signal };
}) as [Principal, Principal];

export class Authenticator {
  readonly #parts: Parts;
  readonly #failedAttempts = new FailedAttempts();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Throws an HttpError: 401, 403, or 429 after too many failures. Throws `unavailable` when etcd has to answer, and does not. */
  async authenticate(request: Request): Promise<Principal> {
    const principal = this.#identify(request);
    const text = bearerOf(request);
    if (principal && (text === undefined || (await this.#parts.tokens.confirm(text)))) return principal;
    const [status, reason] = this.#refusalOf(request);
    throw await this.#refuse(request, status, reason);
  }

  /** How to follow the token of a request that was authenticated; undefined when it has none. */
  watchOf(request: Request): ((listener: (state: Confirmed) => void) => () => void) | undefined {
    const text = bearerOf(request);
    return text === undefined ? undefined : (listener) => this.#parts.tokens.watch(text, listener);
  }

  /** Undefined without valid credentials. Throws `unavailable` until the valid tokens are known. */
  #identify(request: Request): Principal | undefined {
    const { headers } = request;
    const text = bearerOf(request);
    if (text === undefined && isLocal(request)) return local;
    if (isCrossSite(headers)) return undefined;
    if (text !== undefined) return this.#parts.tokens.principalOf(text);
    const { isOpen, hostNames } = this.#parts;
    return isOpen && isOurHost(headers.host, hostNames) ? loopback : undefined;
  }

  /** The answer to a request without valid credentials. */
  #refusalOf(request: Request): [status: 401 | 403, reason: string] {
    if (isCrossSite(request.headers)) return [403, 'a page of another site cannot use this API'];
    if (bearerOf(request) !== undefined)
      return [401, 'this token is not valid: it may be expired or revoked'];
    if (!this.#parts.isOpen) return [401, 'a token is needed: send the header "Authorization: Bearer TOKEN"'];
    return [403, unknownHostName];
  }

  /**
   * Counts the failure. Past the limit, it is neither recorded nor explained, except for a host name: that is no secret,
   * and nobody would find the reason otherwise.
   */
  async #refuse(request: Request, status: 401 | 403, reason: string): Promise<HttpError> {
    const address = addressOf(request);
    const { retryAfterSeconds, isRecorded } = await this.#failedAttempts.count(address);
    const refusal =
      retryAfterSeconds === undefined
        ? new HttpError(status, reason, status === 401 ? { headers: { 'WWW-Authenticate': 'Bearer' } } : {})
        : new HttpError(
            429,
            `too many failed attempts from ${address}: wait ${retryAfterSeconds} s (a valid token is accepted)${reason === unknownHostName ? `; ${reason}` : ''}`,
            { headers: { 'Retry-After': String(retryAfterSeconds) } },
          );
    if (isRecorded) {
      const entry = entryOf(request, undefined, new Map());
      await this.#parts.audit.write({ ...entry, outcome: 'refused', status: refusal.status, reason });
    }
    return refusal;
  }
}

/** Throws `permission_denied`. `pools` are those that the request names. */
export function authorize(principal: Principal, { role, reach }: Permission, pools: readonly string[]): void {
  if (role === 'anyone') return;
  if (!isAtLeast(principal.role, role)) {
    throw new CopaError(
      'permission_denied',
      `token "${principal.name}" has the role ${principal.role}: this needs ${role}`,
    );
  }
  if (principal.pools === undefined) return;
  const confined = `token "${principal.name}" is confined to pools ${[...principal.pools].join(', ')}`;
  if (reach === 'everything') {
    throw new CopaError('permission_denied', `${confined}: this is about all pools`);
  }
  if (reach === 'named' && pools.length === 0) {
    throw new CopaError('permission_denied', `${confined}: name one of them`);
  }
  // Placement itself chooses from the token's pools alone; no pool has such a name.
  for (const pool of pools) if (!pool.startsWith('@')) checkReach(principal, pool);
}

export function poolsNamedBy(parameters: ReadonlyMap<string, unknown>): string[] {
  return poolParameters.flatMap((name) => {
    const value = parameters.get(name);
    return typeof value === 'string' ? value.split(',').filter(Boolean) : [];
  });
}

/** Destroys a stream when its token is not valid any more. `graceMs` is for the last event that it sends. */
export function endWith(signal: AbortSignal, stream: Readable | Duplex, graceMs = 0): void {
  const end = () => void setTimeout(() => stream.destroy(), graceMs).unref();
  if (signal.aborted) end();
  signal.addEventListener('abort', end);
  stream.once('close', () => signal.removeEventListener('abort', end));
}

/** The parts of an audit line that do not depend on the outcome. */
export function entryOf(
  request: Request,
  principal: Principal | undefined,
  parameters: ReadonlyMap<string, unknown>,
): Omit<AuditEntry, 'outcome' | 'status'> {
  return {
    at: new Date().toISOString(),
    who: principal?.name ?? null,
    role: principal?.role ?? null,
    from: addressOf(request),
    method: request.method ?? '',
    // The query is left out: the parameters that may be logged are in `parameters`.
    path: printable((request.url ?? '').split('?')[0] ?? ''),
    parameters: recordedOf(parameters),
  };
}

/** The token of a request. A browser cannot set a header for a websocket, so there it is a subprotocol. */
function bearerOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const [, inHeader] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  if (inHeader !== undefined) return inHeader;
  const [, inProtocol] =
    /(?:^|,) *copa\.bearer\.([^ ,]+)/.exec(headers['sec-websocket-protocol'] ?? '') ?? [];
  return inProtocol;
}
