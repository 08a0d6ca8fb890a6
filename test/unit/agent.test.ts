// Aim: the agent's conversions and small state machines are exact: marks, manifests, frames, rates, exclusion.
// Method: pure functions and a clock of the test; random cuts where order matters.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyedMutex } from '../../common/async/keyed-mutex.js';
import { findSocket } from '../../agent/lxd/daemon.js';
import type { Instance } from '../../agent/lxd/types.js';
import {
  adopting,
  copyRequest,
  movingConfig,
  settingsOf,
  translateConfig,
} from '../../agent/migration/manifest.js';
import {
  checkFence,
  holding,
  isLocked,
  markKeys,
  markOf,
  unholding,
  unlocking,
  unmarkedConfig,
  unmarking,
} from '../../agent/model/marks.js';
import { FrameReader, frameHeader, frameKinds } from '../../agent/transport/frames.js';
import { RateLimit } from '../../agent/transport/rate-limit.js';
import { failureOf } from '../support/failures.js';

const id = '0123456789abcdef';
const own: Instance = {
  name: 'c1',
  type: 'container',
  status: 'Running',
  architecture: 'x86_64',
  description: '',
  ephemeral: true,
  stateful: false,
  profiles: ['default'],
  devices: {},
  expanded_devices: {},
  config: {
    'boot.autostart': 'true',
    'security.protection.delete': 'true',
    'user.note': 'mine',
    'volatile.eth0.hwaddr': '00:16:3e:00:00:01',
    'volatile.eth0.host_name': 'veth1',
    'volatile.last_state.power': 'RUNNING',
    'volatile.idmap.current': '[]',
    'volatile.base_image': 'abc',
  },
};
const mark = { migrationId: id, role: 'source', fence: 3 } as const;
/** The daemon's config after a change. */
const applied = (instance: Instance, change: ReturnType<typeof holding>): Instance => {
  const config: Record<string, string | null> = { ...instance.config, ...change.config };
  const kept = Object.entries(config).filter((entry): entry is [string, string] => entry[1] !== null);
  const ephemeral = change.ephemeral ?? instance.ephemeral;
  return { ...instance, ephemeral, config: Object.fromEntries(kept) };
};

const itemsIn = (text = '') => text.split(/[,\n]/).filter((item) => item.trim() !== '');

