// Aim: the preflight finds the settings of a container and of its snapshots that do not fit a host, or would have
// another effect there. Method: the decisions alone.
import { describe, expect, test } from 'vitest';
import { addressFindings, listeningPorts, portFindings, portsOf } from '../../agent/migration/addresses.js';
import { oddFindings } from '../../agent/migration/file-findings.js';
import { groupSnapshots } from '../../agent/migration/inspection.js';
import { sizeInBytes } from '../../common/sizes.js';
import { roomReport } from '../../agent/migration/space-report.js';
import { checkShift } from '../../agent/migration/shift-check.js';
import {
  differences,
  settingsFindings,
  snapshotFindings,
  type HostFacts,
} from '../../agent/migration/settings-check.js';

const host: HostFacts = {
  daemon: 'lxd 5.0.2',
  knowsKey: (key) => key !== 'security.odd',
  profiles: new Map([['default', { config: {}, devices: { eth0: { type: 'nic', network: 'lxdbr0' } } }]]),
  networks: new Set(['lxdbr0', 'uplink']),
  networkTypes: new Map([
    ['lxdbr0', 'bridge'],
    ['uplink', 'physical'],
  ]),
  storagePools: new Set(['default']),
  allowed: new Set(),
  pathExists: (path) => path === '/there',
};
const own = { config: {}, devices: {}, profiles: ['default'] };
const messages = (findings: readonly { readonly message: string }[]) =>
  findings.map(({ message }) => message);

describe('settings that do not fit', () => {
  test.each([
    [{ config: { 'security.odd': '1' } }, /does not support the config key "security.odd"/],
    [{ profiles: ['web'] }, /profile "web" does not exist/],
    [{ config: { 'security.privileged': 'true' } }, /^security.privileged gives access to the host/],
    [{ devices: { eth1: { type: 'nic', parent: 'br0' } } }, /network "br0" of device "eth1"/],
    [{ devices: { eth1: { type: 'nic', network: 'uplink' } } }, /^device "eth1" .* gives access to the host/],
    [
      JSON.parse('{"devices":{"__proto__":{"type":"disk","source":"/there","path":"/host"}}}') as object,
      /^device "__proto__"/,
    ],
    [{ devices: { root: { type: 'disk', path: '/', pool: 'tank' } } }, /storage pool "tank"/],
  ])('%j', (change, why) => {
    expect(messages(settingsFindings({ ...own, ...change }, host))).toEqual([expect.stringMatching(why)]);
    const known = settingsFindings(own, host);
    expect(messages(snapshotFindings(['s1'], { ...own, ...change }, host, known))).toEqual([
      expect.stringMatching(/^snapshot "s1": /),
    ]);
  });

  test('are not repeated for snapshots that share them, and many snapshots are in one sentence', () => {
    const odd = { ...own, config: { 'security.odd': '1' } };
    expect(snapshotFindings(['a', 'b'], odd, host, settingsFindings(odd, host))).toEqual([]);
    expect(messages(snapshotFindings(['a', 'b', 'c', 'd', 'e'], odd, host, []))).toEqual([
      expect.stringMatching(/^snapshots "a", "b", "c" and 2 more: /),
    ]);
  });
});

describe('settings in effect there and here', () => {
  const nic = { type: 'nic', network: 'lxdbr0' };
  test('a device that would be missing is a finding, one that differs a warning', () => {
    const missing = differences({ config: {}, devices: { eth0: nic } }, { config: {}, devices: {} });
    expect(messages(missing.findings)).toEqual([expect.stringContaining('device "eth0" (nic)')]);
    const masked = differences(
      { config: {}, devices: { eth0: nic } },
      { config: {}, devices: { eth0: { type: 'none' } } },
    );
    expect(masked.findings).toHaveLength(1);
    const other = differences(
      { config: {}, devices: { eth0: nic } },
      { config: {}, devices: { eth0: { ...nic, network: 'br0' }, gpu: { type: 'gpu' } } },
    );
    expect(other.findings).toEqual([]);
    expect(messages(other.warnings)).toEqual([
      'device "eth0" differs on the destination: network is "lxdbr0" on the source and "br0" on the destination',
      expect.stringContaining('a device "gpu"'),
    ]);
  });

  test('a config key that differs is a warning, a secret is not shown, equal keys are not reported', () => {
    const there = { config: { 'limits.memory': '1GiB', 'environment.TOKEN': 'a', same: '1' }, devices: {} };
    const here = { config: { 'environment.TOKEN': 'b', same: '1' }, devices: {} };
    expect(messages(differences(there, here).warnings)).toEqual([
      'the profiles differ: environment.TOKEN is not the same',
      'the profiles differ: limits.memory is "1GiB" on the source and not set on the destination',
    ]);
  });
});

