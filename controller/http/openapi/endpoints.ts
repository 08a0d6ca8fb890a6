/** All of the API that the OpenAPI document tells. */
import Router from '@koa/router';
import { auditEndpoints } from '../routes/audit.js';
import { caEndpoints } from '../routes/ca.js';
import { containerRoutes, type ContainerServices } from '../routes/container.js';
import type { Endpoint } from './document.js';
import { eventEndpoints } from '../routes/events.js';
import { execEndpoints } from '../routes/exec.js';
import { healthEndpoints } from '../routes/health.js';
import { imageEndpoints } from '../routes/image.js';
import { migrationEndpoints } from '../routes/migrations.js';
import { overviewEndpoints } from '../routes/overview.js';
import { poolEndpoints } from '../routes/pools.js';
import { tokenEndpoints } from '../routes/tokens.js';

export function endpointsWith(containerEndpoints: readonly Endpoint[]): readonly Endpoint[] {
  return [
    ...poolEndpoints,
    ...imageEndpoints,
    ...containerEndpoints,
    ...execEndpoints,
    ...migrationEndpoints,
    ...overviewEndpoints,
    ...eventEndpoints,
    ...tokenEndpoints,
    ...caEndpoints,
    ...auditEndpoints,
    ...healthEndpoints,
  ];
}

/** Without a controller: operations on containers only touch the services when they are called. */
export function describedEndpoints(): readonly Endpoint[] {
  return endpointsWith(containerRoutes(new Router(), {} as ContainerServices));
}
