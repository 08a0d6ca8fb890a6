// Aim: exactly the settings of a container that affect its host are found, whatever their names are. Method: tables
// of config and devices.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPrivileges, forbidden, privilegesOf, type Allowed } from '../../agent/model/privileges.js';
import { isHarmlessKey } from '../../agent/model/harmless.js';
import { failureOf } from '../support/failures.js';

describe('config', () => {
  test.each([
    ['security.privileged', 'true', 'privileged'],
    ['security.privileged', '1', 'privileged'],
    ['raw.lxc', 'lxc.hook.start = /bin/sh', 'lowlevel'],
    ['raw.idmap', 'both 0 0', 'lowlevel'],
    ['raw.apparmor', 'mount,', 'lowlevel'],
    ['linux.kernel_modules', 'x', 'lowlevel'],
    ['security.idmap.base', '0', 'lowlevel'],
    ['security.syscalls.intercept.mount', 'true', 'syscalls'],
    ['security.syscalls.allow', 'mount', 'syscalls'],
    ['security.syscalls.deny_default', 'false', 'syscalls'],
    ['nvidia.runtime', 'true', 'devices'],
    ['security.privileged', 'false', undefined],
    ['security.nesting', 'true', undefined],
    ['security.syscalls.deny', 'mount', undefined],
    ['security.syscalls.deny_default', 'true', undefined],
    ['limits.memory', '1GiB', undefined],
    ['user.raw.lxc', 'x', undefined],
    ['security.delegate_bpf', 'true', 'lowlevel'],
    ['security.delegate_bpf.prog_types', 'all', 'lowlevel'],
    ['security.bpffs.path', '/sys/fs/bpf', 'lowlevel'],
    ['security.selinux.domain', 'unconfined_t', 'lowlevel'],
    ['linux.kernel_modules.load', 'boot', 'lowlevel'],
    ['security.syscalls.blacklist_default', 'false', 'syscalls'],
    ['security.syscalls.whitelist', 'mount', 'syscalls'],
    // What nobody knows is not taken for harmless, also where its value was left out on the way.
    ['security.of_tomorrow', 'true', 'unknown'],
    ['security.of_tomorrow', '', 'unknown'],
    ['limits', '1', 'unknown'],
    ['raw.lxc', '', undefined],
    [
      'volatile.idmap.next',
      '[{"Isuid":true,"Isgid":true,"Hostid":1000000,"Nsid":0,"Maprange":65536}]',
      undefined,
    ],
    [
      'volatile.idmap.next',
      '[{"Isuid":true,"Isgid":true,"Hostid":0,"Nsid":0,"Maprange":65536}]',
      'privileged',
    ],
    ['volatile.idmap.next', '[]', 'privileged'],
    ['volatile.idmap.current', 'null', 'privileged'],
  ])('%s=%s is %s', (key, value, kind) => {
    expect(privilegesOf({ config: { [key]: value }, devices: {} }).map((each) => each.kind)).toEqual(
      kind === undefined ? [] : [kind],
    );
  });
});

describe('a device', () => {
  test.each([
    [{ type: 'disk', path: '/', pool: 'default' }, undefined],
    [{ type: 'disk', path: '/srv', source: '/srv' }, 'disks'],
    [{ type: 'disk', path: '/x', source: 'ceph:pool/volume' }, 'disks'],
    // A volume of the destination's own storage.
    [{ type: 'disk', path: '/x', pool: 'default', source: 'secrets' }, 'disks'],
    [{ type: 'disk', path: '/', pool: 'default', source: 'secrets' }, 'disks'],
    [{ type: 'disk', path: '/x', pool: 'default' }, 'disks'],
    [{ type: 'disk', path: '/', pool: 'default', size: '10GiB', 'limits.read': '1MB' }, undefined],
    [{ type: 'disk', path: '/', pool: 'default', propagation: 'rshared' }, 'disks'],
    [{ type: 'disk', path: '/', pool: 'default', 'raw.mount.options': 'suid' }, 'disks'],
    [{ type: 'disk', path: '/tmp', source: 'tmpfs:', size: '1GiB' }, undefined],
    // A pool's name does not hide a path of the host.
    [{ type: 'disk', path: '/x', pool: 'default', source: '/etc' }, 'disks'],
    [{ type: 'nic', network: 'lxdbr0' }, undefined],
    [{ type: 'nic', nictype: 'bridged', parent: 'br0' }, undefined],
    [{ type: 'nic', nictype: 'physical', parent: 'eth0' }, 'devices'],
    [{ type: 'nic', nictype: 'sriov', parent: 'eth0' }, 'devices'],
    [{ type: 'nic', nictype: 'macvlan', parent: 'eth0' }, 'devices'],
    [{ type: 'nic', nictype: 'ipvlan', parent: 'eth0' }, 'devices'],
    [{ type: 'nic', nictype: 'routed', parent: 'eth0', 'ipv4.address': '10.0.0.9' }, 'devices'],
    [{ type: 'nic', nictype: 'of-tomorrow' }, 'devices'],
    [{ type: 'nic', nictype: 'p2p' }, undefined],
    [
      { type: 'nic', nictype: 'bridged', parent: 'br0', vlan: '7', 'security.mac_filtering': 'true' },
      undefined,
    ],
    // Routes of the host, and what a later daemon may do with an option.
    [{ type: 'nic', nictype: 'bridged', parent: 'br0', 'ipv4.routes': '0.0.0.0/1' }, 'devices'],
    [{ type: 'nic', network: 'lxdbr0', 'ipv6.routes.external': '2001:db8::/32' }, 'devices'],
    [{ type: 'nic', network: 'ovn0', acceleration: 'sriov' }, 'devices'],
    [{ type: 'nic', network: 'lxdbr0', of_tomorrow: '1' }, 'devices'],
    [{ type: 'nic', network: 'lxdbr0', of_tomorrow: '' }, undefined],
    [{ type: 'unix-char', path: '/dev/kvm' }, 'devices'],
    [{ type: 'unix-block', path: '/dev/sda' }, 'devices'],
    [{ type: 'gpu' }, 'devices'],
    [{ type: 'usb' }, 'devices'],
    [{ type: 'pci' }, 'devices'],
    [{ type: 'proxy', listen: 'tcp:0.0.0.0:80' }, 'proxies'],
    [{ type: 'none' }, undefined],
    // Unknown settings count as privileges.
    [{ type: 'new-kind' }, 'devices'],
    [{}, 'devices'],
  ] as const)('%o is %s', (device, kind) => {
    expect(privilegesOf({ config: {}, devices: { d: device } }).map((each) => each.kind)).toEqual(
      kind === undefined ? [] : [kind],
    );
  });
});