describe('addresses and ports', () => {
  const nic = { eth0: { type: 'nic', network: 'lxdbr0', 'ipv4.address': '10.1.1.5' } };
  const networks = [{ name: 'lxdbr0', config: { 'ipv4.address': '10.1.1.1/24' } }];

  test('a fixed address that is free and inside is no finding', () => {
    expect(addressFindings(nic, networks, [{ name: 'c2', devices: {} }])).toEqual([]);
    expect(addressFindings({ eth0: { type: 'nic', network: 'lxdbr0' } }, networks, [])).toEqual([]);
  });
  test('one that is in use, or outside the subnet, is', () => {
    expect(messages(addressFindings(nic, networks, [{ name: 'c2', devices: nic }]))).toEqual([
      'the fixed address 10.1.1.5 of device "eth0" is taken on the destination by container "c2"',
    ]);
    const elsewhere = [{ name: 'lxdbr0', config: { 'ipv4.address': '10.2.0.1/16' } }];
    expect(messages(addressFindings(nic, elsewhere, []))).toEqual([
      expect.stringContaining('outside of the subnet 10.2.0.1/16'),
    ]);
  });
  test('ports of the host that are taken are findings, those in the container are not', () => {
    const table = [
      '  sl  local_address rem_address   st',
      '   0: 00000000:0050 00000000:0000 0A 0',
      '   1: 0100007F:1F90 00000000:0000 01 0',
    ];
    const taken = new Set(listeningPorts('tcp', table.join('\n')));
    expect([...taken]).toEqual(['tcp 80']);
    const proxy = { type: 'proxy', listen: 'tcp:0.0.0.0:79-81,8080' };
    expect(messages(portFindings({ web: proxy }, taken))).toEqual([expect.stringContaining('tcp port 80')]);
    expect(portFindings({ web: { ...proxy, bind: 'instance' } }, taken)).toEqual([]);
    expect(portsOf('unix:/run/x')).toEqual([]);
    expect(portsOf('udp:[::]:53')).toEqual(['udp 53']);
  });
});

describe('room', () => {
  const gib = 1024 ** 3;
  const use = { unknown: false, reason: '', volume: 2 * gib, snapshots: 6 * gib, largest: 2 * gib, holes: 0 };
  const place = {
    storagePool: 'p',
    driver: 'dir',
    space: { totalBytes: 100 * gib, freeBytes: 5 * gib },
    sizeMax: 0,
  };

  test('storage that copies each snapshot needs space for all, storage that shares has a range', () => {
    const dir = roomReport(use, place);
    expect(messages(dir.findings)).toEqual([
      expect.stringMatching(/needs 8589934592 bytes .* has room for \d+ bytes/),
    ]);
    const btrfs = roomReport(use, { ...place, driver: 'btrfs' });
    expect(btrfs.findings).toEqual([]);
    expect(messages(btrfs.warnings)).toEqual([expect.stringContaining('if its snapshots share nothing')]);
    expect(btrfs.space).toMatchObject({ needed: 2 * gib, neededMax: 8 * gib });
  });
  test('an unknown size is reported as unknown', () => {
    const report = roomReport({ ...use, unknown: true, reason: 'too slow' }, place);
    expect(messages(report.warnings)).toEqual([
      expect.stringContaining('the size of the container is unknown (too slow)'),
    ]);
    expect(report.space).not.toHaveProperty('needed');
  });
  test('a root disk that is too small is a finding where the storage enforces it, holes are a warning', () => {
    const small = { ...place, sizeMax: sizeInBytes('1GiB') };
    expect(roomReport({ ...use, snapshots: 0 }, { ...small, driver: 'btrfs' }).findings).toHaveLength(1);
    expect(roomReport({ ...use, snapshots: 0 }, small).findings).toEqual([]);
    const sparse = roomReport({ ...use, snapshots: 0, holes: 100 * gib }, place);
    expect(messages(sparse.warnings)).toEqual([expect.stringMatching(/100 GiB of holes.*about 341 s/)]);
    expect([sizeInBytes('10GB'), sizeInBytes('5'), sizeInBytes(undefined), sizeInBytes('much')]).toEqual([
      1e10, 5, 0, 0,
    ]);
  });
});

describe("the source's findings", () => {
  test('snapshots with equal settings are grouped, without values that need no check', () => {
    const snapshot = (name: string, ownConfig: Record<string, string>) => ({
      name,
      ownConfig,
      ownDevices: {},
      profiles: ['default'],
    });
    const groups = groupSnapshots([
      snapshot('a', { 'user.user-data': 'long', 'security.nesting': 'true' }),
      snapshot('b', {
        'user.user-data': 'other',
        'security.nesting': 'true',
        'volatile.uuid.generation': 'x',
      }),
      snapshot('c', { 'security.nesting': 'false' }),
    ]);
    expect(groups.map(({ snapshots }) => snapshots)).toEqual([['a', 'b'], ['c']]);
    expect(groups[0]?.config).toEqual({ 'user.user-data': '', 'security.nesting': 'true' });
  });
  test('files that a move cannot copy are findings, those that will differ warnings', () => {
    const odd = oddFindings({
      longPaths: ['a/'.repeat(2100)],
      immutable: ['/rootfs/x'],
      hardLinks: 2,
      unknown: ['immutable files (x)'],
    });
    expect(messages(odd.findings)).toEqual([
      expect.stringContaining('4096'),
      expect.stringContaining('/rootfs/x'),
    ]);
    expect(messages(odd.warnings)).toEqual([
      expect.stringContaining('2 files'),
      expect.stringContaining('immutable files (x)'),
    ]);
  });
});

describe('a stopped container that is protected against other user ids', () => {
  const ids = (first: number) => JSON.stringify([{ Isuid: true, Isgid: true, Hostid: first, Nsid: 0 }]);
  const copy = (onDisk: string, next: string) => ({
    name: 'c1',
    config: { 'volatile.last_state.idmap': onDisk, 'volatile.idmap.next': next },
  });

  test('is not taken where it could not start', () => {
    const there = copy(ids(1_000_000), ids(2_000_000));
    expect(() => checkShift(there, { 'security.protection.shift': 'true' })).toThrow(
      /could not be started there/,
    );
    expect(() => checkShift(there, { 'security.protection.shift': 'false' })).not.toThrow();
    expect(() => checkShift(there, {})).not.toThrow();
  });

  test.each([
    ['the ids are the same', ids(1), ids(1)],
    ['its files are not shifted', '[]', ids(1)],
  ])('is taken if %s', (_, onDisk, next) => {
    expect(() => checkShift(copy(onDisk, next), { 'security.protection.shift': 'true' })).not.toThrow();
  });
});
