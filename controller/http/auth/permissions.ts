/**
 * What each route asks of who uses it: the one table. A route without a row does not start.
 *
 * For who is confined to some pools, `reach` says how that is seen to:
 * - `named`: the request must name pools (container_pool and the like), and each must be one of them;
 * - `filtered`: the route itself leaves the others out, by `principalOf(ctx)`; pools that are named are checked, too;
 * - `everything`: the route is about all pools at once, and refused.
 */
import type { AccessRole } from '../../model/principal.js';

export interface Permission {
  readonly role: AccessRole | 'anyone';
  readonly reach: 'named' | 'filtered' | 'everything';
}

const need = (role: Permission['role'], reach: Permission['reach'] = 'everything'): Permission => ({
  role,
  reach,
});

const needs: ReadonlyMap<string, Permission> = new Map([
  ['GET /REST/pools', need('viewer', 'filtered')],
  ['POST /REST/pools', need('admin', 'named')],
  ['GET /REST/container', need('viewer', 'named')],
  ['POST /REST/container', need('operator', 'named')],
  ['GET /REST/exec', need('operator', 'named')],
  ['GET /REST/image', need('viewer', 'filtered')],
  ['GET /REST/migrations', need('viewer', 'filtered')],
  ['GET /REST/migrations/:id', need('viewer', 'filtered')],
  ['DELETE /REST/migrations/:id', need('operator', 'filtered')],
  ['GET /REST/overview', need('viewer', 'filtered')],
  ['GET /REST/events', need('viewer', 'filtered')],
  ['GET /REST/tokens', need('admin')],
  ['POST /REST/tokens', need('admin')],
  ['GET /REST/ca', need('viewer')],
  ['POST /REST/ca', need('admin')],
  ['GET /REST/audit', need('admin')],
  ['GET /metrics', need('viewer')],
  ['GET /', need('anyone')],
  ['GET /assets/:name', need('anyone')],
  ['GET /healthz', need('anyone')],
  ['GET /readyz', need('anyone')],
  ['GET /docs', need('anyone')],
  ['GET /docs/:name', need('anyone')],
  ['GET /openapi.json', need('anyone')],
]);

/** Of a route as the router knows it; HEAD needs what GET does. Throws for a route that has no row. */
export function permissionOf(method: string, path: string): Permission {
  const row = `${method === 'HEAD' ? 'GET' : method} ${path}`;
  const found = needs.get(row);
  if (!found)
    throw new Error(`"${row}" has no row in controller/http/auth/permissions.ts: say what it needs`);
  return found;
}
