/** `/REST/audit`: the end of this controller's audit log. */
import type Router from '@koa/router';
import { z } from 'zod';
import type { Audit } from '../access/audit.js';
import { checkParameters, parametersOf, wholeNumber } from './parameters.js';

const schema = z.strictObject({ limit: wholeNumber(1, 10_000).default(100) });

export function auditRoutes(router: Router, audit: Pick<Audit, 'last'>): void {
  router.get('/REST/audit', async (ctx) => {
    const { limit } = checkParameters(schema, parametersOf(ctx));
    ctx.body = { audit: await audit.last(limit), success: 'audit' };
  });
}
