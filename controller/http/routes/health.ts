/**
 * What monitoring asks: does the process serve (`/healthz`), can it do its work (`/readyz`), and how is it
 * doing (`/metrics`).
 */
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
    id: 'askHealth',
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
    id: 'askReadiness',
    summary: 'Whether all is there that the controller needs for its work',
    operations: {
      '': {
        summary: '',
        parameters: noParameters,
        replies: {
          200: z.object({ success: z.literal('The controller is ready.'), checks }),
          503: z.object({ error: z.string().describe('All that is wrong.'), checks }),
        },
      },
    },
  },
  {
    method: 'get',
    path: '/metrics',
    id: 'readMetrics',
    summary: 'How the controller is doing, for Prometheus',
    operations: { '': { summary: '', parameters: noParameters, replies: { 200: z.string() } } },
    answersType: 'text/plain',
  },
];

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
