// Aim: which volumes come along, which a destination lets a container attach, and what each pass sends of them. Method:
// the rules as tables, and passes of a volume against an agent that only records what it is to send.
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LxdClient } from '../../agent/lxd/client.js';
import { attachesVolume, volumeDevices } from '../../agent/lxd/custom-volumes.js';
import { findDisguised } from '../../agent/migration/disguised-files.js';
import { keepDetached } from '../../agent/migration/volume-source.js';
import { withVolumeSize } from '../../agent/migration/migration-header.js';
import { checkAttached } from '../../agent/migration/volume-admission.js';
import { noVolumes, ownVolumes, withoutOwnVolumes } from '../../agent/model/own-volumes.js';
import { privilegesOf } from '../../agent/model/privileges.js';
import { isMarkedVolume, movingVolumeConfig, volumeMark } from '../../agent/model/volume-marks.js';
import { CopaError } from '../../common/errors.js';
import type { MigrationRecord, Pass } from '../../controller/model/migration.js';
import type { StepContext } from '../../controller/migration/step-context.js';
import { copyVolumes, uncopied, type VolumeTransfer } from '../../controller/migration/volume-passes.js';
import { failureOf } from '../support/failures.js';

const data = { type: 'disk', pool: 'default', source: 'data', path: '/mnt' };

describe('a device that attaches a volume', () => {
  const own = ownVolumes([{ pool: 'default', name: 'data' }]);
  const judged = (device: Record<string, string>, isOwn = own) =>
    privilegesOf({ config: {}, devices: withoutOwnVolumes({ d: device }, isOwn) }).map(({ kind }) => kind);

  test.each([
    ['came with the container', data, own, []],
    ['is read-only', { ...data, readonly: 'true' }, own, []],
    ['did not come with it', data, noVolumes, ['disks']],
    ['is of that name in another storage pool', { ...data, pool: 'other' }, own, ['disks']],
    ['has another name', { ...data, source: 'theirs' }, own, ['disks']],
    ['is a part of a volume', { ...data, source: 'data/../theirs' }, own, ['disks']],
    ['shares its mounts with the host', { ...data, propagation: 'shared' }, own, ['disks']],
    ['has raw options', { ...data, 'raw.mount.options': 'suid' }, own, ['disks']],
    ['is a path of the host', { type: 'disk', source: '/', path: '/mnt' }, own, ['disks']],
  ] as const)('%s', (_, device, isOwn, kinds) => {
    expect(judged(device, isOwn)).toEqual(kinds);
  });

  test('is never attached if it did not come along, whatever the host allows', async () => {
    checkAttached({ data }, own);
    expect(await failureOf(() => checkAttached({ data }, noVolumes))).toMatch(
      /^failed_precondition: device "data" attaches the storage volume "data", which this migration has not/,
    );
  });

  test('is no root disk, and no disk of the host', () => {
    expect(attachesVolume({ type: 'disk', pool: 'default', path: '/' })).toBe(false);
    expect(
      Object.keys(volumeDevices({ data, host: { type: 'disk', source: '/srv', path: '/srv' } })),
    ).toEqual(['data']);
  });
});

test("of a volume's config moves what each daemon knows, and no mark", () => {
  const config = {
    size: '1GiB',
    'snapshots.schedule': '@daily',
    'user.note': 'a',
    'volatile.idmap.last': '[]',
    'volatile.idmap.next': '[]',
    'zfs.use_refquota': 'true',
    'security.unmapped': 'true',
    ...volumeMark('0123456789abcdef', 'destination'),
  };
  expect(movingVolumeConfig(config)).toEqual({
    size: '1GiB',
    'snapshots.schedule': '@daily',
    'user.note': 'a',
    'volatile.idmap.last': '[]',
  });
  expect(isMarkedVolume({ config }, '0123456789abcdef', 'destination')).toBe(true);
  expect(isMarkedVolume({ config }, '0123456789abcdef', 'source')).toBe(false);
  expect(isMarkedVolume({ config }, 'fedcba9876543210', 'destination')).toBe(false);
});

test('an offer of a volume has a size', () => {
  const offer = Buffer.from([0x08, 0x00]);
  expect(withVolumeSize(offer)).toEqual(Buffer.from([0x08, 0x00, 0x58, 0x00]));
  const whole = Buffer.from([0x08, 0x00, 0x58, 0x07]);
  expect(withVolumeSize(whole)).toEqual(whole);
  expect(withVolumeSize(Buffer.from([0xff]))).toEqual(Buffer.from([0xff]));
});

