// The daemons that a host can have: where each lives, how it is started and what its client is called. The machine
// has LXD or Incus installed, as their packages exclude each other. Beside LXD, Incus can lie unpacked in the cache
// (deploy/lab/incus.sh puts it there).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheDirectory } from './cache.js';

export type DaemonName = 'lxd' | 'incus';

export interface Daemon {
  readonly name: DaemonName;
  /** Where it lives on every host: its usual place, so that an agent finds the socket by itself. */
  readonly directory: string;
  readonly argv: readonly string[];
  /** The client that comes with it. */
  readonly client: string;
  /** What both need in their environment. */
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

/** The daemon of a host that nothing else is said of: `COPA_LAB_DAEMON`, or LXD where the machine has it, else Incus. */
export const usualDaemon: DaemonName = z
  .enum(['lxd', 'incus'])
  .parse(process.env['COPA_LAB_DAEMON'] ?? (installed('lxd') ? 'lxd' : 'incus'));

/** Why no host can have this daemon here; undefined when one can. */
export function daemonObstacle(name: DaemonName): string | undefined {
  const program = name === 'lxd' ? 'lxd' : join(incusRoot, incusd);
  if (name === 'lxd' ? installed('lxd') && installed('lxc') : existsSync(program)) return undefined;
  return `there is no ${program}: sh deploy/prepare.sh --tests installs it`;
}
