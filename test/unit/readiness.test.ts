// Aim: ready means that all dependencies answer, and those that do not are named. Method: checks that pass, fail and
// hang.
import { expect, test } from 'vitest';
import { runChecks } from '../../common/observability/readiness.js';

test('all checks pass', async () => {
  const readiness = await runChecks({ etcd: () => Promise.resolve(1), ca: () => undefined });
  expect(readiness).toEqual({ ready: true, checks: { etcd: 'ok', ca: 'ok' }, error: '' });
});

test('failing and hanging checks are named, and no others', async () => {
  const hanging = () => new Promise<void>(() => undefined);
  const failing = () => {
    throw new Error('no key');
  };
  const readiness = await runChecks({ etcd: hanging, ca: failing, daemon: () => undefined }, 10);
  expect(readiness).toEqual({
    ready: false,
    checks: { etcd: 'no answer within 0.01 s', ca: 'no key', daemon: 'ok' },
    error: 'etcd: no answer within 0.01 s; ca: no key',
  });
});
