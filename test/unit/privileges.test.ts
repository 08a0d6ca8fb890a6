// Aim: exactly the settings of a container that affect its host are found, whatever their names are. Method: tables
// of config and devices.
import { describe, expect, test } from 'vitest';
import { checkPrivileges, forbidden, privilegesOf } from '../../agent/model/privileges.js';
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
    // A pool's name does not hide a path of the host.
    [{ type: 'disk', path: '/x', pool: 'default', source: '/etc' }, 'disks'],
    [{ type: 'nic', network: 'lxdbr0' }, undefined],
    [{ type: 'nic', nictype: 'bridged', parent: 'br0' }, undefined],
    [{ type: 'nic', nictype: 'physical', parent: 'eth0' }, 'devices'],
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
