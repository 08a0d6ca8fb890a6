/** `/REST/backup`: the state of the automatic backups, and the data of etcd for `copa backup create`. */
import type Router from '@koa/router';
import { z } from 'zod';
import type { Exported } from '../../backup/collect.js';
import type { BackupState } from '../../backup/state.js';
import { isSettled } from '../../model/restored.js';
import type { Endpoint } from '../openapi/document.js';
import { checkParameters, operationOf, parametersOf, unused } from '../request/parameters.js';

const schemas = { show: z.strictObject({}), export: z.strictObject({ operation: unused }) };

const time = z.string().describe('ISO 8601.');

const shown = z.object({
  automatic: z
    .object({
      directory: z.string(),
      recipients: z.array(z.string()),
      every_seconds: z.int(),
      keep: z.int(),
    })
    .nullable()
    .describe('The settings of automatic backups; null: there are none.'),
  last: z
    .object({ file: z.string(), made_at: time, bytes: z.int() })
    .nullable()
    .describe('The newest automatic backup of this controller.'),
  failure: z.string().nullable().describe('Why the last attempt failed; null: it did not.'),
  restored: z
    .object({
      restored_at: time,
      made_at: time.describe('When the backup was made, ISO 8601.'),
      pools: z.int().describe('The number of pools of the backup.'),
      waiting: z.array(z.string()).describe('The pools whose hosts have not reported yet.'),
      found: z
        .array(z.object({ container_pool: z.string(), ip: z.string() }))
        .describe('Pools that the hosts know and the backup does not: add them again.'),
      settled: z
        .boolean()
        .describe('More than half of the hosts have reported: hosts and tokens of the backup are trusted.'),
    })
    .nullable()
    .describe('After a restore, until the hosts of all its pools have reported what was revoked since.'),
  success: z.literal('backup'),
});

const exported = z.object({
  made_at: time,
  controller: z.string(),
  version: z.string(),
  revision: z.int(),
  left_out: z.array(z.string()).describe('Keys with values that COPA has not written.'),
  entries: z
    .array(z.object({ key: z.string(), value: z.unknown(), revision: z.int() }))
    .describe('Keys of CAs are encrypted, and tokens are hashes.'),
  success: z.literal('Data exported.'),
});

export const backupEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/backup',
    id: 'readBackup',
    summary: 'The state of the automatic backups, and of a restore',
    operations: { '': { summary: '', parameters: schemas.show, replies: { 200: shown } } },
  },
  {
    method: 'post',
    path: '/REST/backup',
    id: 'changeBackup',
    noun: 'backup',
    summary: 'The data of etcd for a backup',
    operations: {
      export: {
        summary: 'All data of COPA in etcd at one revision, without the cluster secret',
        parameters: schemas.export,
        replies: { 200: exported },
      },
    },
  },
];

export interface BackupApi {
  state(): Promise<BackupState>;
  export(): Promise<Exported>;
}

export function backupRoutes(router: Router, backups: BackupApi): void {
  router.get('/REST/backup', async (ctx) => {
    checkParameters(schemas.show, parametersOf(ctx));
    ctx.body = { ...viewOf(await backups.state()), success: 'backup' };
  });

  router.post('/REST/backup', async (ctx) => {
    const parameters = parametersOf(ctx);
    operationOf(parameters, ['export']);
    checkParameters(schemas.export, parameters);
    const { madeAt, leftOut, controller, version, revision, entries } = await backups.export();
    ctx.body = {
      ...{ made_at: madeAt, controller, version, revision, left_out: leftOut, entries },
      success: 'Data exported.',
    };
  });
}

function viewOf({ automatic, last, failure, restored }: BackupState) {
  return {
    automatic: automatic
      ? {
          ...{ directory: automatic.directory, recipients: automatic.recipients },
          ...{ every_seconds: automatic.everyMs / 1000, keep: automatic.keep },
        }
      : null,
    last: last ? { file: last.file, made_at: last.madeAt, bytes: last.bytes } : null,
    failure: failure ?? null,
    restored: restored
      ? {
          ...{ restored_at: restored.restoredAt, made_at: restored.madeAt },
          ...{ pools: restored.pools.length, waiting: restored.waiting },
          found: restored.found.map(({ pool, address }) => ({ container_pool: pool, ip: address })),
          settled: isSettled(restored),
        }
      : null,
  };
}
