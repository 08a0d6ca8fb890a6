/** `/REST/batch`: one operation on many containers, and one answer with an entry for each. */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { CopaError, httpStatusOf } from '../../../common/errors.js';
import { parseSelector } from '../../../common/labels.js';
import { checkContainerName, checkPoolName, shown } from '../../../common/names.js';
import type { ContainerRef } from '../../model/container-ref.js';
import {
  batchVerbs,
  type BatchEntry,
  type BatchVerb,
  type ContainerBatches,
} from '../../usecases/container-batches.js';
import type { AuditLog } from '../auth/audit-log.js';
import { entryOf } from '../auth/authenticator.js';
import type { Endpoint } from '../openapi/document.js';
import { operation, runOperation, type Operation } from '../openapi/operations.js';
import { snapshotName, stopTimeout } from '../openapi/schemas.js';
import { flag, text, unused, wholeNumber } from '../request/parameters.js';
import { signalOf } from '../request/access.js';
import { principalOf } from '../request/state.js';

export interface BatchServices {
  readonly batches: Pick<ContainerBatches, 'run'>;
  readonly audit: Pick<AuditLog, 'write'>;
}

const selection = {
  operation: unused,
  containers: text.optional().meta({
    description: 'These containers, as POOL:CONTAINER, separated by commas.',
    example: 'server1:web,server2:db',
  }),
  all: flag.default(false).describe('All containers of `container_pool`, as far as the operation applies.'),
  labels: text
    .optional()
    .describe(
      'Those with these labels, as far as the operation applies: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.',
    ),
  container_pool: text
    .optional()
    .describe('With `all` or `labels`: only those of these pools, separated by commas.'),
  parallel: wholeNumber(1, 64).default(16).describe('How many are changed at a time.'),
};

const entry = z
  .object({
    container_pool: z.string(),
    container_name: z.string(),
    outcome: z
      .enum(['done', 'failed', 'skipped'])
      .describe('Skipped: the operation does not apply to its state.'),
    error: z.string().optional(),
    code: z.string().optional().describe('As the header `Copa-Error-Code` of a single request.'),
  })
  .meta({ id: 'BatchEntry' });

const reply = z.object({
  success: z.literal('Operation successful').optional().describe('Only if none has failed.'),
  warning: z.string().optional().describe('How many have failed.'),
  containers: z.array(entry),
  done: z.int(),
  failed: z.int(),
  skipped: z.int(),
});

const about: Readonly<Record<BatchVerb, string>> = {
  start: 'Starts containers',
  stop: 'Shuts containers down, as `stop` of one does',
  restart: 'Shuts containers down, and starts them again',
  snapshot: 'Takes a snapshot of each container',
  delete: 'Deletes stopped containers with their snapshots',
};

export function batchRoutes(router: Router, services: BatchServices): Endpoint[] {
  const operations = Object.fromEntries(batchVerbs.map((verb) => [verb, batch(services, verb)]));
  router.post('/REST/batch', runOperation(operations));
  return [
    {
      method: 'post',
      path: '/REST/batch',
      id: 'changeBatch',
      noun: 'batch',
      summary: 'Changes many containers, a bounded number at a time',
      operations,
    },
  ];
}

function batch({ batches, audit }: BatchServices, verb: BatchVerb): Operation {
  return operation({
    summary: about[verb],
    parameters: z.strictObject({
      ...selection,
      ...(verb === 'stop' || verb === 'restart' ? { stop_timeout: stopTimeout } : {}),
      ...(verb === 'snapshot' ? { snapshot_name: snapshotName } : {}),
    }),
    reply,
    call: async (parameters, ctx) => {
      const given = parameters as Given;
      const entries = await batches.run({
        ...{ verb, parallel: given.parallel, stopTimeoutSeconds: given.stop_timeout ?? 0 },
        ...{ snapshot: given.snapshot_name, principal: principalOf(ctx), signal: signalOf(ctx) },
        ...chosenBy(given),
      });
      for (const each of entries) await auditEntry(ctx, audit, verb, each);
      return viewOf(entries);
    },
  });
}

interface Given {
  readonly containers?: string | undefined;
  readonly all: boolean;
  readonly labels?: string | undefined;
  readonly container_pool?: string | undefined;
  readonly parallel: number;
  readonly stop_timeout?: number;
  readonly snapshot_name?: string;
}

/** Exactly one way to choose, so that nothing is changed by a slip. */
function chosenBy({ containers, all, labels, container_pool }: Given) {
  const ways = [containers !== undefined, all, labels !== undefined].filter(Boolean).length;
  if (ways !== 1) {
    const message = 'give one of these: containers, all=true with container_pool, or labels';
    throw new CopaError('invalid_argument', message);
  }
  const pools = container_pool?.split(',');
  for (const pool of pools ?? []) checkPoolName('container_pool', pool);
  if (containers !== undefined) {
    if (pools)
      throw new CopaError('invalid_argument', 'containers names the pools: leave out container_pool');
    return { containers: containers.split(',').map(containerIn) };
  }
  if (all && !pools) throw new CopaError('invalid_argument', 'all needs container_pool');
  return { pools, labels: labels === undefined ? undefined : parseSelector('labels', labels) };
}

function containerIn(each: string): ContainerRef {
  const [host = '', name, ...more] = each.split(':');
  if (name === undefined || more.length > 0) {
    throw new CopaError(
      'invalid_argument',
      `containers ${shown(each)} is not valid: POOL:CONTAINER is expected`,
    );
  }
  checkPoolName('containers', host);
  checkContainerName('containers', name);
  return { host, name };
}

function viewOf(entries: readonly BatchEntry[]): z.output<typeof reply> {
  const count = (wanted: BatchEntry['outcome']) => entries.filter(({ outcome }) => outcome === wanted).length;
  const failed = count('failed');
  return {
    ...(failed === 0
      ? { success: 'Operation successful' as const }
      : { warning: `${failed} of ${entries.length} containers failed` }),
    containers: entries.map(({ container, outcome, error }) => ({
      container_pool: container.host,
      container_name: container.name,
      outcome,
      ...(error ? { error: error.message, code: error.code } : {}),
    })),
    done: count('done'),
    failed,
    skipped: count('skipped'),
  };
}

/** A line for each container that was to change, as if it had a request of its own. */
async function auditEntry(
  ctx: Context,
  audit: BatchServices['audit'],
  verb: BatchVerb,
  { container, outcome, error }: BatchEntry,
): Promise<void> {
  if (outcome === 'skipped') return;
  const parameters = new Map([
    ['operation', verb],
    ['container_pool', container.host],
    ['container_name', container.name],
  ]);
  const status = error ? httpStatusOf(error.code) : 200;
  const line = entryOf(ctx.req, principalOf(ctx), parameters);
  await audit.write({
    ...line,
    outcome: status < 400 ? 'done' : status < 500 ? 'refused' : 'failed',
    status,
  });
}
