/** What the pipeline knows about one request. Koa carries it as `ctx.state`. */
import type { Context } from 'koa';
import type { Principal } from '../../model/principal.js';
import type { Confirmed } from '../../usecases/token-confirmations.js';

export type ParameterValue = string | number | boolean | readonly string[];
export type Parameters = ReadonlyMap<string, ParameterValue>;

export interface RequestState {
  readonly requestId: string;
  /** By `performance.now()`. */
  readonly startedAt: number;
  /** The route's pattern, as `/REST/migrations/:id`; undefined when no route has this path and method. */
  readonly route: string | undefined;
  /** Whether the route has it. Before that, a refused request has changed nothing. */
  hasBegun: boolean;
  /** Set once the request is authenticated; a route that is open to anyone never has one. */
  principal: Principal | undefined;
  /** Follows whether etcd confirms its token, until the returned function is called; undefined without a token. */
  watchAccess: ((listener: (state: Confirmed) => void) => () => void) | undefined;
  /** Set when the parameters are first read. */
  parameters: Parameters | undefined;
  /** The same for a body that is a list. */
  parameterList: readonly Parameters[] | undefined;
}

export function stateOf(ctx: Context): RequestState {
  return ctx.state;
}

/** Who sent a request, for routes that require authentication. */
export function principalOf(ctx: Context): Principal {
  return stateOf(ctx).principal as Principal;
}

/** Whether the method only reads. Such requests are neither audited nor logged at `info`. */
export function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/** Whether a route has taken the connection over for a websocket. */
export function isUpgraded(ctx: Context): boolean {
  return ctx.respond === false;
}
