/** Converts a container between the source daemon's representation and the request to the destination's daemon. */
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import { isDeepStrictEqual } from 'node:util';
import { volumeDevices, withoutVolumes } from '../lxd/custom-volumes.js';
import type { InstanceChange } from '../lxd/instances.js';
import type { DaemonKind } from '../lxd/daemon.js';
import { rootDisk } from '../lxd/storage.js';
import type { Devices, Instance } from '../lxd/types.js';
import {
  isMarkKey,
  markKeys,
  markOf,
  overridesOf,
  protectionOf,
  savedOf,
  unmarkedConfig,
  type Mark,
} from '../model/marks.js';
import { unparkedConfig } from '../model/parking.js';

/**
 * The volatile keys that are part of the container's identity: its MAC and interface names, its image, its UUID, and
 * cloud-init's state. All others describe how the source's daemon runs it, for example the last power state, and are
 * not moved.
 */
const movingVolatile = /^volatile\.(base_image|uuid|cloud-init\.instance-id|[^.]+\.(hwaddr|name))$/;

/** Whether a config key moves to another host. All others belong to the source's daemon or are COPA's marks. */
export function movesAlong(key: string): boolean {
  return !isMarkKey(key) && (!key.startsWith('volatile.') || movingVolatile.test(key));
}

/** The same setting under LXD's and Incus's names. */
const renamed: readonly (readonly [lxd: string, incus: string])[] = [
  ['security.devlxd', 'security.guestapi'],
  ['security.devlxd.images', 'security.guestapi.images'],
];

/**
 * The container's own config as it moves: without COPA's keys, and with the original values of the keys that COPA
 * overrides.
 */
export function movingConfig(instance: Pick<Instance, 'config'>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(unparkedConfig(unmarkedConfig(instance.config))).filter(([key]) => movesAlong(key)),
  );
}

/** Renames config keys for the receiving daemon. */
export function translateConfig(
  config: Readonly<Record<string, string>>,
  from: string,
  to: DaemonKind,
): Record<string, string> {
  if (from === to) return { ...config };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      const pair = renamed.find((names) => names.includes(key));
      return [pair ? pair[to === 'incus' ? 1 : 0] : key, value];
    }),
  );
}

/** The settings that a user may have changed, as the destination must have them. */
export function settingsOf(instance: Instance, server: DaemonKind) {
  const { name, description, profiles } = instance;
  return {
    container: name,
    server,
    description,
    ephemeral: markOf(instance)?.saved?.ephemeral ?? instance.ephemeral,
    config: movingConfig(instance),
    devices: devicesToProto(instance.devices),
    profiles: [...profiles],
  };
}

/**
 * The change that gives a held copy the current settings of its source; it stays held. Undefined when nothing
 * differs. The copy keeps its own `volatile.*` keys and the place of its root disk.
 */
export function adopting(
  copy: Instance,
  mark: Mark,
  settings: Manifest__Output,
  daemon: DaemonKind,
): InstanceChange | undefined {
  const own = (key: string) => isMarkKey(key) || key.startsWith('volatile.');
  const wanted = translateConfig(settings.config, settings.server, daemon);
  const effective = { ...protectionOf(mark.saved), ...wanted };
  const { devices, ownRoot = mark.saved?.ownRoot } = adoptedDevices(copy, devicesFromProto(settings.devices));
  const saved = {
    ...mark.saved,
    ...savedOf({ config: wanted, ephemeral: settings.ephemeral }, effective),
    ...(ownRoot === undefined ? {} : { ownRoot }),
  };
  const now = unmarkedConfig(copy.config);
  const gone = Object.keys(now).filter((key) => !own(key) && !(key in wanted));
  // A new device brings its MAC and its name.
  const changed = Object.entries(wanted).filter(
    ([key, value]) => !(own(key) ? key in now : now[key] === value),
  );
  const isSame =
    gone.length + changed.length === 0 &&
    settings.description === copy.description &&
    settings.ephemeral === mark.saved?.ephemeral &&
    isDeepStrictEqual([...settings.profiles], [...copy.profiles]) &&
    isDeepStrictEqual(plain(devices), plain(copy.devices));
  if (isSame) return undefined;
  return {
    config: {
      ...Object.fromEntries(gone.map((key) => [key, null])),
      ...Object.fromEntries(changed),
      ...overridesOf(saved, { locked: true }),
      ...markKeys({ ...mark, saved }),
    },
    devices,
    profiles: settings.profiles,
    description: settings.description,
  };
}

/**
 * The devices for a copy, whose files stay where they are. Its own root disk has the options that the source's has now:
 * somebody may have set a size meanwhile.
 */
function adoptedDevices(
  { devices, expanded_devices }: Instance,
  wanted: Devices,
): { readonly devices: Devices; readonly ownRoot?: true } {
  const root = rootDisk(wanted);
  if (!root) {
    const own = Object.entries(devices).filter(([, device]) => device === rootDisk(devices));
    return { devices: { ...wanted, ...Object.fromEntries(own) } };
  }
  const { pool = '' } = rootDisk(expanded_devices) ?? root;
  const moved = Object.entries(wanted).map(([name, device]): [string, Devices[string]] => [
    name,
    device === root ? { ...root, pool } : device,
  ]);
  return { devices: Object.fromEntries(moved), ownRoot: true };
}

/** Objects decoded from gRPC have no prototype. */
function plain(devices: Devices): unknown {
  return JSON.parse(JSON.stringify(sorted(devices))) as unknown;
}

function sorted(devices: Devices): unknown {
  return Object.entries(devices)
    .map(([name, options]) => [name, Object.entries(options).sort()] as const)
    .sort();
}

export function devicesToProto(devices: Devices) {
  return Object.fromEntries(Object.entries(devices).map(([name, options]) => [name, { options }]));
}

export function devicesFromProto(devices: Manifest__Output['devices']): Devices {
  return Object.fromEntries(Object.entries(devices).map(([name, device]) => [name, device.options]));
}

/** The body of the destination's `POST /1.0/instances`: creates the marked, held copy of the container. */
export function copyRequest(
  manifest: Manifest__Output,
  mark: Omit<Mark, 'saved' | 'role'>,
  daemon: DaemonKind,
  options: { readonly refresh: boolean; readonly live: boolean },
): object {
  const config = translateConfig(manifest.config, manifest.server, daemon);
  const devices = devicesFromProto(manifest.devices);
  const ownRoot = rootDisk(devices) !== undefined;
  const volumes = volumeDevices(devices);
  const hasVolumes = Object.keys(volumes).length > 0;
  const saved = {
    ...savedOf({ config, ephemeral: manifest.ephemeral }, { ...manifest.expandedConfig, ...config }),
    ownRoot,
    ...(hasVolumes ? { volumes } : {}),
  };
  const ours = { role: 'destination', saved } as const;
  return {
    name: manifest.container,
    type: 'container',
    architecture: manifest.architecture,
    description: manifest.description,
    profiles: manifest.profiles,
    // Its volumes are not there yet, and nothing of another host may be attached before it has been checked.
    devices: withoutVolumes(devices),
    ephemeral: false,
    stateful: false,
    // The daemon itself starts what a stateful pass brings.
    config: {
      ...config,
      ...overridesOf(saved, { locked: !options.live }),
      ...markKeys({ ...mark, ...ours }),
    },
    source: {
      type: 'migration',
      mode: 'push',
      live: options.live,
      instance_only: false,
      'base-image': config['volatile.base_image'] ?? '',
      ...(options.refresh ? { refresh: true } : {}),
    },
  };
}