describe('marks', () => {
  test('hold a container so that it is not started, protected or lost', () => {
    const held = applied(own, holding(own, mark));
    expect(held.config['boot.autostart']).toBe('false');
    expect(held.config['security.protection.delete']).toBe('false');
    expect(isLocked(held)).toBe(true);
    expect(held.ephemeral).toBe(false);
    expect(markOf(held)).toMatchObject(mark);
  });

  test('removed, leave the container exactly as it was', () => {
    const held = applied(own, holding(own, mark));
    expect(applied(held, unmarking(held))).toEqual(own);
    expect(
      applied(applied(own, { config: markKeys(mark) }), unmarking(applied(own, { config: markKeys(mark) }))),
    ).toEqual(own);
    const plain = { ...own, ephemeral: false, config: { 'user.note': 'mine' } };
    const heldPlain = applied(plain, holding(plain, mark));
    expect(applied(heldPlain, unmarking(heldPlain))).toEqual(plain);
  });

  test('held twice, remember the first values', () => {
    const once = applied(own, holding(own, mark));
    const twice = applied(once, holding(once, markOf(once) ?? mark));
    expect(applied(twice, unmarking(twice))).toEqual(own);
  });

  test('unheld, keep the mark and restore the rest', () => {
    const held = applied(own, holding(own, mark));
    const unheld = applied(held, unholding(held));
    expect(markOf(unheld)).toEqual(mark);
    expect(unheld.config['boot.autostart']).toBe('true');
    expect(unheld.ephemeral).toBe(true);
  });

  test("can be removed without a trace, whatever the container's own settings and profiles are", () => {
    const option = (...values: string[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
    const given = (values: Record<string, string | undefined>): Record<string, string> =>
      Object.fromEntries(
        Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
      );
    const settings = fc.record({
      'boot.autostart': option('true', 'false', ''),
      'security.protection.delete': option('true', 'false', ''),
      'security.protection.shift': option('true', 'false', ''),
      'security.protection.start': option('true', 'false', '1', ''),
      'linux.kernel_modules': option('', 'dummy', 'dummy, tun'),
      'raw.lxc': option('', 'lxc.tty.max = 0', 'lxc.a = 1\nlxc.b = 2\n', '\n'),
    });
    const status = fc.constantFrom('Running', 'Stopped');
    fc.assert(
      fc.property(settings, settings, status, fc.boolean(), (chosen, profile, now, ephemeral) => {
        const config = given(chosen);
        const container = {
          ...own,
          status: now,
          ephemeral,
          config,
          expanded_config: { ...given(profile), ...config },
        };
        let held = applied(container, holding(container, mark));
        expect(isLocked(held)).toBe(true);
        const isProtected = /true|1/.test(container.expanded_config['security.protection.start'] ?? '');
        expect(held.config['security.protection.start']).toBe(
          isProtected ? 'false' : chosen['security.protection.start'],
        );
        // Applied again after the container has stopped.
        const stopped = applied(
          { ...held, status: 'Stopped' },
          holding({ ...held, status: 'Stopped' }, markOf(held) ?? mark),
        );
        held = { ...stopped, status: now };
        const unlocked = applied(held, unlocking(held));
        expect(isLocked(unlocked)).toBe(false);
        for (const key of ['raw.lxc', 'linux.kernel_modules'] as const) {
          expect(unlocked.config[key]).toBe(chosen[key]);
          expect(itemsIn(held.config[key])).toEqual(
            expect.arrayContaining(
              now === 'Running' || key !== 'raw.lxc' ? itemsIn(container.expanded_config[key]) : [],
            ),
          );
        }
        for (const each of [held, unlocked]) expect(applied(each, unmarking(each))).toEqual(container);
        expect(unmarkedConfig(held.config)).toEqual(config);
      }),
    );
  });

  test('of an earlier release, are completed, and what it did not override stays', () => {
    const config = { 'boot.autostart': 'false', 'security.protection.shift': 'false' };
    const saved = { config: { 'boot.autostart': null, 'raw.lxc': null }, ephemeral: false };
    const old = { ...own, ephemeral: false, config: { ...config, ...markKeys({ ...mark, saved }) } };
    expect(unmarkedConfig(old.config)).toEqual({ 'security.protection.shift': 'false' });
    const { 'security.protection.shift': shift, ...without } = old.config;
    expect(shift).toBe('false');
    const held = applied(
      { ...old, config: without },
      holding({ ...old, config: without }, { ...mark, saved }),
    );
    expect(held.config['security.protection.shift']).toBe('false');
    expect(unmarkedConfig(held.config)).toEqual({});
  });

  test('keep settings that somebody changed meanwhile', () => {
    const held = applied(own, holding(own, mark));
    const config = {
      ...held.config,
      'boot.autostart': 'last',
      'raw.lxc': `lxc.tty.max = 1\n${held.config['raw.lxc']}`,
    };
    const back = unmarkedConfig(config);
    expect(back).toMatchObject({ 'boot.autostart': 'last', 'raw.lxc': 'lxc.tty.max = 1' });
    expect(back['security.protection.delete']).toBe('true');
  });

  test('do not count on a copy of the container, and can be removed from it', () => {
    const named = { ...own, config: { ...own.config, 'volatile.uuid': 'a' } };
    const held = applied(named, holding(named, { ...mark, uuid: 'a' }));
    expect(markOf(held)).toMatchObject({ migrationId: id });
    const copy = { ...held, name: 'c2', config: { ...held.config, 'volatile.uuid': 'b' } };
    expect(markOf(copy)).toBeUndefined();
    expect(applied(copy, unmarking(copy)).config).toEqual({ ...named.config, 'volatile.uuid': 'b' });
  });

  test('refuse an older fence only', async () => {
    expect(await failureOf(() => checkFence('c1', 5, 4))).toMatch(/^aborted/);
    expect(await failureOf(() => checkFence('c1', 5, 5))).toBe('nothing');
  });
});

describe('the manifest', () => {
  test("takes the container's identity, with its own values where it is held", () => {
    const held = applied(own, holding(own, mark));
    expect(movingConfig(held)).toEqual({
      'boot.autostart': 'true',
      'security.protection.delete': 'true',
      'user.note': 'mine',
      'volatile.eth0.hwaddr': '00:16:3e:00:00:01',
      'volatile.base_image': 'abc',
    });
  });

  test('becomes a held, marked copy that stores its own settings', () => {
    const manifest = {
      container: 'c1',
      status: 'Running',
      architecture: 'x86_64',
      description: 'd',
      ephemeral: true,
      config: movingConfig(own),
      devices: { root: { options: { type: 'disk' } } },
      expandedDevices: {},
      profiles: ['default'],
      snapshots: [],
      storageDriver: 'dir',
      usedBytes: 0,
      server: 'lxd',
      findings: [],
      inspectedAtMs: 0,
      snapshotsCreatedAtMs: [],
      sendsDifferences: false,
      expandedConfig: {},
      snapshotSettings: [],
      use: null,
      warnings: [],
      namesChangedFiles: true,
      changes: null,
      suspects: false,
      profileSettings: {},
      volumes: [],
    };
    const request = copyRequest(manifest, { migrationId: id, fence: 3 }, 'lxd', {
      refresh: true,
      live: false,
    }) as {
      config: Record<string, string>;
      ephemeral: boolean;
      source: unknown;
    };
    expect(request.ephemeral).toBe(false);
    expect(request.config['boot.autostart']).toBe('false');
    expect(request.config['security.protection.delete']).toBe('false');
    expect(isLocked({ config: request.config })).toBe(true);
    expect(request.source).toMatchObject({ mode: 'push', refresh: true, 'base-image': 'abc' });
    expect(unholding({ ...own, config: request.config })).toMatchObject({
      ephemeral: true,
      config: { 'boot.autostart': 'true', 'security.protection.delete': 'true' },
    });
  });

  test('drops the root disk that Incus adds, unless it has one of its own', () => {
    const root = { type: 'disk', path: '/', pool: 'default' };
    const copyWith = (ownRoot: boolean) => {
      const saved = JSON.stringify({ config: {}, ephemeral: false, ownRoot });
      return { ...held, config: { ...held.config, 'user.copa.saved': saved }, devices: { root, data: {} } };
    };
    const held = applied(own, holding(own, mark));
    expect(unholding(copyWith(false)).devices).toEqual({ data: {} });
    expect(unholding(copyWith(true)).devices).toBeUndefined();
  });

  test('has the root disk that somebody gave the source meanwhile, in the place of its files', () => {
    const inherited = { type: 'disk', path: '/', pool: 'tank' };
    const saved = { config: {}, ephemeral: false, ownRoot: false };
    const copy = { ...own, status: 'Stopped' as const, expanded_devices: { root: inherited } };
    const settings = (devices: Instance['devices']) => ({
      ...settingsOf({ ...own, devices }, 'lxd'),
      expandedConfig: {},
    });
    const changed = { root: { ...inherited, pool: 'default', size: '10GiB' } };
    const change = adopting(copy, { ...mark, role: 'destination', saved }, settings(changed) as never, 'lxd');
    expect(change?.devices).toEqual({ root: { ...inherited, size: '10GiB' } });
    const adopted = { ...applied(copy, change ?? {}), devices: change?.devices ?? {} };
    expect(unholding(adopted).devices).toBeUndefined();
    const same = adopting(copy, { ...mark, role: 'destination', saved }, settings({}) as never, 'lxd');
    expect(same?.devices).toEqual({});
  });

  test("uses the receiving daemon's key names", () => {
    const lxd = { 'security.devlxd': 'false', 'user.x': '1' };
    const incus = { 'security.guestapi': 'false', 'user.x': '1' };
    expect(translateConfig(lxd, 'lxd', 'incus')).toEqual(incus);
    expect(translateConfig(incus, 'incus', 'lxd')).toEqual(lxd);
    expect(translateConfig(lxd, 'lxd', 'lxd')).toEqual(lxd);
  });
});

describe('frames', () => {
  test('are decoded unchanged, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(0, 1, 2, 3, 4, 5), fc.uint8Array({ maxLength: 300 })), {
          maxLength: 20,
        }),
        fc.array(fc.integer({ min: 1, max: 400 })),
        (frames, cuts) => {
          const stream = Buffer.concat(
            frames.flatMap(([kind, payload]) => [
              frameHeader(kind as 0, payload.length),
              Buffer.from(payload),
            ]),
          );
          const reader = new FrameReader();
          const read: [number, number[]][] = [];
          for (let at = 0, next = 0; at < stream.length; next++) {
            const end = at + (cuts[next] ?? stream.length);
            for (const { kind, payload } of reader.push(stream.subarray(at, end)))
              read.push([kind, [...payload]]);
            at = end;
          }
          expect(read).toEqual(frames.map(([kind, payload]) => [kind, [...payload]]));
        },
      ),
    );
  });

  test.each([
    ['an unknown kind', Buffer.from([9, 0, 0, 0, 1, 0])],
    ['a length that no daemon sends', Buffer.from([frameKinds.binary, 255, 255, 255, 255])],
  ])('%s is refused before its payload arrives', async (_, bytes) => {
    expect(await failureOf(() => new FrameReader().push(bytes))).toMatch(/^invalid_argument/);
  });
});

