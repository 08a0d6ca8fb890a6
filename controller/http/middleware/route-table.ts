/**
 * Finds the route of a request, and the permission that the route requires.
 *
 * The router defines the routes. It compares a path with every pattern in order and composes the handlers for each
 * request, which costs more than the rest of the pipeline. Therefore paths without a variable part are looked up in a
 * map that is filled once. The router itself serves everything else.
 */
import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';
import { shown } from '../../../common/names.js';
import { permissionOf, type Permission } from '../auth/permissions.js';
import { HttpError } from '../request/http-error.js';

export interface Route {
  /** Its pattern, as `/REST/migrations/:id`; undefined when no route has this path and method. */
  readonly pattern: string | undefined;
  readonly permission: Permission;
  /** Answers the request, or throws. */
  readonly run: (ctx: Context) => unknown;
}

/** The error for a client that may not read anything. It must not show which paths exist. */
const unknownRestPath: Permission = { role: 'viewer', reach: 'filtered' };
const unknownPath: Permission = { role: 'anyone', reach: 'filtered' };

const done = (): Promise<unknown> => Promise.resolve();

export class RouteTable {
  readonly #router: Router;
  /** By `METHOD path`. */
  readonly #fixed = new Map<string, Route>();
  readonly #byRouter: (ctx: Context) => Promise<void>;

  /** Throws when a route has no row in the table of permissions. */
  constructor(router: Router) {
    this.#router = router;
    this.#byRouter = routingBy(router);
    for (const layer of router.stack) {
      const pattern = String(layer.path);
      const [handler, ...others] = layer.stack;
      for (const method of layer.methods) {
        const permission = permissionOf(method, pattern);
        if (pattern.includes(':') || !handler || others.length > 0) continue;
        const run = (ctx: Context): unknown =>
          handler(Object.assign(ctx, { params: {} }) as RouterContext, done);
        // The router may take a path with a slash at its end, too.
        for (const path of [pattern, `${pattern}/`]) {
          const isTaken = router.match(path, method).pathAndMethod.at(-1) === layer;
          if (isTaken) this.#fixed.set(`${method} ${path}`, { pattern, permission, run });
        }
      }
    }
  }

  find(method: string, path: string): Route {
    return this.#fixed.get(`${method} ${path}`) ?? this.#search(method, path);
  }

  #search(method: string, path: string): Route {
    const layer = this.#router.match(path, method).pathAndMethod.at(-1);
    const run = this.#byRouter;
    if (!layer) {
      const permission = /^\/+rest(\/|$)/i.test(path) ? unknownRestPath : unknownPath;
      return { pattern: undefined, permission, run };
    }
    const pattern = String(layer.path);
    return { pattern, permission: permissionOf(method, pattern), run };
  }
}

/** The router as it is, and its reply to an unknown path (404) or method (405). */
function routingBy(router: Router): (ctx: Context) => Promise<void> {
  const paths = [...new Set(router.stack.map(({ path }) => String(path)))].join(', ');
  const [routes, allowedMethods] = [router.routes(), router.allowedMethods()];
  return async (ctx) => {
    await routes(ctx as RouterContext, async () => {
      await allowedMethods(ctx as RouterContext, done);
    });
    if (ctx.status === 404 && ctx.body === undefined) {
      throw new HttpError(404, `there is nothing at ${shown(ctx.path)}; there is ${paths}`);
    }
    if (ctx.status === 405) {
      // The specification's text of these paths.
      if (ctx.path.startsWith('/REST/network/')) throw new HttpError(405, 'Method not allowed');
      throw new HttpError(405, `${ctx.method} is not possible here; ${ctx.response.get('Allow')} are`);
    }
  };
}
