// Aim: a client that cancels learns whether the container is back on its source, or still on the way. Method: the
// routes alone, on a service that answers with a phase.
import Router from '@koa/router';
import type { Context } from 'koa';
import { expect, test } from 'vitest';
import { migrationRoutes, type MigrationApi } from '../../controller/http/routes/migrations.js';

const id = '00112233445566ff';

async function cancelledIn(phase: string) {
  const router = new Router();
  const api = { refresh: () => Promise.resolve(), cancel: () => Promise.resolve({ id, phase }) };
  migrationRoutes(router, api as unknown as MigrationApi);
  const ctx = {
    method: 'DELETE',
    path: `/REST/migrations/${id}`,
    status: 200,
    querystring: '',
    request: {},
    state: { principal: { name: 'loopback', role: 'admin', pools: undefined } },
  } as unknown as Context;
  await (router.routes() as (ctx: Context, next: () => Promise<void>) => Promise<void>)(ctx, () =>
    Promise.resolve(),
  );
  return { status: ctx.status, ...(ctx.body as { success: string; phase: string }) };
}

test.each(['reverted', 'cancelled', 'failed'])('in %s it is cancelled', async (phase) => {
  expect(await cancelledIn(phase)).toEqual({ status: 200, success: 'Migration cancelled.', id, phase });
});

test.each(['withdrawing', 'reverting'])('in %s it still goes back', async (phase) => {
  expect(await cancelledIn(phase)).toEqual({ status: 202, success: 'Cancellation requested.', id, phase });
});