test('a file is disguised if it differs from a snapshot of it in its content alone', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'copa-volumes-'));
  try {
    const write = async (file: string, text: string, second: number) => {
      await mkdir(dirname(join(directory, file)), { recursive: true });
      await writeFile(join(directory, file), text);
      await utimes(join(directory, file), second, second + 0.5);
    };
    const look = (untilMs = Infinity) =>
      findDisguised(join(directory, 'v'), [join(directory, 's1'), join(directory, 's2')], {
        sinceMs: 0,
        untilMs,
      });
    for (const at of ['v', 's1', 's2']) await write(`${at}/same`, 'aaaa', 1000);
    await write('v/newer', 'bbbb', 1001);
    await write('s1/newer', 'aaaa', 1000);
    await write('v/longer', 'bbbbb', 1000);
    await write('s2/longer', 'aaaa', 1000);
    await write('v/only here', 'bbbb', 1000);
    expect(await look()).toBeUndefined();
    expect(await look(0)).toBe('out of time');
    await write('v/d/disguised', 'bbbb', 1000);
    await write('s1/d/disguised', 'aaaa', 1000);
    expect(await look()).toBe('d/disguised');
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a volume that somebody has detached after the last pass is not deleted with the source', async () => {
  const migrationId = '0123456789abcdef';
  const config = volumeMark(migrationId, 'source');
  const volumes = new Map(['data', 'detached'].map((name) => [name, { name, config, used_by: [] }]));
  const lxd = {
    get: (path: string) => {
      if (path === '/1.0/storage-pools?recursion=1') return Promise.resolve([{ name: 'default' }]);
      if (path.includes('/volumes/custom?')) return Promise.resolve([...volumes.values()]);
      const found = volumes.get(path.split('/').at(-1) ?? '');
      return found ? Promise.resolve(found) : Promise.reject(new CopaError('not_found', path));
    },
    request: (method: string, path: string, options: { body?: { config: Record<string, string> } } = {}) => {
      const name = path.split('/').at(-1) ?? '';
      const now = volumes.get(name) as { name: string; config: Record<string, string>; used_by: [] };
      if (options.body) volumes.set(name, { ...now, config: options.body.config });
      return Promise.resolve({ value: method === 'GET' ? now : null, etag: '' });
    },
  } as unknown as LxdClient;
  await keepDetached(lxd, migrationId, { expanded_devices: { data } });
  expect(volumes.get('data')?.config).toEqual(config);
  expect(volumes.get('detached')?.config).toEqual({});
});

