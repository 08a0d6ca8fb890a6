/** Profiles as the daemon keeps them. */
import type { LxdClient } from './client.js';
import type { Devices } from './types.js';

export interface Profile {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
  readonly devices: Devices;
}

/** All profiles, by name. */
export async function listProfiles(lxd: LxdClient): Promise<ReadonlyMap<string, Profile>> {
  const all = await lxd.get<Profile[]>('/1.0/profiles?recursion=1');
  return new Map(all.map((profile) => [profile.name, profile]));
}
