// A host as an operator installs it: Debian 12 without Node.js, with its own systemd, in the lab's namespaces beside
// the host's daemon. Its files are a layer over a root file system that is made once and cached.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from './cache.js';
import { debianMirror, debootstrap } from './trees.js';
import type { Host } from './host.js';
import { run, waitFor, type RunOptions, type RunResult } from './processes.js';

/** Another release of Debian, or one of Ubuntu with its mirror. */
const suite = process.env['COPA_TEST_RELEASE'] ?? 'bookworm';
const mirrorGiven = process.env['COPA_TEST_MIRROR'];
/**
 * Added to the release's minimal system: what every host has, what the commands of docs/install.md use, and what a
 * package recommends.
 */
const included = ['systemd-sysv', 'dbus', 'curl', 'etcd-server'];
const bootTimeoutMs = 60_000;

/** The reason why such a host is not possible here, or undefined. */
export async function debianObstacle(): Promise<string | undefined> {
  const { code } = await run(['sh', '-c', 'command -v debootstrap && grep -w cgroup2 /proc/mounts'], {
    check: false,
  });
  return code === 0 ? undefined : 'missing: debootstrap, or control groups of version 2';
}

/** The directory of the root file system, created at the first call on a machine. */
function debianBase(): Promise<string> {
  return cached(`${suite}-${included.join('-')}`, async (root) => {
    const mirror = mirrorGiven ?? (await debianMirror());
    const options = [`--include=${included.join(',')}`];
    if (mirrorGiven !== undefined) options.push('--components=main,universe');
    // A release that is newer than debootstrap is one of Ubuntu here, and all of those are made like this one.
    const scripts = '/usr/share/debootstrap/scripts';
    const script = existsSync(join(scripts, suite)) ? [] : [join(scripts, 'gutsy')];
    await debootstrap([...options, suite, root, mirror, ...script]);
  });
}

export class DebianHost {
  private constructor(
    readonly host: Host,
    /** Where the host has its root file system. */
    readonly root: string,
    /** The first process, systemd, by its number on the host. */
    private readonly init: string,
  ) {}

  /**
   * Boots Debian on a host that is powered on, to the end of systemd's start; with the host's daemon at its usual
   * place, and `files` in /root.
   */
  static async on(host: Host, files: readonly string[]): Promise<DebianHost> {
    const directory = join(host.directory, 'debian');
    const root = join(directory, 'root');
    const script = fileURLToPath(new URL('debian.sh', import.meta.url));
    const { stdout } = await host.exec([
      'sh',
      script,
      directory,
      await debianBase(),
      host.daemon.directory,
      ...files,
    ]);
    const booted = new DebianHost(host, root, stdout.trim());
    const state = await waitFor(
      `systemd of ${host.name} to have started everything`,
      async () =>
        /^(running|degraded)$/m.exec((await booted.sh('systemctl is-system-running || true')).stdout)?.[0],
      bootTimeoutMs,
    );
    if (state === 'degraded') {
      const { stdout: failed } = await booted.sh('systemctl --failed --plain --no-legend');
      throw new Error(`not all that ${suite} starts on ${host.name} has started: ${failed}`);
    }
    return booted;
  }

  /** Runs a line of shell as root of that Debian, in its /root. Throws as `run` does. */
  sh(line: string, options: RunOptions = {}): Promise<RunResult> {
    const into = ['--mount', '--pid', '--ipc', '--cgroup', '--root', '--wd'];
    const env = [`PATH=${path}`, 'HOME=/root', 'DEBIAN_FRONTEND=noninteractive'];
    return this.host.exec(
      ['nsenter', '--target', this.init, ...into, 'env', '-i', ...env, 'sh', '-euc', `cd /root; ${line}`],
      { title: `${line} (on ${this.host.name})`, timeoutMs: 300_000, ...options },
    );
  }

  /** A path in it as this process reaches it. */
  path(path: string): string {
    return this.host.path(join(this.root, path));
  }
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
