// Aim: reads of a host share calls, changes never do, and one host cannot use the whole request limit. Method: hosts
// of functions.
import { describe, expect, test } from 'vitest';
import { SharedReads } from '../../controller/hosts/shared-reads.js';
import { FakeAgents } from '../support/agents.js';
import { failureOf } from '../support/failures.js';

/** Lets promises that can settle do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('hosts for use cases', () => {
  const pool = (name: string) => ({ name, address: '10.0.0.1', addedAt: '', revision: 1 });
  const options = { deadlineMs: 1 };

  test('a read is one call for all waiting callers, per host and request', async () => {
    const answers = {
      ListContainers: () => ({ names: ['c1'] }),
      GetInformation: () => ({ containers: [], next: '' }),
    };
    const agents = new FakeAgents({ a: answers, b: answers });
    const shared = new SharedReads(agents);
    const list = (name: string) => shared.host(pool(name)).call('ListContainers', {}, options);
    const information = (container: string) =>
      shared.host(pool('a')).call('GetInformation', { container }, options);
    await Promise.all([...['a', 'a', 'a', 'a', 'b'].map(list), ...['c1', 'c2', 'c2', 'c2'].map(information)]);
    expect(agents.calls.map(({ pool: name, method }) => `${name} ${method}`).sort()).toEqual([
      ...['a GetInformation', 'a GetInformation', 'a GetInformation'],
      ...['a ListContainers', 'a ListContainers', 'b ListContainers'],
    ]);
  });

  test('a change is never shared', async () => {
    const agents = new FakeAgents({ a: { StartContainer: () => ({}) } });
    const host = new SharedReads(agents).host(pool('a'));
    await Promise.all([1, 2, 3].map(() => host.call('StartContainer', { container: 'c1' }, options)));
    expect(agents.calls).toHaveLength(3);
  });

  test('a pool with too many requests refuses more until some have ended; other pools continue', async () => {
    const ends: (() => void)[] = [];
    const slow = () => new Promise<Record<string, never>>((resolve) => ends.push(() => resolve({})));
    const shared = new SharedReads(
      new FakeAgents({ a: { StartContainer: slow }, b: { StartContainer: () => ({}) } }),
    );
    const start = (name: string) =>
      shared.host(pool(name)).call('StartContainer', { container: 'c' }, options);
    const first = Array.from({ length: 512 }, () => start('a'));
    expect(await failureOf(() => start('a'))).toBe(
      'resource_exhausted: pool "a" has 512 requests under way already: try again in a moment',
    );
    await start('b');
    for (const end of ends.splice(0)) end();
    await Promise.all(first);
    const again = start('a');
    await settle();
    for (const end of ends) end();
    await again;
  });
});
