// Aim: a container that a migration holds changes only by that migration's newest runner.
// Method: a real agent over a fake daemon with a marked container.
import { describe, expect, test } from 'vitest';
import { failure, sync } from '../../support/fakes/lxd.js';
import { failureOf } from '../../support/failures.js';
import { soon, command, controller, instance, held, startAgent, callAs } from './agent.js';

describe('a container of a migration', () => {
  test('an older fence is refused and changes nothing', async () => {
    const agent = await startAgent('one', ({ path }) =>
      path.startsWith('/1.0/instances/c1') ? sync(instance(held(9))) : sync({}),
    );
    const request = { command, timeoutSeconds: 5 };
    expect(await failureOf(() => callAs(controller, agent).call('HoldSource', request, soon))).toMatch(
      /^aborted: .*fence 7.*fence 9/,
    );
    expect(agent.fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('a container that another migration holds, or none, is not touched', async () => {
    const agent = await startAgent('one', ({ path }) => {
      if (/snapshots|^\/1.0\/(instances|storage-pools)\?/.test(path)) return sync([]);
      return path.startsWith('/1.0/instances/c1') ? sync(instance()) : sync({});
    });
    const host = callAs(controller, agent);
    expect(await failureOf(() => host.call('HoldSource', { command, timeoutSeconds: 5 }, soon))).toMatch(
      /^failed_precondition: .*not held by migration/,
    );
    await host.call('RestoreSource', { command, run: true }, soon);
    await host.call('RemoveSource', { command }, soon);
    await host.call('RemoveDestination', command, soon);
    expect(agent.fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('operations are refused on a container that a migration holds', async () => {
    const agent = await startAgent('one', ({ path }) =>
      path === '/1.0/instances/c1' ? sync(instance(held(1))) : failure(404, 'not found'),
    );
    const host = callAs(controller, agent);
    const c1 = { container: 'c1' };
    for (const order of [
      () => host.call('StopContainer', { ...c1, timeoutSeconds: 1 }, soon),
      () => host.call('RestartContainer', { ...c1, timeoutSeconds: 1 }, soon),
      () => host.call('CopyContainer', { ...c1, newName: 'c12' }, soon),
      () => host.call('SetLimits', { ...c1, limits: { cpu: '1' } }, soon),
      () => host.call('CreateSnapshot', { ...c1, snapshot: 's1' }, soon),
      () => host.call('RestoreSnapshot', { ...c1, snapshot: 's1', timeoutSeconds: 1 }, soon),
      () => host.call('Execute', { ...c1, command: ['a'], timeoutSeconds: 1 }, soon),
      () => host.call('DeleteSnapshot', { ...c1, snapshot: 's1' }, soon),
    ]) {
      expect(await failureOf(order)).toMatch(/^failed_precondition: .*is being migrated/);
    }
    expect(agent.fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});
