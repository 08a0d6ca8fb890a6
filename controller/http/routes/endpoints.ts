/** All endpoints of the OpenAPI document. */
import Router from '@koa/router';
import { auditEndpoints } from './audit.js';
import { backupEndpoints } from './backup.js';
import { caEndpoints } from './ca.js';
import { containerRoutes, type ContainerServices } from './container.js';
import { controllerEndpoints } from './controllers.js';
import { batchRoutes, type BatchServices } from './batch.js';
import type { Endpoint } from '../openapi/document.js';
import { evacuationEndpoints } from './evacuations.js';
import { eventEndpoints } from './events.js';
import { execEndpoints } from './exec.js';
import { healthEndpoints } from './health.js';
import { historyEndpoints } from './history.js';
import { imageRoutes, type ImageServices } from './image.js';
import { migrationEndpoints } from './migrations.js';
import { networkEndpoints } from './network.js';
import { lanEndpoints } from './networks.js';
import { overviewEndpoints } from './overview.js';
import { policyRoutes, type PolicyServices } from './policies.js';
import { poolEndpoints } from './pools.js';
import { portEndpoints } from './ports.js';
import { rebalanceRoutes, type RebalanceServices } from './rebalance.js';
import { tokenEndpoints } from './tokens.js';

/** Those whose operations need services. */
interface ServedEndpoints {
  readonly images: readonly Endpoint[];
  readonly containers: readonly Endpoint[];
  readonly batches: readonly Endpoint[];
  readonly policies: readonly Endpoint[];
  readonly rebalance: readonly Endpoint[];
}

export function endpointsWith(served: ServedEndpoints): readonly Endpoint[] {
  return [
    ...poolEndpoints,
    ...served.images,
    ...served.containers,
    ...served.batches,
    ...execEndpoints,
    ...migrationEndpoints,
    ...evacuationEndpoints,
    ...networkEndpoints,
    ...historyEndpoints,
    ...lanEndpoints,
    ...portEndpoints,
    ...served.policies,
    ...served.rebalance,
    ...overviewEndpoints,
    ...eventEndpoints,
    ...tokenEndpoints,
    ...caEndpoints,
    ...auditEndpoints,
    ...backupEndpoints,
    ...controllerEndpoints,
    ...healthEndpoints,
  ];
}

/** Without a controller: operations use the services only when they are called. */
export function describedEndpoints(): readonly Endpoint[] {
  const router = new Router();
  return endpointsWith({
    images: imageRoutes(router, {} as ImageServices),
    containers: containerRoutes(router, {} as ContainerServices),
    batches: batchRoutes(router, {} as BatchServices),
    policies: policyRoutes(router, {} as PolicyServices),
    rebalance: rebalanceRoutes(router, {} as RebalanceServices),
  });
}
