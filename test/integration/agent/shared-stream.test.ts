// Aim: calls that share a stream end separately, and keep their request ID and their deadline.
// Method: a real agent over a fake daemon.
import { describe, expect, test, vi } from 'vitest';
import { withRequestId } from '../../../common/observability/request-id.js';
import { failure, sync } from '../../support/fakes/lxd.js';
import { failureOf } from '../../support/failures.js';
import { soon, controller, startAgent, callAs } from './agent.js';

describe('calls that share a stream', () => {
  const state = { status: 'Running', disk: {}, memory: {}, network: {}, cpu: {} };

  test('end separately, in success or in failure', async () => {
    const agent = await startAgent('one', ({ path }) => {
      const [, name = ''] = /^\/1.0\/instances\/(\w+)/.exec(path) ?? [];
      if (path.startsWith('/1.0/instances?')) return sync(['/1.0/instances/c1', '/1.0/instances/c2']);
      return name === 'c1' ? sync(state) : failure(name === 'c2' ? 500 : 404, `no ${name}`);
    });
    const host = callAs(controller, agent);
    const [names, known, failed, unknown] = await Promise.all([
      host.call('ListContainers', {}, soon),
      host.call('GetInformation', { container: 'c1' }, soon),
      failureOf(() => host.call('GetInformation', { container: 'c2' }, soon)),
      failureOf(() => host.call('GetInformation', { container: 'c3' }, soon)),
    ]);
    expect(names).toEqual({ names: ['c1', 'c2'] });
    expect(known.containers).toMatchObject([{ container: 'c1', diskJson: '{}' }]);
    expect(failed).toBe(`internal: pool "one" at ${agent.address}: no c2`);
    expect(unknown).toBe('not_found: container "c3" does not exist on this pool');
  });

  test('carry the id of their request', async () => {
    const agent = await startAgent('one', () => sync([]));
    const host = callAs(controller, agent);
    await withRequestId('mine-2', () => host.call('ListContainers', {}, soon));
    expect(agent.exchanges.at(-1)).toBe('mine-2 GET /1.0/instances ok');
  });

  test('wait for a daemon until their deadline, and not for an agent that is gone', async () => {
    const agent = await startAgent('one', () => undefined);
    const host = callAs(controller, agent);
    expect(await failureOf(() => host.call('ListContainers', {}, { deadlineMs: 100 }))).toBe(
      `deadline_exceeded: pool "one" at ${agent.address} has not finished ListContainers within 0.1 s; it may still do so`,
    );
    const asked = failureOf(() => host.call('GetInformation', { container: 'c1' }, soon));
    await vi.waitFor(() =>
      expect(agent.fake.requests.map(({ path }) => path)).toContain('/1.0/instances/c1/state'),
    );
    await agent.stop();
    expect(await asked).toMatch(/^unavailable: pool "one" at /);
  });
});
