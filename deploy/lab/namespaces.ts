// A host's namespaces: mounts, network, processes, host name, control groups. Its first process holds them
// all, so the end of that one process is the end of the host, as when its power fails.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cgroup } from './cgroups.js';
import { daemonMountsScript, nestNamespace } from './daemon-mounts.js';
import { childrenOf, identify, run, type ProcessId } from './processes.js';
import { poolDirectory } from './storage.js';

interface HostNamespaces {
  readonly name: string;
  readonly cgroup: Cgroup;
  /** The directory of the outer file system that the host sees as its daemon's, and its path there. */
  readonly daemon: { readonly outside: string; readonly inside: string };
  /** A file with the one line that /etc/subuid and /etc/subgid show inside. */
  readonly subids: string;
  /** An image file to mount at `poolDirectory`. */
  readonly pool?: string;
  /** The daemon has mounts of its own, and perhaps a root file system of its own. */
  readonly ownMounts?: { readonly tree?: string };
  /** Where the first process's script and log go. */
  readonly directory: string;
  /** Whether the host dies with this process, or outlives it. */
  readonly outlive: boolean;
}

/**
 * Starts a host's first process and returns its identity when everything is mounted.
 * The network namespace contains only `lo`.
 * @throws Error with the first process's last output when a mount fails.
 */
export async function powerUp(host: HostNamespaces): Promise<ProcessId> {
  const script = join(host.directory, 'boot.sh');
  const mounts = join(host.directory, 'daemon-mounts.sh');
  await writeFile(script, firstProcess(host, mounts));
  if (host.ownMounts) {
    const { directory, daemon, ownMounts, pool } = host;
    const its = { daemonDirectory: daemon.inside, directory, ...ownMounts };
    await writeFile(mounts, daemonMountsScript(pool === undefined ? its : { ...its, pool }));
  }
  const logFile = join(host.directory, 'init.log');
  const log = openSync(logFile, 'a');
  const namespaces = [
    '--mount',
    '--net',
    '--pid',
    '--uts',
    '--ipc',
    '--cgroup',
    '--fork',
    '--kill-child=KILL',
  ];
  const command = [
    ...(host.outlive ? [] : ['setpriv', '--pdeathsig', 'KILL']),
    ...joining(host.cgroup.roots(), ['unshare', ...namespaces, 'sh', script]),
  ];
  const [program = '', ...rest] = command;
  const child = spawn(program, rest, { cwd: '/', detached: true, stdio: ['ignore', 'pipe', log] });
  const output = child.stdout;
  closeSync(log);
  if (output === null) throw new Error('A pipe was asked for');
  try {
    await new Promise<void>((resolve, reject) => {
      output.once('data', () => resolve());
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`${host.name} did not boot; see ${logFile}`)));
    });
  } finally {
    output.destroy();
    child.unref();
  }
  host.cgroup.settle();
  const [pid = 0] = childrenOf(child.pid ?? 0);
  const id = identify(pid);
  if (id === undefined) throw new Error(`${host.name} died while booting; see ${logFile}`);
  return id;
}

/**
 * The command that runs `argv` in all namespaces and the control group of the host whose first process is `pid`.
 * nsenter itself stays outside the group, so that it survives a kill of the host and reaps its child. Otherwise
 * nobody might reap it, and a process namespace ends only when all of its processes are reaped.
 */
export function inside(pid: number, cgroup: Cgroup, argv: readonly string[]): string[] {
  const into = ['--mount', '--net', '--pid', '--uts', '--ipc', '--cgroup'];
  return ['nsenter', '--target', String(pid), ...into, '--', ...joining(cgroup.leavesInside(), argv)];
}

/**
 * A command for `inside` that leaves `argv` running as a child of the host's first process, and prints its PID in the
 * host's process namespace.
 */
export function inBackground(log: string, argv: readonly string[]): string[] {
  return ['sh', '-c', 'log=$1; shift; setsid "$@" </dev/null >>"$log" 2>&1 & echo $!', 'sh', log, ...argv];
}

/** Runs `argv` with the machine's files but the host's network: for ip and tc. */
export function runInNetwork(pid: number, argv: readonly string[], input = ''): Promise<{ stdout: string }> {
  return run(['nsenter', '--target', String(pid), '--net', '--', ...argv], { input });
}

/** A shell's built-in `echo` creates no process, so the shell itself joins, and then becomes the command. */
function joining(groups: readonly string[], argv: readonly string[]): string[] {
  const script = `n=$1; shift
    while [ "$n" -gt 0 ]; do echo 0 > "$1/cgroup.procs" || exit 1; shift; n=$((n - 1)); done
    exec "$@"`;
  return ['sh', '-c', script, 'sh', String(groups.length), ...groups, ...argv];
}

function firstProcess(host: HostNamespaces, mountsScript: string): string {
  const storage = host.pool === undefined ? '' : `mount -o loop ${host.pool} ${poolDirectory}`;
  return `# Brings up ${host.name} in its new namespaces, then stays as its first process.
set -e
hostname ${host.name}
# Copies of the machine's named network namespaces would keep those alive for as long as this host.
umount -R -l /run/netns 2>/dev/null || true
mkdir -p ${host.daemon.inside}
mount --bind ${host.daemon.outside} ${host.daemon.inside}
for file in /etc/subuid /etc/subgid; do
  if [ -e $file ]; then mount --bind ${host.subids} $file; fi
done
mount -t proc proc /proc
# /sys shows the network namespace of whoever mounted it.
umount -R -l /sys
mount -t sysfs sysfs /sys
${host.cgroup.mountScript()}
# LXC's locks are named by container, so hosts must not share them.
mount -t tmpfs -o mode=755 run /run
mkdir /run/lock ${poolDirectory}
${host.ownMounts ? nestNamespace(mountsScript) : storage}
# LXD takes an empty directory only, and a new ext4 is not.
rm -rf ${poolDirectory}/lost+found
ip link set lo up
echo ready
exec >&2
set +e
# Reaps what is orphaned; as the first process it ignores every signal but a SIGKILL from outside.
sleep infinity &
while :; do wait $!; done`;
}
