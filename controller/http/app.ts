/**
 * Composes the REST API: the routes over their use cases, and the pipeline that every request takes to them.
 * What never becomes a request (malformed HTTP) is answered in server.ts.
 */
import Router from '@koa/router';
import Koa from 'koa';
import { METHODS, type RequestListener } from 'node:http';
import type { Logger } from 'pino';
import type { ReadinessChecks } from '../../common/observability/readiness.js';
import type { RefusalLog } from '../../common/observability/refusal-log.js';
import type { ControllerCluster } from '../cluster/service.js';
import type { Enrollment } from '../enrollment/enrollment.js';
import type { EventStreams } from '../events/event-streams.js';
import { registry } from '../observability/metrics.js';
import type { CaRotation } from '../pki/ca-rotation.js';
import type { HostCertificates } from '../pki/host-certificates.js';
import type { Tokens } from '../usecases/tokens.js';
import type { AuditLog } from './auth/audit-log.js';
import type { Authenticator } from './auth/authenticator.js';
import { requestPipeline } from './middleware/pipeline.js';
import { RouteTable } from './middleware/route-table.js';
import { documentRoutes } from './openapi/document.js';
import { auditRoutes } from './routes/audit.js';
import { backupRoutes, type BackupApi } from './routes/backup.js';
import { caRoutes } from './routes/ca.js';
import { batchRoutes, type BatchServices } from './routes/batch.js';
import { containerRoutes, type ContainerServices } from './routes/container.js';
import { controllerRoutes } from './routes/controllers.js';
import { endpointsWith } from './routes/endpoints.js';
import { evacuationRoutes } from './routes/evacuations.js';
import { eventRoutes } from './routes/events.js';
import { execRoutes } from './routes/exec.js';
import { healthRoutes } from './routes/health.js';
import { historyRoutes, type HistoryServices } from './routes/history.js';
import { imageRoutes, type ImageServices } from './routes/image.js';
import { migrationRoutes } from './routes/migrations.js';
import { networkRoutes, type NetworkServices } from './routes/network.js';
import { lanRoutes, type LanServices } from './routes/networks.js';
import { overviewRoutes, type LiveView } from './routes/overview.js';
import { policyRoutes, type PolicyServices } from './routes/policies.js';
import { poolRoutes, type PoolServices } from './routes/pools.js';
import { portRoutes } from './routes/ports.js';
import { rebalanceRoutes, type RebalanceServices } from './routes/rebalance.js';
import { tokenRoutes } from './routes/tokens.js';
import { docsRoutes } from './static/docs.js';
import { pageRoutes } from './static/page.js';

interface Services
  extends
    ContainerServices,
    BatchServices,
    ImageServices,
    HistoryServices,
    NetworkServices,
    LanServices,
    PolicyServices,
    PoolServices,
    RebalanceServices {
  readonly live: LiveView;
  readonly events: Pick<EventStreams, 'open'>;
  readonly tokens: Tokens;
  readonly rotation: CaRotation;
  readonly certificates: HostCertificates;
  readonly enrollment: Enrollment;
  readonly authenticator: Authenticator;
  readonly readiness: ReadinessChecks;
  readonly audit: AuditLog;
  readonly backups: BackupApi;
  readonly cluster: ControllerCluster;
  readonly refusals: RefusalLog;
  /** Aborts when the controller stops; it ends exec sessions, which would go on otherwise. */
  readonly stopping: AbortSignal;
}

export function createApp(services: Services, log: Logger): RequestListener {
  const { authenticator, audit, refusals } = services;
  const routes = new RouteTable(routerOver(services, log));
  const app = new Koa();
  app.use(requestPipeline({ routes, authenticator, audit, refusals, log }));
  // Only a connection that breaks under an answer gets here. Its client knows.
  app.on('error', (error: NodeJS.ErrnoException) => {
    log.debug({ err: error }, 'an answer could not be delivered');
  });
  const handle = app.callback();
  // Koa settles the promise itself, failures included.
  return (request, response) => void handle(request, response);
}

function routerOver(services: Services, log: Logger): Router {
  // With every method that Node accepts, so that a wrong one is answered with 405 rather than 501.
  const router = new Router({ sensitive: true, methods: METHODS });
  poolRoutes(router, services);
  const containerEndpoints = containerRoutes(router, services);
  execRoutes(router, services.commands, services.stopping, log);
  const imageEndpoints = imageRoutes(router, services);
  migrationRoutes(router, services.migrations);
  evacuationRoutes(router, services.evacuations);
  tokenRoutes(router, services.tokens, services.enrollment);
  healthRoutes(router, services.readiness, registry);
  networkRoutes(router, services);
  historyRoutes(router, services);
  lanRoutes(router, services);
  portRoutes(router, services);
  const policyEndpoints = policyRoutes(router, services);
  const rebalanceEndpoints = rebalanceRoutes(router, services);
  overviewRoutes(router, services.live);
  eventRoutes(router, services.events);
  pageRoutes(router);
  caRoutes(router, services.rotation, services.certificates);
  auditRoutes(router, services.audit);
  backupRoutes(router, services.backups);
  controllerRoutes(router, services.cluster);
  const served = {
    ...{ images: imageEndpoints, containers: containerEndpoints, policies: policyEndpoints },
    batches: batchRoutes(router, services),
    rebalance: rebalanceEndpoints,
  };
  documentRoutes(router, endpointsWith(served));
  docsRoutes(router);
  return router;
}
