/**
 * The one way that every request takes, as a single Koa middleware:
 *
 * 1. request id, security headers, route;
 * 2. admission, authentication, body, permissions, the route's handler;
 * 3. an error becomes an answer;
 * 4. metrics, log, log of refusals, audit log.
 *
 * It is one function rather than a chain, because each link of a chain costs every request two promises.
 */
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import {
  carryingRequestId,
  requestIdFrom,
  requestIdHeader,
  withRequestId,
} from '../../../common/observability/request-id.js';
import type { RefusalLog } from '../../../common/observability/refusal-log.js';
import type { AuditLog } from '../auth/audit-log.js';
import type { Authenticator } from '../auth/authenticator.js';
import { hasBody, readBody } from '../request/body.js';
import { isRead, stateOf, type RequestState } from '../request/state.js';
import { Admission } from './admission.js';
import { AuditedSamples } from '../auth/audited-samples.js';
import { auditRequest } from './audit.js';
import { authenticate, endWithToken } from './authentication.js';
import { authorizeRequest } from './authorization.js';
import { answerWithError } from './error-answer.js';
import { logRefusal, logRequest, measureRequest } from './request-log.js';
import type { Route, RouteTable } from './route-table.js';
import { securityHeaders } from '../request/security-headers.js';

interface Parts {
  readonly routes: RouteTable;
  readonly authenticator: Authenticator;
  readonly audit: Pick<AuditLog, 'write'>;
  readonly refusals: Pick<RefusalLog, 'record'>;
  readonly log: Logger;
}

const headersOfAll = Object.entries(securityHeaders);

export function requestPipeline({ routes, authenticator, audit, refusals, log }: Parts): Middleware {
  const admission = new Admission();
  const samples = new AuditedSamples();

  const serve = async (ctx: Context, { permission, run }: Route): Promise<void> => {
    const isAdmitted = admission.enter(ctx.path);
    try {
      if (permission.role !== 'anyone') await authenticate(ctx, authenticator);
      if (hasBody(ctx)) await readBody(ctx);
      authorizeRequest(ctx, permission);
      stateOf(ctx).hasBegun = true;
      // A read starts its call to a host before it first waits, so that the call carries the request id.
      await carryingRequestId(stateOf(ctx).requestId, () => run(ctx));
      endWithToken(ctx);
    } finally {
      if (isAdmitted) admission.leave();
    }
  };

  const answer = async (ctx: Context, route: Route): Promise<void> => {
    try {
      await serve(ctx, route);
    } catch (error) {
      answerWithError(ctx, error, log);
    }
    measureRequest(ctx);
    logRequest(ctx, log);
    logRefusal(ctx, refusals);
    await auditRequest(ctx, { audit, samples: route.permission.addsSamples ? samples : undefined });
  };

  return (ctx) => {
    const route = routes.find(ctx.method, ctx.path);
    const { requestId } = (ctx.state = newState(ctx, route));
    ctx.res.setHeader(requestIdHeader, requestId);
    for (const [name, value] of headersOfAll) ctx.res.setHeader(name, value);
    // Context that follows a promise makes all promises of the process slower: only changes pay for it.
    return isRead(ctx.method) ? answer(ctx, route) : withRequestId(requestId, () => answer(ctx, route));
  };
}

function newState(ctx: Context, { pattern }: Route): RequestState {
  return {
    requestId: requestIdFrom(ctx.req.headers[requestIdHeader]),
    startedAt: performance.now(),
    route: pattern,
    hasBegun: false,
    principal: undefined,
    watchAccess: undefined,
    parameters: undefined,
    parameterList: undefined,
  };
}
