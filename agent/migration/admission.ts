/**
 * What may come to this host: a container's settings, and those of its snapshots, judged as this host would run them,
 * with its own profiles and networks. The preflight finds the same, but a controller that was deceived may leave it out.
 */
import type { LxdClient } from '../lxd/client.js';
import { listNetworks, typesOf, usesNetworks, withNicTypes } from '../lxd/networks.js';
import { listProfiles } from '../lxd/profiles.js';
import { checkPrivileges, type Allowed, type Settings } from '../model/privileges.js';
import { snapshotsIn } from './migration-header.js';
import { expand } from './settings-check.js';

type AllowedHere = ReadonlySet<Allowed>;

/** Settings with what the profiles give, and whose they are where they are not the container's own. */
export interface Arrival extends Settings {
  readonly whose?: string;
}

/** Throws `permission_denied` naming what of these is not allowed here. */
export async function checkArrivals(
  lxd: LxdClient,
  arrivals: readonly Arrival[],
  allowed: AllowedHere,
): Promise<void> {
  const asksNetworks = arrivals.some(({ devices }) => usesNetworks(devices));
  const types = asksNetworks ? typesOf(await listNetworks(lxd)) : new Map<string, string>();
  for (const { config, devices, whose } of arrivals) {
    checkPrivileges({ config, devices: withNicTypes(devices, types) }, allowed, whose);
  }
}

/**
 * The amendment of a source daemon's offer, with a check of the snapshots in what it makes of it, which nobody else
 * describes truly: going back to one brings its settings with it. It throws `permission_denied`, also for an offer that
 * cannot be read to its end, in which the daemon might find more than we do.
 */
export async function checkedOffer(
  lxd: LxdClient,
  allowed: AllowedHere,
  amend: (offer: Buffer) => Buffer,
): Promise<(offer: Buffer) => Buffer> {
  const [known, networks] = await Promise.all([listProfiles(lxd), listNetworks(lxd)]);
  const types = typesOf(networks);
  return (offer) => {
    snapshotsIn(offer);
    const amended = amend(offer);
    for (const { name, ...own } of snapshotsIn(amended)) {
      const { config, devices } = expand(own, known);
      checkPrivileges({ config, devices: withNicTypes(devices, types) }, allowed, whoseSnapshot(name));
    }
    return amended;
  };
}

export function whoseSnapshot(name: string): string {
  return `snapshot "${name}": `;
}
