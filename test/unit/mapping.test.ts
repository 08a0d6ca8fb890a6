// Aim: a container gets other names of storage pools, networks and profiles, in its snapshots as in itself, and nothing
// else changes; what is proposed for a host is there, and translates all that is missing. Method: tables, and random
// containers on random hosts.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { translateSnapshots } from '../../agent/migration/migration-header.js';
import { devicesFromProto, devicesToProto } from '../../agent/migration/manifest.js';
import {
  isMapped,
  networkOf,
  mappedManifest,
  profilesThere,
  translatorOf,
  unknownNics,
} from '../../agent/migration/mapping.js';
import { proposals } from '../../agent/migration/proposal.js';
import { encodeField } from '../../agent/migration/protobuf.js';
import { expand, type OwnSettings } from '../../agent/migration/settings-check.js';
import type { Devices } from '../../agent/lxd/types.js';
import type { Settings } from '../../agent/model/privileges.js';
import { mappingFor, noMapping, parseNetwork, formatNames } from '../../controller/model/mapping.js';
import { flagsOf, proposalOf } from '../../controller/migration/proposal.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { Mapping__Output } from '../../proto/gen/copa/agent/v1/Mapping.js';
import { failureOf } from '../support/failures.js';

const root = { type: 'disk', path: '/', pool: 'default', size: '10GiB' };
const nic = { type: 'nic', network: 'lxdbr0', name: 'eth0', 'security.mac_filtering': 'true' };
const web: Settings = {
  config: { 'limits.memory': '1GiB', 'user.copa.role': 'source', 'volatile.x': '1' },
  devices: { root, eth0: nic },
};
const none: Mapping__Output = {
  ...{ storage: '', network: '', nics: {}, flatten: false },
  ...{ storagePools: {}, networks: {}, profiles: {} },
};
const facts = {
  here: new Map<string, Settings>([
    ['web', { config: {}, devices: { root: { ...root, pool: 'tank' } } }],
    ['base', { config: {}, devices: {} }],
  ]),
  networks: [
    { name: 'lan', managed: true, type: 'bridge' },
    { name: 'br0', managed: false, type: 'bridge' },
  ],
};

function manifestOf(own: OwnSettings, profiles: Readonly<Record<string, Settings>>): Manifest__Output {
  const toProto = (settings: Settings) => ({
    config: { ...settings.config },
    devices: devicesToProto(settings.devices),
  });
  const there = new Map(Object.entries(profiles));
  const expanded = expand(own, there);
  const snapshot = { ...toProto(own), profiles: [...own.profiles], snapshots: ['s1'] };
  const given = {
    ...toProto(own),
    profiles: [...own.profiles],
    expandedConfig: { ...expanded.config },
    expandedDevices: devicesToProto(expanded.devices),
    snapshotSettings: [snapshot],
    profileSettings: Object.fromEntries([...there].map(([name, each]) => [name, toProto(each)])),
    storageDriver: 'dir',
  };
  return given as unknown as Manifest__Output;
}

const own: OwnSettings = { config: { 'boot.autostart': 'true' }, devices: {}, profiles: ['web'] };
const manifest = manifestOf(own, { web });
const mapped = (mapping: Partial<Mapping__Output>, of = manifest) => {
  const all = mappedManifest(of, { ...none, ...mapping }, facts);
  const { config, devices, profiles } = all;
  return { config, devices: devicesFromProto(devices), profiles };
};

