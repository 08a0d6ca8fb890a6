/** `/REST/audit`: the end of this controller's audit log. */
import type Router from '@koa/router';
import { z } from 'zod';
import type { AuditLog, AuditEntry } from '../auth/audit-log.js';
import { accessRoles } from '../../model/principal.js';
import type { Endpoint } from '../openapi/document.js';
import { checkParameters, parametersOf, wholeNumber } from '../request/parameters.js';

const schema = z.strictObject({ limit: wholeNumber(1, 10_000).default(100) });

const entry = z
  .object({
    at: z.string().describe('ISO 8601.'),
    who: z.string().nullable().describe("The token's name; null without a valid token."),
    role: z.enum(accessRoles).nullable(),
    from: z.string().describe("The address it came from, or `local` for the controller's own socket."),
    method: z.string(),
    path: z.string(),
    parameters: z.record(z.string(), z.string()),
    outcome: z.enum(['done', 'refused', 'failed', 'opened', 'closed']),
    status: z.int(),
    ms: z.int().exactOptional(),
    reason: z.string().exactOptional().describe('Why authentication failed.'),
  })
  .meta({ id: 'AuditEntry' }) satisfies z.ZodType<AuditEntry>;

export const auditEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/audit',
    id: 'readAudit',
    summary: "The end of this controller's audit log, the newest last",
    operations: {
      '': {
        summary: '',
        parameters: schema,
        replies: { 200: z.object({ audit: z.array(entry), success: z.literal('audit') }) },
      },
    },
  },
];

export function auditRoutes(router: Router, audit: Pick<AuditLog, 'last'>): void {
  router.get('/REST/audit', async (ctx) => {
    const { limit } = checkParameters(schema, parametersOf(ctx));
    ctx.body = { audit: await audit.last(limit), success: 'audit' };
  });
}
