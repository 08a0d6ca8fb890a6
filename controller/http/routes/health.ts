/** For monitoring: whether the process serves (`/healthz`), whether it can work (`/readyz`), and `/metrics`. */
import type Router from '@koa/router';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import { runChecks, type ReadinessChecks } from '../../../common/observability/readiness.js';
import type { Endpoint } from '../openapi/document.js';

const checks = z.record(z.string(), z.string()).describe('`ok`, or what is wrong, for each.');
const noParameters = z.object({});

export const healthEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/healthz',
    id: 'readHealth',
    summary: 'Whether the controller serves',
    operations: {
      '': {
        summary: '',
        parameters: noParameters,
        replies: { 200: z.object({ success: z.literal('The controller serves.') }) },
      },
    },
  },
  {
    method: 'get',
    path: '/readyz',
    id: 'readReadiness',
    summary: 'Whether the controller has all that it needs for its work',
    operations: {
      '': {
        summary: '',
        parameters: noParameters,
        replies: {
          200: z.object({ success: z.literal('The controller is ready.'), checks }),
          503: z.object({ error: z.string().describe('All problems.'), checks }),
        },
      },
    },
  },
  {
    method: 'get',
    path: '/metrics',
    id: 'readMetrics',
    summary: 'The metrics of the controller, for Prometheus',
    operations: { '': { summary: '', parameters: noParameters, replies: { 200: z.string() } } },
    replyType: 'text/plain',
  },
];

export function healthRoutes(router: Router, readiness: ReadinessChecks, registry: Registry): void {
  router.get('/healthz', (ctx) => {
    ctx.body = { success: 'The controller serves.' };
  });

  router.get('/readyz', async (ctx) => {
    const { ready, checks, error } = await runChecks(readiness);
    ctx.status = ready ? 200 : 503;
    ctx.body = ready ? { success: 'The controller is ready.', checks } : { error, checks };
  });

  router.get('/metrics', async (ctx) => {
    ctx.body = await registry.metrics();
    ctx.set('Content-Type', registry.contentType);
  });
}
