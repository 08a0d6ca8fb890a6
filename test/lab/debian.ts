// A host as somebody installs it: Debian 12 without Node.js, in the lab's namespaces beside the host's LXD. Its
// files are a layer over a root file system that is made once and kept in /var/cache/copa-lab.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { daemons } from './daemons.js';
import type { Host } from './host.js';
import { run, type RunOptions, type RunResult } from './processes.js';

const cache = '/var/cache/copa-lab';
const suite = 'bookworm';
const lxdDirectory = daemons.lxd.directory;
/** Beside Debian's own minimum: what the README's commands use, and what a package recommends. */
const included = ['curl', 'etcd-server'];
/** Installing Debian takes as long as its mirror does. */
const installTimeoutMs = 480_000;

/** Why there can be no such host here; undefined when there can. */
export async function debianObstacle(): Promise<string | undefined> {
  if (existsSync(base)) return undefined;
  const { code } = await run(['sh', '-c', 'command -v debootstrap'], { check: false });
  return code === 0 ? undefined : 'missing: debootstrap';
}

const base = join(cache, `${suite}-${included.join('-')}`);

/** The directory of the root file system, made at the first call on a machine. */
export async function debianBase(): Promise<string> {
  if (existsSync(base)) return base;
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'making-'));
  try {
    const asked = [
      'apt-get',
      'indextargets',
      '--format',
      '$(REPO_URI)',
      'Created-By: Packages',
      'Origin: Debian',
    ];
    const [mirror = ''] = (await run(asked, { check: false })).stdout.split('\n');
    if (!mirror) throw new Error('apt-get has no Debian mirror here, so no Debian can be made for a host');
    const include = `--include=${included.join(',')}`;
    await run(['debootstrap', '--variant=minbase', include, suite, work, mirror], {
      timeoutMs: installTimeoutMs,
    });
    await run(['chmod', '755', work]);
    await rename(work, base);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return base;
}

export class DebianHost {
  private constructor(
    readonly host: Host,
    /** Where the host has its root file system. */
    readonly root: string,
  ) {}

  /** Mounts Debian on a host that is powered on; with the host's LXD at its usual place, and `files` in /root. */
  static async on(host: Host, files: readonly string[]): Promise<DebianHost> {
    const directory = join(host.directory, 'debian');
    const [root, upper, work] = ['root', 'upper', 'work'].map((name) => join(directory, name));
    for (const each of [root, upper, work]) await mkdir(each ?? '', { recursive: true });
    const mounts = `
      set -e
      mount -t overlay overlay -o "lowerdir=$1,upperdir=${upper},workdir=${work}" "${root}"
      cd "${root}"
      for each in proc sys dev; do mount --rbind /$each $each; done
      mount -t tmpfs -o mode=755 run run
      mkdir -p run/systemd/system .${lxdDirectory}
      mount --rbind ${lxdDirectory} .${lxdDirectory}
      cp "$2" usr/bin/systemctl
      chmod 755 usr/bin/systemctl
      shift 2
      cp "$@" root/`;
    const systemctl = fileURLToPath(new URL('systemctl.sh', import.meta.url));
    await host.exec(['sh', '-c', mounts, 'sh', await debianBase(), systemctl, ...files]);
    return new DebianHost(host, root ?? '');
  }

  /** Runs a line of shell as root of that Debian, in its /root. Throws as `run` does. */
  sh(line: string, options: RunOptions = {}): Promise<RunResult> {
    const shell = ['sh', '-euc', `cd /root; ${line}`];
    // What `chroot` is: every process that it starts sees Debian alone.
    return this.host.exec(
      [
        'env',
        '-i',
        `PATH=${path}`,
        'HOME=/root',
        'DEBIAN_FRONTEND=noninteractive',
        'chroot',
        this.root,
        ...shell,
      ],
      {
        title: `${line} (on ${this.host.name})`,
        timeoutMs: 300_000,
        ...options,
      },
    );
  }

  /** A path in it as this process reaches it. */
  path(path: string): string {
    return this.host.path(join(this.root, path));
  }
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
