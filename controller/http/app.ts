/**
 * The REST API as Koa sees it: one place where failures become answers, then the body, then the routes.
 * What is not even a request for Koa (malformed HTTP) is in server.ts.
 */
import Router from '@koa/router';
import Koa from 'koa';
import { METHODS, type RequestListener } from 'node:http';
import type { Logger } from 'pino';
import { shown } from '../../common/names.js';
import type { RefusalLog } from '../../common/observability/refusal-log.js';
import { Admission } from './middleware/admission.js';
import type { Authenticator } from './auth/authenticator.js';
import type { AuditLog } from './auth/audit-log.js';
import { securityHeaders } from './middleware/security-headers.js';
import { authenticating, auditing, authorizing, loggingRefusals } from './middleware/auth.js';
import type { Tokens } from '../usecases/tokens.js';
import type { ReadinessChecks } from '../../common/observability/readiness.js';
import {
  carryingRequestId,
  requestIdFrom,
  requestIdHeader,
  withRequestId,
} from '../../common/observability/request-id.js';
import { httpRequests, registry } from '../observability/metrics.js';
import { errorReply, HttpError } from './request/http-error.js';
import type { HostCertificates } from '../pki/host-certificates.js';
import type { CaRotation } from '../pki/ca-rotation.js';
import type { Enrollment } from '../enrollment/enrollment.js';
import { caRoutes } from './routes/ca.js';
import { containerRoutes, namesQuestion, type ContainerServices } from './routes/container.js';
import { docsRoutes } from './static/docs.js';
import { documentRoutes } from './openapi/document.js';
import { endpointsWith } from './routes/endpoints.js';
import { execRoutes } from './routes/exec.js';
import { healthRoutes } from './routes/health.js';
import type { EventStreams } from '../events/event-streams.js';
import { eventRoutes } from './routes/events.js';
import { auditRoutes } from './routes/audit.js';
import { imageRoutes } from './routes/image.js';
import { migrationRoutes } from './routes/migrations.js';
import { pageRoutes } from './static/page.js';
import { readBody } from './request/parameters.js';
import { overviewRoutes, type LiveView } from './routes/overview.js';
import { poolRoutes, poolsQuestion } from './routes/pools.js';
import { askedBefore, shortWay } from './middleware/short-path.js';
import { tokenRoutes } from './routes/tokens.js';
import type { Images } from '../usecases/images.js';
import type { Pools } from '../usecases/pools.js';

interface Services extends ContainerServices {
  readonly live: LiveView;
  readonly events: Pick<EventStreams, 'open'>;
  readonly pools: Pools;
  readonly images: Images;
  readonly tokens: Tokens;
  readonly rotation: CaRotation;
  readonly certificates: HostCertificates;
  readonly joining: Enrollment;
  /** Every request goes through it. */
  readonly door: Authenticator;
  readonly readiness: ReadinessChecks;
  readonly audit: AuditLog;
  readonly refusals: RefusalLog;
  /** Ends what would otherwise go on for as long as its user likes. */
  readonly stopping: AbortSignal;
}

export function createApp(services: Services, log: Logger): RequestListener {
  // Every method that Node lets through is known here, so that a wrong one is told as such (405, not 501).
  const router = new Router({ sensitive: true, methods: METHODS });
  poolRoutes(router, services.pools);
  const containerEndpoints = containerRoutes(router, services);
  execRoutes(router, services.commands, services.stopping, log);
  imageRoutes(router, services.images);
  migrationRoutes(router, services.migrations);
  tokenRoutes(router, services.tokens, services.joining);
  healthRoutes(router, services.readiness, registry);
  overviewRoutes(router, services.live);
  eventRoutes(router, services.events);
  pageRoutes(router);
  caRoutes(router, services.rotation, services.certificates);
  auditRoutes(router, services.audit);
  documentRoutes(router, endpointsWith(containerEndpoints));
  docsRoutes(router);
  const paths = [...new Set(router.stack.map((layer) => String(layer.path)))].join(', ');

  const app = new Koa();
  const admission = new Admission();
  app.use((ctx, next) => {
    const id = askedBefore(ctx.req)?.id ?? requestIdFrom(ctx.get(requestIdHeader));
    ctx.set(requestIdHeader, id);
    ctx.state['requestId'] = id;
    for (const [name, value] of everywhere) ctx.res.setHeader(name, value);
    return isReading(ctx.method) ? next() : withRequestId(id, next);
  });
  app.use(auditing(services.audit));
  app.use(loggingRefusals(services.refusals));
  app.use(async (ctx, next) => {
    const startedAt = askedBefore(ctx.req)?.startedAt ?? performance.now();
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined) {
        throw new HttpError(404, `there is nothing at ${shown(ctx.path)}; there is ${paths}`);
      }
      if (ctx.status === 405) {
        throw new HttpError(405, `${ctx.method} is not possible here; ${ctx.response.get('Allow')} are`);
      }
    } catch (error) {
      const answer = errorReply(error);
      if (!answer) log.error({ err: error, ...lineOf(ctx) }, 'a request failed unforeseen');
      ctx.set(answer?.headers ?? {});
      ctx.status = answer?.status ?? 500;
      const mayTryAgain = ctx.status === 429 || ctx.status === 503;
      if (mayTryAgain && ctx.response.get('Retry-After') === '') ctx.set('Retry-After', '1');
      ctx.body = answer?.body ?? { error: 'internal error' };
    } finally {
      const ms = performance.now() - startedAt;
      observe(ctx, ms / 1000);
      // What changes something is worth a line; what only looks would drown it.
      const level = isReading(ctx.method) ? 'debug' : 'info';
      if (log.isLevelEnabled(level))
        log[level]({ ...lineOf(ctx), status: ctx.status, ms: Math.round(ms) }, 'request');
    }
  });
  app.use((ctx, next) => admission.run(ctx.path, next));
  app.use(authenticating(services.door, router));
  app.use(readBody);
  app.use(authorizing);
  // What asks nothing but this much is begun before any wait, so that a read's id gets to its host.
  app.use((ctx, next) => carryingRequestId(idOf(ctx), next));
  app.use(router.routes());
  app.use(router.allowedMethods());

  // What reaches Koa's own handler is a connection that broke under an answer; the client knows.
  app.on('error', (error: NodeJS.ErrnoException) => {
    log.debug({ err: error }, 'an answer could not be delivered');
  });

  const handle = app.callback();
  const long: RequestListener = (request, response) => {
    // Koa settles everything itself, failures included.
    void handle(request, response);
  };
  const questions = [poolsQuestion(services.pools), namesQuestion(services)];
  const short = shortWay({ door: services.door, admission, questions }, long);
  // On the short way there are no lines for each request.
  return (request, response) => (log.isLevelEnabled('debug') ? long : short)(request, response);
}

const everywhere = Object.entries(securityHeaders);

function idOf(ctx: Koa.Context): string {
  return ctx.state['requestId'] as string;
}

/** What every line about a request says. */
function lineOf(ctx: Koa.Context) {
  return { request: idOf(ctx), method: ctx.method, path: ctx.path };
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Labels from fixed sets alone: a stranger's path or method must not make a new time series each. */
function observe(ctx: Koa.Context, seconds: number): void {
  const route = (ctx as { _matchedRoute?: unknown })._matchedRoute;
  httpRequests.observe(
    {
      route: typeof route === 'string' ? route : 'none',
      method: METHODS.includes(ctx.method) ? ctx.method : 'other',
      status: String(ctx.status),
    },
    seconds,
  );
}
