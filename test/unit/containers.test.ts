// Aim: what each container operation asks of whom, and what it refuses before asking anybody.
// Method: the service on a store and on hosts in memory.
import { beforeEach, describe, expect, test } from 'vitest';
import { Containers } from '../../controller/services/containers.js';
import { keys } from '../../controller/store/keys.js';
import { CopaError } from '../../proto/errors.js';
import { FakeAgents } from './agents.js';
import { failureOf } from './failures.js';
import { MemoryStore } from './memory-store.js';

const told = { container: 'c1', diskJson: '{}', memoryJson: '{"usage":1}', networkJson: 'null', cpuJson: '' };
const warning = "'ContainerState' object has no attribute 'cpu'";
const c1 = { pool: 'a', container: 'c1' };

let store: MemoryStore;
let agents: FakeAgents;
let containers: Containers;

beforeEach(() => {
  store = new MemoryStore();
  store.put(keys.pool('a'), { name: 'a', address: '10.0.0.1', addedAt: '' });
  agents = new FakeAgents({
    a: {
      ListContainers: () => ({ names: ['c2', 'c1'] }),
      GetInformation: ({ container }) => ({
        containers: [told, { ...told, container: '__proto__', cpuJson: '{"usage":5}' }].filter(
          (one) => container === '' || one.container === container,
        ),
      }),
      StartContainer: () => ({}),
      StopContainer: () => ({}),
      FreezeContainer: () => ({}),
      UnfreezeContainer: () => ({}),
      DeleteContainer: () => ({}),
      CreateContainer: () => {
        throw new CopaError('not_found', 'there is no image "x"; there are: ubuntu');
      },
    },
  });
  containers = new Containers(store, agents);
});

describe('reading', () => {
  test('lists in the order of the host', async () => {
    expect(await containers.list('a')).toEqual(['c2', 'c1']);
  });

  test('tells a container in the words of its daemon, with the warning when there is no cpu', async () => {
    expect(await containers.information(c1)).toEqual({
      disk: {},
      memory: { usage: 1 },
      network: null,
      warning,
    });
  });

  test('tells all containers at one question, whatever they are called', async () => {
    const all = await containers.allInformation('a');
    expect(Object.keys(all)).toEqual(['c1', '__proto__']);
    expect(Object.entries(all)[1]?.[1]).toEqual({
      disk: {},
      memory: { usage: 1 },
      network: null,
      cpu: { usage: 5 },
    });
    expect(agents.calls).toHaveLength(1);
    expect(store.reads).toBe(1);
  });

  test('refuses unknown pools and containers', async () => {
    expect(await failureOf(() => containers.list('b'))).toBe('not_found: there is no pool "b"');
    expect(await failureOf(() => containers.information({ pool: 'a', container: 'c9' }))).toBe(
      'not_found: there is no container "c9" on pool "a"',
    );
    expect(await failureOf(() => containers.information({ pool: 'a', container: 'a/b' }))).toMatch(
      /^invalid_arg/,
    );
  });
});

describe('changing', () => {
  test.each([
    ['start', 'StartContainer'],
    ['freeze', 'FreezeContainer'],
    ['unfreeze', 'UnfreezeContainer'],
    ['delete', 'DeleteContainer'],
  ] as const)('%s is one call and one read', async (operation, method) => {
    await containers[operation](c1);
    expect(agents.calls).toMatchObject([{ pool: 'a', method, request: { container: 'c1' } }]);
    expect(store.reads).toBe(1);
  });

  test('stop waits longer than the container may take', async () => {
    await containers.stop(c1, 3600);
    expect(agents.calls[0]?.request).toEqual({ container: 'c1', timeoutSeconds: 3600 });
    expect(agents.calls[0]?.deadlineMs).toBeGreaterThan(3_600_000);
  });

  test("passes the host's own words on", async () => {
    expect(await failureOf(() => containers.create(c1, 'x'))).toBe(
      'not_found: there is no image "x"; there are: ubuntu',
    );
  });

  test('leaves a container under migration alone', async () => {
    store.put(keys.busy('a', 'c1'), { migration: '00ff', source: 'a', destination: 'b' });
    const refusal = 'failed_precondition: container "c1" is being migrated from a to b (migration 00ff)';
    expect(await failureOf(() => containers.start(c1))).toBe(refusal);
    expect(await failureOf(() => containers.create(c1, 'x'))).toBe(refusal);
    expect(await failureOf(() => containers.stop(c1, 30))).toBe(refusal);
    expect(agents.calls).toEqual([]);
    // To look at it is no change.
    await containers.information(c1);
  });

  test.each(['', '..', 'a/b', 'c1\0', '1a', 'a-', 'x'.repeat(64), 'имя', 'a_b', 'c1\n'])(
    'refuses the name %j',
    async (container) => {
      expect(await failureOf(() => containers.start({ pool: 'a', container }))).toMatch(
        /^invalid_argument: container_name /,
      );
      expect(store.reads + agents.calls.length).toBe(0);
    },
  );

  test('refuses images that are no name', async () => {
    for (const image of ['', '../x', 'a\0', '-', 'x'.repeat(300)]) {
      expect(await failureOf(() => containers.create(c1, image))).toMatch(/^invalid_argument: image_type /);
    }
    expect(agents.calls).toEqual([]);
  });
});
