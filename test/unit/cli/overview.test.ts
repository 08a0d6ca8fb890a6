// Aim: a container is found where it is, and nothing is ever guessed. Method: pictures of pools.
import { describe, expect, test } from 'vitest';
import { namedBy, poolOf } from '../../../cli/overview.js';
import type { Pool } from '../../../client/index.js';
import { failureOf } from '../../support/failures.js';

const pool = (name: string, state: Pool['state'], ...containers: string[]): Pool => ({
  name,
  ip: '10.0.0.1',
  state,
  reason: null,
  since: '2026-01-01T00:00:00.000Z',
  daemon: 'lxd',
  daemon_version: '5.0.2',
  containers: containers.map((container) => ({
    name: container,
    status: 'Running',
    created_at: null,
    image: null,
    addresses: [],
    cpu_limit: null,
    memory_limit: null,
    snapshots: 0,
    migration: null,
  })),
});

describe('how a container is named', () => {
  test.each([
    ['web', undefined, { pool: undefined, container: 'web' }],
    ['web', 'a', { pool: 'a', container: 'web' }],
    ['a:web', undefined, { pool: 'a', container: 'web' }],
    ['a:web', 'a', { pool: 'a', container: 'web' }],
  ] as const)('%s with --pool %s', (text, option, named) => {
    expect(namedBy(text, option)).toEqual(named);
  });

  test.each([':web', 'a:', 'a:b:c'])('%s is refused', async (text) => {
    expect(await failureOf(() => namedBy(text))).toMatch(/^invalid_argument: ".*" names no container/);
  });

  test('two pools contradict each other', async () => {
    expect(await failureOf(() => namedBy('a:web', 'b'))).toBe(
      'invalid_argument: "a:web" is on pool "a", but --pool says "b"',
    );
  });
});

describe('where a container is', () => {
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

  test('on one pool, but another one cannot be asked', async () => {
    const pools = [pool('a', 'up', 'web'), pool('b', 'down'), pool('c', 'unknown')];
    expect(await failureOf(() => poolOf('web', pools))).toBe(
      'unavailable: "web" is on a, but b, c cannot be asked now and might have one, too: name the pool, as a:web',
    );
  });

  test('last seen on a pool that is down', async () => {
    expect(await failureOf(() => poolOf('web', [pool('a', 'down', 'web')]))).toMatch(/^unavailable/);
  });
});