describe('a mapping', () => {
  test('that says nothing changes nothing', () => {
    expect(isMapped(none)).toBe(false);
    expect(mappedManifest(manifest, none, facts)).toBe(manifest);
    expect(mappedManifest(manifest, null, facts)).toBe(manifest);
  });

  test('writes only what the profiles here do not give', () => {
    expect(mapped({ storage: 'tank' }).devices).toEqual({});
    expect(mapped({ storage: 'nvme' }).devices).toEqual({ root: { ...root, pool: 'nvme' } });
    expect(mapped({ storagePools: { default: 'nvme', other: 'x' } }).devices['root']).toEqual({
      ...root,
      pool: 'nvme',
    });
    expect(mapped({ storagePools: { other: 'x' } }).devices).toEqual({});
    // What the request says counts more.
    expect(mapped({ storage: 'nvme', storagePools: { default: 'x' } }).devices['root']?.['pool']).toBe(
      'nvme',
    );
  });

  test('puts a NIC on a managed network, or on a bridge of the host', () => {
    const { network, ...bare } = nic;
    expect(network).toBe('lxdbr0');
    const bridged = { ...bare, nictype: 'bridged', parent: 'br0' };
    expect(mapped({ network: 'br0' }).devices).toEqual({ eth0: bridged });
    expect(mapped({ nics: { eth0: 'br0' }, network: 'lan' }).devices).toEqual({ eth0: bridged });
    expect(mapped({ networks: { lxdbr0: 'br0' } }).devices).toEqual({ eth0: bridged });
    const back = manifestOf({ ...own, devices: { eth0: { ...bridged, mtu: '9000' } } }, { web });
    expect(mapped({ network: 'lan' }, back).devices).toEqual({ eth0: { ...bare, network: 'lan' } });
  });

  test('keeps the kind of a NIC that is not on a bridge, and what masks a device', () => {
    const odd = manifestOf(
      { ...own, devices: { eth0: { type: 'none' }, lan0: { type: 'nic', nictype: 'macvlan', parent: 'a' } } },
      { web },
    );
    expect(mapped({ network: 'enp1s0' }, odd).devices).toEqual({
      eth0: { type: 'none' },
      lan0: { type: 'nic', nictype: 'macvlan', parent: 'enp1s0' },
    });
  });

  test('flattens what the profiles gave on the source, without what must not come with them', () => {
    expect(mapped({ flatten: true })).toEqual({
      profiles: [],
      config: { 'boot.autostart': 'true', 'limits.memory': '1GiB' },
      devices: { root, eth0: nic },
    });
    expect(mapped({ flatten: true, storage: 'tank' }).devices['root']?.['pool']).toBe('tank');
  });

  test('maps profiles, and uses one that stands for two only once', () => {
    const two = manifestOf({ ...own, profiles: ['web', 'more', 'last'] }, { web, more: web, last: web });
    expect(mapped({ profiles: { web: 'base', last: 'base' } }, two).profiles).toEqual(['more', 'base']);
  });

  test('takes names that every JavaScript object has for names', () => {
    const strange: OwnSettings = {
      config: {},
      devices: { constructor: { ...nic, network: 'toString' } },
      profiles: ['valueOf'],
    };
    const given = manifestOf(strange, { valueOf: { config: {}, devices: { root } } });
    const result = mapped({ storagePools: { default: 'tank' } }, given);
    expect(result.profiles).toEqual(['valueOf']);
    expect(result.devices['constructor']).toEqual(strange.devices['constructor']);
    expect(unknownNics(given, { ...none, nics: { hasOwnProperty: 'br0' } })).toEqual(['hasOwnProperty']);
  });

  test('is refused when the source does not describe a profile', async () => {
    const old = { ...manifest, profileSettings: {} };
    expect(await failureOf(() => Promise.resolve().then(() => mapped({ flatten: true }, old)))).toMatch(
      /^failed_precondition: .*profile "web".*update it/,
    );
  });

  test('names NICs that are not there', () => {
    expect(unknownNics(manifest, { ...none, nics: { eth0: 'a', eth9: 'b' } })).toEqual(['eth9']);
  });
});

describe("snapshots' settings in the daemon's offer", () => {
  const text = (field: number, value: string) => encodeField(field, Buffer.from(value));
  const pair = (field: number, key: string, value: string) =>
    encodeField(field, Buffer.concat([text(1, key), text(2, value)]));
  const snapshot = (...fields: Buffer[]) => encodeField(5, Buffer.concat(fields));

  test('are read whole and written whole', () => {
    const device = encodeField(
      5,
      Buffer.concat([text(1, 'eth0'), pair(2, 'type', 'nic'), pair(2, 'parent', 'a')]),
    );
    const name = text(1, 's1');
    const offer = snapshot(name, pair(2, 'k', 'v'), text(3, 'web'), text(3, 'more'), device);
    let seen: OwnSettings | undefined;
    expect(
      translateSnapshots(offer, (settings) => {
        seen = settings;
        return settings;
      }),
    ).toEqual(offer);
    expect(seen).toEqual({
      config: { k: 'v' },
      profiles: ['web', 'more'],
      devices: { eth0: { type: 'nic', parent: 'a' } },
    });
    const flat = translateSnapshots(offer, ({ devices }) => ({ config: {}, profiles: [], devices }));
    expect(flat).toEqual(snapshot(name, device));
  });
});

const names = fc.constantFrom('a', 'b', 'c');
const bridges = fc.record({ name: names, managed: fc.boolean(), type: fc.constant('bridge') });
const devicesOf: fc.Arbitrary<Devices> = fc
  .record(
    {
      root: fc.record({ type: fc.constant('disk'), path: fc.constant('/'), pool: names }),
      eth0: fc.record({ type: fc.constant('nic'), network: names }),
      eth1: fc.record({ type: fc.constant('nic'), nictype: fc.constant('bridged'), parent: names }),
    },
    { requiredKeys: [] },
  )
  .map((devices) => devices as Devices);
