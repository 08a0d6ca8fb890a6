/** `/REST/ca`: which CAs are trusted, the progress of a replacement of the CA, and certificates for hosts. */
import { checkPoolName } from '../../../common/names.js';
import type Router from '@koa/router';
import { z } from 'zod';
import type { HostCertificates } from '../../pki/host-certificates.js';
import type { IdentityStatus, CaRotation } from '../../pki/ca-rotation.js';
import type { Endpoint } from '../openapi/document.js';
import { checkParameters, operationOf, parametersOf, text, unused } from '../request/parameters.js';
import { containerPool } from '../openapi/schemas.js';

const schemas = {
  show: z.strictObject({}),
  rotate: z.strictObject({ operation: unused }),
  finish: z.strictObject({ operation: unused }),
  issue: z.strictObject({
    operation: unused,
    container_pool: containerPool,
    request: text.describe('PKCS #10, PEM.'),
  }),
};

const time = z.string().describe('ISO 8601.');
const pem = z.string().describe('Certificates, PEM.');

const shown = z.object({
  authorities: z.array(
    z.object({
      fingerprint: z.string(),
      valid_until: time,
      issues: z.boolean().describe('New certificates come from it.'),
    }),
  ),
  bundle: pem.describe('All trusted CAs, PEM.'),
  rotating_since: time
    .nullable()
    .describe('When the replacement of the CA began; null: it is not being replaced.'),
  pools: z.array(
    z.object({
      container_pool: z.string(),
      issuer: z.string().nullable().describe('The fingerprint of the CA that certified its host last.'),
      valid_until: time.nullable(),
    }),
  ),
  missing: z.array(z.string()).describe('The pools whose hosts have no certificate of the new CA yet.'),
  success: z.literal('ca'),
});

export const caEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/ca',
    id: 'readCa',
    summary: 'Which CAs are trusted, and the progress of a replacement of the CA',
    operations: { '': { summary: '', parameters: schemas.show, replies: { 200: shown } } },
  },
  {
    method: 'post',
    path: '/REST/ca',
    id: 'changeCa',
    noun: 'ca',
    summary: 'Replaces the CA, and certifies hosts',
    operations: {
      rotate: {
        summary:
          'Starts to replace the CA: both CAs are trusted until all hosts have certificates of the new one',
        parameters: schemas.rotate,
        replies: {
          200: z.object({
            success: z.literal('The CA is being replaced; both are trusted until it is finished.'),
          }),
        },
      },
      finish: {
        summary: 'Ends the replacement at once: hosts without a new certificate have to join again',
        parameters: schemas.finish,
        replies: {
          200: z.object({
            missing: z.array(z.string()).describe('The pools of these hosts.'),
            success: z.literal('Only the new CA is trusted from now on.'),
          }),
        },
      },
      issue: {
        summary: 'Certifies the key of a host',
        parameters: schemas.issue,
        replies: {
          200: z.object({
            container_pool: z.string(),
            certificate: pem,
            ca: pem,
            success: z.literal('Certificate issued.'),
          }),
        },
      },
    },
  },
];

export function caRoutes(router: Router, rotation: CaRotation, certificates: HostCertificates): void {
  router.get('/REST/ca', async (ctx) => {
    checkParameters(schemas.show, parametersOf(ctx));
    ctx.body = { ...viewOf(await rotation.status()), success: 'ca' };
  });

  router.post('/REST/ca', async (ctx) => {
    const parameters = parametersOf(ctx);
    const operation = operationOf(parameters, ['rotate', 'finish', 'issue']);
    if (operation === 'issue') {
      const { container_pool: pool, request } = checkParameters(schemas.issue, parameters);
      checkPoolName('container_pool', pool);
      const { certificate, ca } = await certificates.issue(pool, request);
      ctx.body = { container_pool: pool, certificate, ca, success: 'Certificate issued.' };
    } else if (operation === 'rotate') {
      checkParameters(schemas.rotate, parameters);
      await rotation.begin();
      ctx.body = { success: 'The CA is being replaced; both are trusted until it is finished.' };
    } else {
      checkParameters(schemas.finish, parameters);
      const { missing } = await rotation.status();
      await rotation.finish();
      ctx.body = { missing, success: 'Only the new CA is trusted from now on.' };
    }
  });
}

function viewOf({ authorities, bundle, rotatingSince, pools, missing }: IdentityStatus) {
  return {
    authorities: authorities.map(({ fingerprint, validUntil }, index) => ({
      fingerprint,
      valid_until: validUntil.toISOString(),
      issues: index === authorities.length - 1,
    })),
    bundle,
    rotating_since: rotatingSince ?? null,
    pools: pools.map(({ name, issued }) => ({
      container_pool: name,
      issuer: issued?.issuer ?? null,
      valid_until: issued ? new Date(issued.validUntilMs).toISOString() : null,
    })),
    missing: rotatingSince === undefined ? [] : missing,
  };
}
