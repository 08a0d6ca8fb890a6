// The daemons that a host can have: their directories, how they start and their clients. The machine has LXD or Incus
// installed, because their packages exclude each other. Beside LXD, Incus can be unpacked in the cache (by
// deploy/lab/incus.sh).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheDirectory } from './cache.js';

export type DaemonName = 'lxd' | 'incus';

export interface Daemon {
  readonly name: DaemonName;
  /** Its directory on every host: the usual place, so that an agent finds the socket by itself. */
  readonly directory: string;
  readonly argv: readonly string[];
  /** Its client program. */
  readonly client: string;
  /** The environment of both. */
  readonly env: Readonly<Record<string, string>>;
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const incusd = '/usr/libexec/incus/incusd';
const installed = (program: string): boolean =>
  path.split(':').some((directory) => existsSync(join(directory, program)));
const incusRoot = existsSync(incusd) ? '/' : join(cacheDirectory(), 'incus');
const triple = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';

export const daemons: Readonly<Record<DaemonName, Daemon>> = {
  lxd: {
    name: 'lxd',
    directory: '/var/lib/lxd',
    argv: ['lxd', '--group', 'root'],
    client: 'lxc',
    env: { PATH: path, LXD_DIR: '/var/lib/lxd' },
  },
  incus: {
    name: 'incus',
    directory: '/var/lib/incus',
    argv: [join(incusRoot, incusd), '--group', 'root'],
    client: 'incus',
    env: {
      PATH: `${join(incusRoot, 'usr/bin')}:${path}`,
      INCUS_DIR: '/var/lib/incus',
      LD_LIBRARY_PATH: join(incusRoot, 'usr/lib', triple),
    },
  },
};

/** The default daemon of a host: `COPA_LAB_DAEMON`, or LXD where the machine has it, else Incus. */
export const usualDaemon: DaemonName = z
  .enum(['lxd', 'incus'])
  .parse(process.env['COPA_LAB_DAEMON'] ?? (installed('lxd') ? 'lxd' : 'incus'));

/** The reason why hosts cannot have this daemon here, or undefined. */
export function daemonObstacle(name: DaemonName): string | undefined {
  const program = name === 'lxd' ? 'lxd' : join(incusRoot, incusd);
  if (name === 'lxd' ? installed('lxd') && installed('lxc') : existsSync(program)) return undefined;
  return `there is no ${program}: sh deploy/prepare.sh --tests installs it`;
}