const profile = fc.record({ config: fc.constant({}), devices: devicesOf });
const places = fc.record({
  there: fc.record({ default: profile, web: profile }),
  own: fc.record({
    config: fc.constant({}),
    devices: devicesOf,
    profiles: fc.subarray(['default', 'web']),
  }),
  here: fc.record({ default: profile, web: profile }, { requiredKeys: [] }),
  networks: fc.uniqueArray(bridges, { selector: ({ name }) => name }),
  pools: fc.uniqueArray(names),
});

describe('what is proposed', () => {
  test('is on the host, and leaves no NIC without a network', () => {
    fc.assert(
      fc.property(places, (place) => {
        const host = {
          profiles: new Map(Object.entries(place.here)),
          networks: place.networks,
          storagePools: place.pools.map((name) => ({ name, driver: 'dir', config: {} })),
        };
        const it = manifestOf(place.own, place.there);
        for (const tried of proposals(it, none, host)) {
          for (const network of Object.values(tried.nics)) {
            expect(host.networks.map(({ name }) => name)).toContain(network);
          }
          if (tried.storage) expect(place.pools).toContain(tried.storage);
          const after = mappedManifest(it, tried, { here: host.profiles, networks: host.networks });
          expect(after.profiles.every((each) => host.profiles.has(each))).toBe(true);
          const settings = { ...after, devices: devicesFromProto(after.devices) };
          const { devices } = expand(settings, host.profiles);
          const before = expand(place.own, profilesThere(it)).devices;
          for (const [name, device] of Object.entries(devices)) {
            if (!(name in before) || device['type'] !== 'nic' || host.networks.length === 0) continue;
            expect(host.networks.map(({ name }) => name)).toContain(networkOf(device));
          }
          if (tried.storage && before['root']) expect(devices['root']?.['pool']).toBe(tried.storage);
        }
      }),
    );
  });

  test('keeps all devices and all config that are in effect', () => {
    fc.assert(
      fc.property(places, fc.boolean(), (place, flatten) => {
        const it = manifestOf(place.own, place.there);
        const here = new Map(Object.entries(flatten ? {} : place.there));
        const translate = translatorOf(it, { ...none, flatten, storage: 'x' }, { here, networks: [] });
        const before = expand(place.own, profilesThere(it)).devices;
        const after = expand(translate(place.own), here).devices;
        expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort());
        for (const [name, device] of Object.entries(before)) {
          expect(after[name]).toEqual(device['type'] === 'disk' ? { ...device, pool: 'x' } : device);
        }
      }),
    );
  });
});

describe('words of a mapping', () => {
  test('are what the command line takes', () => {
    const wire = { ...none, storage: 'tank', nics: { eth0: 'br0', eth1: 'lan' }, flatten: true };
    const proposal = proposalOf(wire) ?? {};
    expect(flagsOf(proposal)).toBe(
      '--destination-storage tank --destination-network eth0=br0,eth1=lan --profiles flatten',
    );
    expect(flagsOf({ destination_storage: "it's" })).toBe(`--destination-storage 'it'\\''s'`);
    expect(parseNetwork(proposal.destination_network ?? '')).toEqual({ network: '', nics: wire.nics });
    expect(parseNetwork('br0')).toEqual({ network: 'br0', nics: {} });
    expect(parseNetwork('')).toEqual({ network: '', nics: {} });
    expect(formatNames(wire.nics)).toBe('eth0=br0,eth1=lan');
  });

  test.each(['eth0=', '=br0', 'a=b=c', 'a=b,', 'a,b', 'a=b,a=c', 'a/b', 'a=b/c', '..', 'a\nb'])(
    'refuse the networks %j',
    async (text) => {
      expect(await failureOf(() => Promise.resolve().then(() => parseNetwork(text)))).toMatch(
        /^invalid_argument: destination_network ".*" is not valid: /,
      );
    },
  );

  test('of the request count more than those of the pool', () => {
    const translations = {
      storage: { default: 'tank' },
      networks: { lxdbr0: 'br0' },
      profiles: { web: 'base' },
    };
    expect(mappingFor(undefined)).toBeNull();
    expect(mappingFor(noMapping)).toBeNull();
    const of = (more: object) => mappingFor({ ...noMapping, translations, ...more });
    expect(of({})).toMatchObject({ profiles: { web: 'base' }, storagePools: { default: 'tank' } });
    expect(of({ profiles: 'map' })).toMatchObject({ profiles: { web: 'base' }, flatten: false });
    expect(of({ profiles: 'same' })).toMatchObject({ profiles: {}, flatten: false });
    expect(of({ profiles: 'flatten' })).toMatchObject({ profiles: {}, flatten: true });
  });
});
