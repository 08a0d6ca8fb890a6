// The daemons that a host can have: where each lives, how it is started and what its client is called. LXD is
// installed on the machine; Incus, which would not share the machine with it, lies unpacked in a directory of
// its own (deploy/lab/incus.sh puts it there).
import { existsSync } from 'node:fs';
import { join } from 'node:path';

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
const incusRoot = '/var/cache/copa/incus';

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
    argv: [join(incusRoot, 'usr/libexec/incus/incusd'), '--group', 'root'],
    client: 'incus',
    env: {
      PATH: `${join(incusRoot, 'usr/bin')}:${path}`,
      INCUS_DIR: '/var/lib/incus',
      LD_LIBRARY_PATH: join(incusRoot, 'usr/lib/x86_64-linux-gnu'),
    },
  },
};

/** Why no host can have Incus here; undefined when one can. */
export function incusObstacle(): string | undefined {
  const program = daemons.incus.argv[0] ?? '';
  return existsSync(program) ? undefined : `${program} is not there: sh deploy/lab/incus.sh puts it there`;
}
