/** This host's resources that a container may refer to by name, and the container's settings with them. */
import { existsSync } from 'node:fs';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { Mapping__Output } from '../../proto/gen/copa/agent/v1/Mapping.js';
import type { LxdClient } from '../lxd/client.js';
import { knownConfigKeys } from '../lxd/config-keys.js';
import type { Daemon } from '../lxd/daemon.js';
import { listNetworks, typesOf } from '../lxd/networks.js';
import { listProfiles } from '../lxd/profiles.js';
import type { Network, StoragePool } from '../lxd/types.js';
import type { Allowed, Settings } from '../model/privileges.js';
import { devicesFromProto } from './manifest.js';
import { isMapped, mappedManifest, translatorOf } from './mapping.js';
import { expand, type HostFacts, type OwnSettings } from './settings-check.js';

/** The resources of this host. */
export interface FullFacts {
  readonly daemon: Daemon;
  readonly facts: HostFacts;
  readonly profiles: HostFacts['profiles'];
  readonly networks: readonly Network[];
  readonly storagePools: readonly StoragePool[];
}

export async function hostFacts(
  lxd: LxdClient,
  daemon: Daemon,
  allowed: ReadonlySet<Allowed>,
): Promise<FullFacts> {
  const [knowsKey, profiles, networks, storagePools] = await Promise.all([
    knownConfigKeys(lxd, daemon),
    listProfiles(lxd),
    listNetworks(lxd),
    lxd.get<StoragePool[]>('/1.0/storage-pools?recursion=1'),
  ]);
  const facts = {
    daemon: `${daemon.kind} ${daemon.version}`,
    knowsKey,
    profiles,
    networks: new Set(networks.map(({ name }) => name)),
    networkTypes: typesOf(networks),
    storagePools: new Set(storagePools.map(({ name }) => name)),
    allowed,
    pathExists: existsSync,
  };
  return { daemon, facts, profiles, networks, storagePools };
}

/** The container as the daemon would create it here. */
export async function mappedHere(
  lxd: LxdClient,
  manifest: Manifest__Output,
  mapping: Mapping__Output | null,
): Promise<{
  readonly manifest: Manifest__Output;
  readonly translate: ((own: OwnSettings) => OwnSettings) | undefined;
}> {
  if (!isMapped(mapping)) return { manifest, translate: undefined };
  const [profiles, networks] = await Promise.all([listProfiles(lxd), listNetworks(lxd)]);
  const facts = { here: profiles, networks };
  return {
    manifest: mappedManifest(manifest, mapping, facts),
    translate: translatorOf(manifest, mapping, facts),
  };
}

/**
 * The container's config and devices with this host's profiles applied. Later profiles and the container's own values
 * win.
 */
export async function expandHere(lxd: LxdClient, manifest: Manifest__Output): Promise<Settings> {
  const profiles = await Promise.all(
    manifest.profiles.map(
      async (profile) =>
        [profile, await lxd.get<Settings>(`/1.0/profiles/${encodeURIComponent(profile)}`)] as const,
    ),
  );
  const { config, devices, profiles: names } = manifest;
  return expand({ config, devices: devicesFromProto(devices), profiles: names }, new Map(profiles));
}