describe('what a pass sends of a volume', () => {
  const name = { storagePool: 'default', volume: 'data' };
  const attached = { ...name, problem: '', snapshots: [] as string[], suspect: '' };
  const snapshot = { ...attached, snapshots: ['s1'] };
  const planned = (...names: string[]) =>
    ({ volumes: names.map((volume) => ({ ...name, volume, running: true, byFiles: true })) }) as never;
  type Attached = Parameters<typeof copyVolumes>[2];

  const begun = (more: Partial<MigrationRecord> = {}) => {
    let record = {
      id: '0123456789abcdef',
      options: {},
      plan: planned('data'),
      passes: [] as Pass[],
      ...more,
    } as unknown as MigrationRecord;
    const context = {
      record: () => record,
      save: (change: object) => Promise.resolve(void (record = { ...record, ...change })),
    } as unknown as StepContext;
    const sent: VolumeTransfer[] = [];
    const pass = async (number: number, kind: Pass['kind'], found = [attached], fails?: CopaError) => {
      const made = { number, kind } as Pass;
      if (!record.passes.some((each) => each.number === number)) {
        await context.save({ passes: [...record.passes, made] });
      }
      sent.splice(0);
      await copyVolumes(context, made, found as unknown as Attached, {
        send: (transfer) => {
          sent.push(transfer);
          return fails
            ? Promise.reject(fails)
            : Promise.resolve({ bytes: 1, sourceStartedAtMs: number * 1000, byRsync: false });
        },
        compare: () => Promise.resolve({ volumes: found } as never),
      });
      return sent.map(({ refresh }) => (refresh ? 'refresh' : 'full'));
    };
    return { pass, sent, context };
  };

  test('each running pass and the last one send the difference to the one before', async () => {
    const { pass, sent } = begun();
    expect(await pass(1, 'running')).toEqual(['full']);
    expect(await pass(2, 'running')).toEqual(['refresh']);
    expect(sent[0]).toMatchObject({ firstRefresh: true, changedSinceMs: 1000 });
    expect(await pass(3, 'final')).toEqual(['refresh']);
    expect(sent[0]).toMatchObject({ firstRefresh: false, changedSinceMs: 2000 });
  });

  test('one that cannot be made exact, or that has snapshots, is sent whole, after the stop', async () => {
    const { pass } = begun({ plan: { volumes: [{ ...name, running: false, byFiles: false }] } as never });
    expect(await pass(1, 'running')).toEqual([]);
    expect(await pass(2, 'final')).toEqual(['full']);
    expect(await pass(3, 'final')).toEqual([]);
    const other = begun();
    expect(await other.pass(1, 'running', [snapshot])).toEqual([]);
    expect(await other.pass(2, 'final', [snapshot])).toEqual(['full']);
  });

  test('a file that rsync would leave as it is in a snapshot ends the pass, and blocks bring it', async () => {
    const disguised = [{ ...snapshot, suspect: 'a/b' }];
    await expect(begun().pass(1, 'final', disguised)).rejects.toThrow(
      '"a/b" in storage volume "data" differs',
    );
    const unplanned = begun({ plan: {} as never });
    await expect(unplanned.pass(1, 'final', disguised)).rejects.toThrow('touch it');
    const blocks = begun({ plan: { volumes: [{ ...name, running: false, byFiles: false }] } as never });
    expect(await blocks.pass(1, 'final', disguised)).toEqual(['full']);
  });

  test('a pass that is taken up again has the same transfers, and sends only the rest', async () => {
    const other = { ...attached, volume: 'other' };
    const { pass, sent } = begun({ plan: planned('data', 'other') });
    await pass(1, 'running', [attached]);
    const [first] = sent.map(({ id }) => id);
    expect(await pass(1, 'running', [other, attached])).toEqual(['full']);
    expect(sent[0]?.volume).toEqual({ storagePool: 'default', volume: 'other' });
    expect(sent[0]?.id).not.toBe(first);
    expect(first).toMatch(/^0123456789abcdef-1v[0-9a-f]{8}f$/);
  });

  test('one whose files come and go is left for the last pass, unless the downtime is limited', async () => {
    const vanished = new CopaError('internal', 'rsync: exit status 24');
    const { pass } = begun();
    for (const number of [1, 2])
      expect(await pass(number, 'running', [attached], vanished)).toEqual(['full']);
    expect(await pass(3, 'running', [attached], vanished)).toEqual([]);
    expect(await pass(4, 'final')).toEqual(['full']);
    const limited = begun({ options: { maxDowntimeMs: 1000 } as never });
    await expect(limited.pass(1, 'running', [attached], vanished)).rejects.toBe(vanished);
    const full = new CopaError('resource_exhausted', 'no space');
    await expect(begun().pass(1, 'running', [attached], full)).rejects.toBe(full);
    await expect(begun().pass(1, 'final', [attached], vanished)).rejects.toBe(vanished);
  });

  test('begins again after its copy was removed, and one that cannot move ends the pass', async () => {
    const { pass, context } = begun();
    await pass(1, 'running');
    await context.save(uncopied(context.record()));
    expect(await pass(2, 'running')).toEqual(['full']);
    const shared = { ...attached, problem: 'others use it' };
    await expect(pass(3, 'running', [shared])).rejects.toThrow('others use it');
  });

  test('a snapshot that somebody makes meanwhile comes with a full pass', async () => {
    const { pass } = begun();
    expect(await pass(1, 'running')).toEqual(['full']);
    expect(await pass(2, 'running', [snapshot])).toEqual([]);
    expect(await pass(3, 'final', [snapshot])).toEqual(['full']);
  });

  test('one that was detached is no longer in the record', async () => {
    const { pass, context } = begun();
    await pass(1, 'running');
    expect(await pass(2, 'final', [])).toEqual([]);
    expect(context.record().volumes).toEqual([]);
  });
});
