/** Snapshots' settings on their way: those of one daemon and its host become those of another. */
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { LxdClient } from '../lxd/client.js';
import { knownConfigKeys } from '../lxd/config-keys.js';
import type { Daemon } from '../lxd/daemon.js';
import { unmarkedConfig } from '../model/marks.js';
import { translateConfig } from './manifest.js';
import { translateSnapshots } from './migration-header.js';
import type { OwnSettings } from './settings-check.js';

/**
 * Changes the source daemon's offer: snapshots at their place here, in the words of this daemon, without what another one
 * noted for itself, and without our marks.
 */
export async function snapshotTranslation(
  lxd: LxdClient,
  daemon: Daemon,
  { server }: Pick<Manifest__Output, 'server'>,
  place: ((own: OwnSettings) => OwnSettings) | undefined,
): Promise<(header: Buffer) => Buffer> {
  const knows = await knownConfigKeys(lxd, daemon);
  return (header) =>
    translateSnapshots(header, (own) => {
      const unmarked = { ...own, config: unmarkedConfig(own.config) };
      const { config, ...others } = place?.(unmarked) ?? unmarked;
      const translated = Object.entries(translateConfig(config, server, daemon.kind));
      const kept = translated.filter(([key]) => !key.startsWith('volatile.') || knows(key));
      return { ...others, config: Object.fromEntries(kept) };
    });
}
