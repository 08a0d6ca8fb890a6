// The daemons that a host can have: their directories, how they start and their clients. The machine has LXD or Incus
// installed, because their packages exclude each other. Beside LXD, Incus can be unpacked in the cache (by
// deploy/lab/incus.sh).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheDirectory } from './cache.js';
import { treeObstacle, type Tree } from './trees.js';

/**
 * `snap` is LXD in a mount namespace of its own, where LXD from the snap has it. `lxd13` and `incus7` are the daemons of
 * Debian 13 and of its backports.
 */
export const daemonNames = ['lxd', 'incus', 'snap', 'lxd13', 'incus7'] as const;

export type DaemonName = (typeof daemonNames)[number];

export interface Daemon {
  readonly kind: 'lxd' | 'incus';
  /** Its directory on every host: the usual place, so that an agent finds the socket by itself. */
  readonly directory: string;
  readonly argv: readonly string[];
  /** Its client program. */
  readonly client: string;
  /** The environment of both. */
  readonly env: Readonly<Record<string, string>>;
  /** Set if the daemon has mounts of its own; then `tree` is the root file system that it needs, if any. */
  readonly ownMounts?: { readonly tree?: Tree };
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const incusd = '/usr/libexec/incus/incusd';
const snapDirectory = '/var/snap/lxd/common/lxd';
const installed = (program: string): boolean =>
  path.split(':').some((directory) => existsSync(join(directory, program)));
const incusRoot = existsSync(incusd) ? '/' : join(cacheDirectory(), 'incus');
const triple = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';

export const daemons: Readonly<Record<DaemonName, Daemon>> = {
  lxd: {
    kind: 'lxd',
    directory: '/var/lib/lxd',
    argv: ['lxd', '--group', 'root'],
    client: 'lxc',
    env: { PATH: path, LXD_DIR: '/var/lib/lxd' },
  },
  incus: {
    kind: 'incus',
    directory: '/var/lib/incus',
    argv: [join(incusRoot, incusd), '--group', 'root'],
    client: 'incus',
    env: {
      PATH: `${join(incusRoot, 'usr/bin')}:${path}`,
      INCUS_DIR: '/var/lib/incus',
      LD_LIBRARY_PATH: join(incusRoot, 'usr/lib', triple),
    },
  },
  snap: {
    kind: 'lxd',
    directory: snapDirectory,
    argv: ['lxd', '--group', 'root'],
    client: 'lxc',
    env: { PATH: path, LXD_DIR: snapDirectory },
    ownMounts: {},
  },
  lxd13: {
    kind: 'lxd',
    directory: '/var/lib/lxd',
    argv: ['lxd', '--group', 'root'],
    client: 'lxc',
    env: { PATH: path, LXD_DIR: '/var/lib/lxd' },
    ownMounts: { tree: { suite: 'trixie', packages: ['lxd', 'lxd-client'] } },
  },
  incus7: {
    kind: 'incus',
    directory: '/var/lib/incus',
    argv: [incusd, '--group', 'root'],
    client: 'incus',
    env: { PATH: path, INCUS_DIR: '/var/lib/incus' },
    ownMounts: {
      tree: { suite: 'trixie', from: 'trixie-backports', packages: ['incus-base', 'incus-client'] },
    },
  },
};

/** The default daemon of a host: `COPA_LAB_DAEMON`, or LXD where the machine has it, else Incus. */
export const usualDaemon: DaemonName = z
  .enum(daemonNames)
  .parse(process.env['COPA_LAB_DAEMON'] ?? (installed('lxd') ? 'lxd' : 'incus'));

/** The reason why hosts cannot have this daemon here, or undefined. */
export function daemonObstacle(name: DaemonName): string | undefined {
  if (daemons[name].ownMounts?.tree) return treeObstacle();
  const isLxd = daemons[name].kind === 'lxd';
  const program = isLxd ? 'lxd' : join(incusRoot, incusd);
  if (isLxd ? installed('lxd') && installed('lxc') : existsSync(program)) return undefined;
  return `there is no ${program}: sh deploy/prepare.sh --tests installs it`;
}
