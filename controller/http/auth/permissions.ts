/**
 * The permission that each route requires: the one table. With a route that has no row, the controller does not start.
 *
 * `reach` is for tokens that are confined to some pools:
 * - `named`: the request must name pools (container_pool and the like), and the token must reach each of them;
 * - `filtered`: the route itself leaves the other pools out, by `principalOf(ctx)`; named pools are checked as well;
 * - `everything`: the route is about all pools at once, so it is refused.
 */
import type { AccessRole } from '../../model/principal.js';

export interface Permission {
  readonly role: AccessRole | 'anyone';
  /** Of single operations that need another role. */
  readonly operations?: Readonly<Record<string, AccessRole>>;
  readonly reach: 'named' | 'filtered' | 'everything';
  /** It adds measured values, and changes nothing else (audited-samples.ts). */
  readonly addsSamples?: true;
}

const permission = (role: Permission['role'], reach: Permission['reach'] = 'everything'): Permission => ({
  role,
  reach,
});

const samples: Permission = { ...permission('operator', 'named'), addsSamples: true };

const permissions: ReadonlyMap<string, Permission> = new Map([
  ['GET /REST/pools', permission('viewer', 'filtered')],
  [
    'POST /REST/pools',
    {
      ...permission('admin', 'named'),
      // They move, stop and start containers, and open a pool again that one of them has closed.
      operations: { evacuate: 'operator', drain: 'operator', restore: 'operator', test_link: 'operator' },
    },
  ],
  ['GET /REST/evacuations', permission('viewer', 'filtered')],
  ['GET /REST/evacuations/:pool', permission('viewer', 'filtered')],
  ['DELETE /REST/evacuations/:pool', permission('operator', 'filtered')],
  ['GET /REST/container', permission('viewer', 'named')],
  ['POST /REST/container', permission('operator', 'named')],
  // The list is not a parameter with pools alone, so the operation itself checks each pool.
  ['POST /REST/batch', permission('operator', 'filtered')],
  ['GET /REST/exec', permission('operator', 'named')],
  ['GET /REST/image', permission('viewer', 'filtered')],
  ['POST /REST/image', permission('operator', 'named')],
  ['GET /REST/migrations', permission('viewer', 'filtered')],
  ['GET /REST/migrations/:id', permission('viewer', 'filtered')],
  ['DELETE /REST/migrations/:id', permission('operator', 'filtered')],
  ['POST /REST/migrations/:id', permission('operator', 'filtered')],
  ['GET /REST/overview', permission('viewer', 'filtered')],
  ['GET /REST/events', permission('viewer', 'filtered')],
  ['GET /REST/network/locus', permission('viewer', 'filtered')],
  ['GET /REST/network/kpilink', permission('viewer', 'named')],
  ['POST /REST/network/kpilink', samples],
  ['GET /REST/network/kpiresource', permission('viewer', 'named')],
  ['POST /REST/network/kpiresource', samples],
  ['GET /REST/network/kpiwireless', permission('viewer', 'named')],
  ['POST /REST/network/kpiwireless', samples],
  ['GET /REST/network/kpicommand', permission('viewer', 'named')],
  ['POST /REST/network/kpicommand', samples],
  ['GET /REST/network/configuration', permission('viewer', 'filtered')],
  ['POST /REST/network/configuration', permission('operator')],
  ['GET /REST/network/dashboard', permission('viewer', 'filtered')],
  ['GET /REST/network/dashboardlinks', permission('viewer', 'named')],
  ['GET /REST/history', permission('viewer', 'filtered')],
  ['GET /REST/networks', permission('viewer', 'filtered')],
  ['GET /REST/networks/:name', permission('viewer', 'filtered')],
  ['POST /REST/networks', permission('admin')],
  ['GET /REST/ports', permission('viewer', 'filtered')],
  // The operations themselves check the pools on which the ports are.
  ['POST /REST/ports', permission('operator', 'named')],
  ['GET /REST/policies', permission('viewer')],
  ['GET /REST/policies/:name', permission('viewer')],
  ['POST /REST/policies', permission('operator')],
  ['GET /REST/rebalance', permission('viewer', 'filtered')],
  ['POST /REST/rebalance', permission('operator', 'filtered')],
  ['GET /REST/tokens', permission('admin')],
  ['POST /REST/tokens', permission('admin')],
  ['GET /REST/ca', permission('viewer')],
  ['POST /REST/ca', permission('admin')],
  ['GET /REST/audit', permission('admin')],
  ['GET /REST/backup', permission('admin')],
  ['POST /REST/backup', permission('admin')],
  // Who may use one has to know where to go when it is gone.
  ['GET /REST/controllers', permission('viewer', 'filtered')],
  ['POST /REST/controllers', permission('admin')],
  ['GET /metrics', permission('viewer')],
  ['GET /', permission('anyone')],
  ['GET /assets/:name', permission('anyone')],
  ['GET /healthz', permission('anyone')],
  ['GET /readyz', permission('anyone')],
  ['GET /docs', permission('anyone')],
  ['GET /docs/:name', permission('anyone')],
  ['GET /openapi.json', permission('anyone')],
]);

/** By a route's pattern. HEAD requires what GET does. Throws for a route that has no row. */
export function permissionOf(method: string, path: string): Permission {
  const row = `${method === 'HEAD' ? 'GET' : method} ${path}`;
  const found = permissions.get(row);
  if (!found)
    throw new Error(
      `"${row}" has no row in controller/http/auth/permissions.ts: add the permission that it requires`,
    );
  return found;
}
