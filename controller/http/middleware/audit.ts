/** Writes the audit log: each change, each websocket, and each attempt at what the client may not do. */
import type { Context } from 'koa';
import type { AuditLog, AuditEntry } from '../auth/audit-log.js';
import type { AuditedSamples } from '../auth/audited-samples.js';
import { entryOf } from '../auth/authenticator.js';
import { parametersOf } from '../request/parameters.js';
import { isRead, isUpgraded, stateOf } from '../request/state.js';

interface Parts {
  readonly audit: Pick<AuditLog, 'write'>;
  /** For a route that adds measured values. */
  readonly samples: AuditedSamples | undefined;
}

/** Call it once the status is final. Resolves when the line is written. */
export async function auditRequest(ctx: Context, { audit, samples }: Parts): Promise<void> {
  const { principal, startedAt } = stateOf(ctx);
  if (!principal || (isRead(ctx.method) && ctx.status !== 403 && !isUpgraded(ctx))) return;
  const entry = entryOf(ctx.req, principal, readableParameters(ctx));
  if (samples && ctx.status < 400 && !samples.isDue(entry)) return;
  const ms = () => Math.round(performance.now() - startedAt);
  if (!isUpgraded(ctx)) {
    await audit.write({ ...entry, outcome: outcomeOf(ctx.status), status: ctx.status, ms: ms() });
    return;
  }
  ctx.req.socket.once('close', () => {
    const at = new Date().toISOString();
    void audit.write({ ...entry, at, outcome: 'closed', status: 101, ms: ms() });
  });
  await audit.write({ ...entry, outcome: 'opened', status: 101 });
}

function outcomeOf(status: number): AuditEntry['outcome'] {
  if (status < 400) return 'done';
  return status < 500 ? 'refused' : 'failed';
}

/** None when they cannot be read: such a request has changed nothing. */
function readableParameters(ctx: Context): ReadonlyMap<string, unknown> {
  try {
    return parametersOf(ctx);
  } catch {
    return new Map();
  }
}
