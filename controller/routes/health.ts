/**
 * What monitoring asks: does the process serve (`/healthz`), can it do its work (`/readyz`), and how is it
 * doing (`/metrics`).
 */
import type Router from '@koa/router';
import type { Registry } from 'prom-client';
import { runChecks, type ReadinessChecks } from '../../proto/readiness.js';

export function healthRoutes(router: Router, needed: ReadinessChecks, registry: Registry): void {
  router.get('/healthz', (ctx) => {
    ctx.body = { success: 'The controller serves.' };
  });

  router.get('/readyz', async (ctx) => {
    const { ready, checks, error } = await runChecks(needed);
    ctx.status = ready ? 200 : 503;
    ctx.body = ready ? { success: 'The controller is ready.', checks } : { error, checks };
  });

  router.get('/metrics', async (ctx) => {
    ctx.body = await registry.metrics();
    ctx.set('Content-Type', registry.contentType);
  });
}