test('a config key that a later daemon has is named, and can be allowed by itself or with its family', async () => {
  const settings = { config: { 'security.of_tomorrow': '1', 'limits.of.tomorrow': '1' }, devices: {} };
  const keys = (...allowed: Allowed[]) => forbidden(settings, new Set(allowed)).map(({ what }) => what);
  expect(keys()).toEqual(['security.of_tomorrow', 'limits.of.tomorrow']);
  expect(keys('security.of_tomorrow')).toEqual(['limits.of.tomorrow']);
  expect(keys('security.of_tomorrow', 'limits.of.*')).toEqual([]);
  expect(keys('unknown')).toEqual([]);
  expect(await failureOf(() => checkPrivileges(settings, new Set<Allowed>(['limits.*'])))).toMatch(
    /^permission_denied: security.of_tomorrow is a setting that the agent of the destination does not know, .*"allow_privileges: security.of_tomorrow" in/,
  );
  // Of a kind that is not allowed, one key alone may be.
  const raw = { config: { 'raw.idmap': 'both 1 1', 'raw.lxc': 'x' }, devices: {} };
  expect(forbidden(raw, new Set<Allowed>(['raw.idmap'])).map(({ what }) => what)).toEqual(['raw.lxc']);
});

test('only forbidden kinds are refused, with the setting and the way to allow it', async () => {
  const settings = {
    config: { 'security.privileged': 'true', 'raw.lxc': 'x' },
    devices: { data: { type: 'disk', source: '/srv', path: '/srv' } },
  };
  expect(forbidden(settings, new Set(['lowlevel', 'disks'])).map(({ what }) => what)).toEqual([
    'security.privileged',
  ]);
  expect(forbidden(settings, new Set(['privileged', 'lowlevel', 'disks']))).toEqual([]);
  const refusal = await failureOf(() => checkPrivileges(settings, new Set(['lowlevel', 'privileged'])));
  expect(refusal).toMatch(
    /^permission_denied: device "data" \(\/srv\) gives access .*--allow-privileges disks/,
  );
});

describe('whatever a source sends', () => {
  /** Prefixes of what daemons know, and anything after them: what is known, nearly known, and unknown. */
  const known = ['security.', 'limits.', 'raw.', 'linux.', 'nvidia.', 'boot.', 'migration.', ''];
  const key = fc
    .tuple(fc.constantFrom(...known), fc.stringMatching(/^[a-z._]{1,20}$/))
    .map((parts) => parts.join(''));
  const value = fc.constantFrom('true', 'false', '1', 'x', '/etc', 'eth0');
  const option = fc.constantFrom(
    'source',
    'path',
    'pool',
    'parent',
    'nictype',
    'size',
    'listen',
    'of_tomorrow',
    'raw.mount.options',
  );
  const word = fc.constantFrom(
    '',
    '/',
    '/srv',
    'default',
    'tmpfs:',
    'eth0',
    'bridged',
    'macvlan',
    'physical',
    'theirs',
  );
  const kind = fc.constantFrom('disk', 'nic', 'proxy', 'unix-char', 'gpu', 'infiniband', 'of-tomorrow', '');
  const device = fc.tuple(kind, fc.dictionary(option, word)).map(([type, options]) => ({ ...options, type }));
  const kindsOf = (devices: Record<string, Record<string, string>>, config: Record<string, string> = {}) =>
    forbidden({ config, devices }, new Set()).map((each) => each.kind);

  test('a key passes only if the list of harmless ones has it, or its value takes something away', () => {
    fc.assert(
      fc.property(key, value, (name, set) => {
        const isOff =
          name === 'security.privileged' ||
          name === 'nvidia.runtime' ||
          name.startsWith('security.syscalls.');
        if (kindsOf({}, { [name]: set }).length === 0) expect(isHarmlessKey(name) || isOff).toBe(true);
        // What is added at the end of a known name is another name.
        expect(kindsOf({}, { [`security.privileged.${name}`]: set })).toEqual(['unknown']);
      }),
    );
  });

  test('a device passes only as a root disk, memory, or an interface made for the container', () => {
    fc.assert(
      fc.property(device, (given) => {
        const { type, source = '', path, pool = '', nictype = '' } = given as Record<string, string>;
        if (kindsOf({ d: given }).length > 0) return;
        expect(given).not.toMatchObject({ of_tomorrow: expect.stringMatching(/./) as string });
        if (type === 'disk')
          expect((path === '/' && pool !== '' && source === '') || (source === 'tmpfs:' && pool === '')).toBe(
            true,
          );
        else expect([type, ['', 'bridged', 'ovn', 'p2p'].includes(nictype)]).toEqual(['nic', true]);
      }),
      { numRuns: 2_000 },
    );
  });
});
