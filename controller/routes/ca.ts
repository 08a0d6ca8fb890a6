/** `/REST/ca`: whose certificates count, how far a replacement of the CA is, and certificates for hosts. */
import type Router from '@koa/router';
import { z } from 'zod';
import type { Certificates } from '../identity/certificates.js';
import type { IdentityStatus, Rotation } from '../identity/rotation.js';
import { checkPoolName } from '../services/pools.js';
import { checkParameters, operationOf, parametersOf, text, unused } from './parameters.js';

const schemas = {
  show: z.strictObject({}),
  rotate: z.strictObject({ operation: unused }),
  finish: z.strictObject({ operation: unused }),
  issue: z.strictObject({ operation: unused, container_pool: text, request: text }),
};

export function caRoutes(router: Router, rotation: Rotation, certificates: Certificates): void {
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
