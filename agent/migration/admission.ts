/**
 * Admission of containers from other hosts: checks the settings of a container and of its snapshots as this host
 * would apply them, with its own profiles and networks. The preflight makes the same check, but a compromised
 * controller could skip the preflight.
 */
import type { LxdClient } from '../lxd/client.js';
import { listNetworks, typesOf, usesNetworks, withNicTypes } from '../lxd/networks.js';
import { listProfiles } from '../lxd/profiles.js';
import { withoutOwnVolumes, type OwnVolumes } from '../model/own-volumes.js';
import { checkPrivileges, type Allowed, type Settings } from '../model/privileges.js';
import { snapshotsIn } from './migration-header.js';
import { expand } from './settings-check.js';
import { checkShellNames } from './shell-names.js';

/** What a container from another host may have here. */
export interface Admission {
  readonly allowed: ReadonlySet<Allowed>;
  readonly isOwnVolume: OwnVolumes;
}

/** Settings including profiles, and the name of the snapshot if they are not the container's own. */
export interface Arrival extends Settings {
  readonly whose?: string;
}

/** Throws `permission_denied` with every setting that is not allowed here. */
export async function checkArrivals(
  lxd: LxdClient,
  arrivals: readonly Arrival[],
  { allowed, isOwnVolume }: Admission,
): Promise<void> {
  const asksNetworks = arrivals.some(({ devices }) => usesNetworks(devices));
  const types = asksNetworks ? typesOf(await listNetworks(lxd)) : new Map<string, string>();
  for (const { config, devices, whose } of arrivals) {
    const judged = withNicTypes(withoutOwnVolumes(devices, isOwnVolume), types);
    checkPrivileges({ config, devices: judged }, allowed, whose);
  }
}

/**
 * Amends a source daemon's migration header and checks the snapshots in the result. Only the header describes them
 * reliably, and restoring a snapshot restores its settings. Throws `permission_denied`, also for a header that cannot
 * be parsed completely, because the daemon might find more in it, and for a name that a shell would run.
 */
export async function checkedOffer(
  lxd: LxdClient,
  { allowed, isOwnVolume }: Admission,
  amend: (offer: Buffer) => Buffer,
): Promise<(offer: Buffer) => Buffer> {
  const [known, networks] = await Promise.all([listProfiles(lxd), listNetworks(lxd)]);
  const types = typesOf(networks);
  return (offer) => {
    snapshotsIn(offer);
    const amended = amend(offer);
    const snapshots = snapshotsIn(amended);
    checkShellNames(snapshots.map(({ name }) => name));
    for (const { name, ...own } of snapshots) {
      const { config, devices } = expand(own, known);
      const judged = withNicTypes(withoutOwnVolumes(devices, isOwnVolume), types);
      checkPrivileges({ config, devices: judged }, allowed, whoseSnapshot(name));
    }
    return amended;
  };
}

export function whoseSnapshot(name: string): string {
  return `snapshot "${name}": `;
}