test('a rate limit holds the average, without credit for idle time', () => {
  let now = 0;
  const rate = new RateLimit(1_000, () => now);
  expect(rate.pauseMsAfter(500)).toBe(500);
  expect(rate.pauseMsAfter(500)).toBe(1_000);
  now = 5_000;
  expect(rate.pauseMsAfter(100)).toBe(100);
});

test('operations exclude each other, steps queue', async () => {
  const mutex = new KeyedMutex();
  let finish: () => void = () => undefined;
  const first = mutex.tryRun('c1', 'stop', () => new Promise<void>((resolve) => (finish = resolve)));
  expect(await failureOf(() => mutex.tryRun('c1', 'start', () => Promise.resolve()))).toBe(
    'aborted: container "c1" is busy: stop is under way',
  );
  const order: string[] = [];
  const queued = mutex.queue('c1', 'step', () => Promise.resolve(order.push('step')));
  const other = mutex.tryRun('c2', 'start', () => Promise.resolve(order.push('other')));
  await other;
  finish();
  await first;
  await queued;
  expect(order).toEqual(['other', 'step']);
});

test('the daemon is found in the documented order, or its absence reported', async () => {
  expect(findSocket(undefined, () => true)).toBe('/var/lib/incus/unix.socket');
  expect(findSocket(undefined, (path) => path.includes('lxd'))).toBe('/var/snap/lxd/common/lxd/unix.socket');
  expect(findSocket('/x', () => true)).toBe('/x');
  expect(await failureOf(() => findSocket(undefined, () => false))).toMatch(
    /^failed_precondition: no LXD or Incus/,
  );
  expect(await failureOf(() => findSocket('/x', () => false))).toMatch(/no socket at \/x/);
});
