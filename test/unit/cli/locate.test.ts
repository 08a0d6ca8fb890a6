// Aim: a container is found on its pool, also during a move, and the pool is never guessed. Method: overviews of all
// kinds, and a controller with one migration.
import { describe, expect, test } from 'vitest';
import { locate, parseContainer, poolOf } from '../../../cli/locate.js';
import type { Rest } from '../../../cli/rest.js';
import { CopaError, type Migration, type Pool } from '../../../client/index.js';
import { phaseFields } from '../../../controller/migration/stages.js';
import { failureOf } from '../../support/failures.js';

const pool = (name: string, state: Pool['state'], ...containers: string[]): Pool => ({
  name,
  ip: '10.0.0.1',
  state,
  reason: null,
  since: '2026-01-01T00:00:00.000Z',
  daemon: 'lxd',
  daemon_version: '5.0.2',
  translations: { storage: {}, networks: {}, profiles: {} },
  labels: {},
  scheduling: 'active',
  containers: containers.map((container) => ({
    name: container,
    status: 'Running',
    created_at: null,
    image: null,
    addresses: [],
    cpu_limit: null,
    memory_limit: null,
    snapshots: 0,
    labels: {},
    rules: {},
    migration: null,
  })),
});

describe('the name of a container', () => {
  test.each([
    ['web', undefined, { pool: undefined, name: 'web' }],
    ['web', 'a', { pool: 'a', name: 'web' }],
    ['a:web', undefined, { pool: 'a', name: 'web' }],
    ['a:web', 'a', { pool: 'a', name: 'web' }],
  ] as const)('%s with --pool %s', (text, option, named) => {
    expect(parseContainer(text, option)).toEqual(named);
  });

  test.each([':web', 'a:', 'a:b:c'])('%s is refused', async (text) => {
    expect(await failureOf(() => parseContainer(text))).toMatch(
      /^invalid_argument: ".*" is not the name of a container/,
    );
  });

  test('two pools contradict each other', async () => {
    expect(await failureOf(() => parseContainer('a:web', 'b'))).toBe(
      'invalid_argument: "a:web" names pool "a", but --pool is "b"',
    );
  });
});

describe('the pool of a container', () => {
  test('on the only pool that has it', () => {
    expect(poolOf('web', [pool('a', 'up', 'db'), pool('b', 'up', 'web', 'db')])).toBe('b');
  });

  test('nowhere', async () => {
    expect(await failureOf(() => poolOf('web', [pool('a', 'up', 'db')]))).toMatch(/^not_found/);
    expect(await failureOf(() => poolOf('web', []))).toMatch(/^not_found/);
  });

  test('on several pools', async () => {
    expect(await failureOf(() => poolOf('web', [pool('a', 'up', 'web'), pool('b', 'up', 'web')]))).toBe(
      'failed_precondition: there are several containers "web": say which, as a:web, b:web',
    );
  });

  test('on one pool, but another one is unreachable', async () => {
    const pools = [pool('a', 'up', 'web'), pool('b', 'down'), pool('c', 'unknown')];
    expect(await failureOf(() => poolOf('web', pools))).toBe(
      'unavailable: "web" is on a, but b, c cannot be reached now and might have one, too: name the pool, as a:web',
    );
  });

  test('last seen on a pool that is down', async () => {
    expect(await failureOf(() => poolOf('web', [pool('a', 'down', 'web')]))).toMatch(/^unavailable/);
  });
});

describe('a container that is being moved', () => {
  type Phase = Parameters<typeof phaseFields>[0];
  /** `marked`: the pools whose copy has the migration's mark in the overview. */
  const found = (phase: Phase, holders: readonly string[], marked: readonly string[]) => {
    const pools = ['a', 'b', 'c'].map((name) => {
      const made = pool(name, 'up', ...(holders.includes(name) ? ['web'] : []));
      const migration = marked.includes(name) ? 'id' : null;
      return { ...made, containers: made.containers.map((container) => ({ ...container, migration })) };
    });
    const state = phase === 'done' || phase === 'failed' ? phase : 'running';
    const migration = { source: 'a', destination: 'b', state, ...phaseFields(phase) } as Migration;
    const rest: Pick<Rest, 'overview' | 'pages' | 'migration'> = {
      overview: () => Promise.reject(new Error('not used')),
      pages: async function* <Page>() {
        await Promise.resolve();
        yield { pools } as Page;
      },
      migration: (id) =>
        id === 'id' ? Promise.resolve(migration) : Promise.reject(new CopaError('not_found', 'none')),
    };
    return locate(rest as Rest, 'web').then((ref) => ref.pool);
  };

  test.each([
    ['claimed', ['a', 'b'], 'a'],
    ['stopped', ['a', 'b'], 'a'],
    ['switched', ['a', 'b'], 'b'],
    ['reverting', ['a', 'b'], 'a'],
    ['failed', ['a', 'b'], 'a'],
    // The overview is older than the mark on the source, and then older than its removal.
    ['claimed', ['b'], 'a'],
    ['done', ['a'], 'b'],
  ] as const)('in %s, marked on %j', async (phase, marked, where) => {
    expect(await found(phase, ['a', 'b'], marked)).toBe(where);
  });

  test('another container of the same name is not taken for its copy', async () => {
    expect(await failureOf(() => found('claimed', ['a', 'b', 'c'], ['a', 'b']))).toMatch(
      /several containers "web": say which, as a:web, c:web/,
    );
  });
});
