// Hosts whose daemon has mounts of its own, as LXD has in a snap: the daemon lives in a mount namespace that is nested in
// the host's. Its storage is mounted there alone. Such a daemon can also have a root file system of another Debian release.
import { poolDirectory } from './storage.js';

/**
 * The file with the PID of a process that keeps the namespace, which the daemon enters again when it restarts. snapd
 * mounts the namespace on a file instead. Some kernels refuse that now and then (Linux 6.18: namespaces made on several
 * processors at once are not numbered in order).
 */
const keeper = '/run/daemon-mounts.pid';

export interface DaemonMounts {
  /** The daemon's directory on the host. */
  readonly daemonDirectory: string;
  /** The host's own directory on the machine. */
  readonly directory: string;
  /** An image file to mount at `poolDirectory`. */
  readonly pool?: string;
  /** A root file system for the daemon alone, which stays unchanged. */
  readonly tree?: string;
}

/** The command that runs `argv` where the daemon runs. */
export function besideDaemon(argv: readonly string[]): string[] {
  const enter = `exec nsenter --mount=/proc/$(cat ${keeper})/ns/mnt -- "$@"`;
  return ['sh', '-c', enter, 'sh', ...argv];
}

/** Shell commands for the host's first process that create the namespace; `script` contains `daemonMountsScript`. */
export function nestNamespace(script: string): string {
  return `mkfifo /run/daemon-mounts.ready
unshare --mount --propagation private sh ${script} >&2 &
read pid </run/daemon-mounts.ready && [ -n "$pid" ] && echo $pid >${keeper}`;
}

export function daemonMountsScript({ daemonDirectory, directory, pool, tree }: DaemonMounts): string {
  const storage = `${daemonDirectory}/storage-pools`;
  return `set -e
exec 3>/run/daemon-mounts.ready
mkdir -p ${poolDirectory} ${storage} ${directory}/storage-pools
${pool === undefined ? '' : `mount -o loop ${pool} ${poolDirectory}`}
rm -rf ${poolDirectory}/lost+found
mount --bind ${directory}/storage-pools ${storage}
${tree === undefined ? '' : enterTree(tree, directory, daemonDirectory)}
echo $$ >&3
exec 3>&-
exec sleep infinity`;
}

/** What the daemon writes outside of its own directory is lost when the host is powered off. */
function enterTree(tree: string, directory: string, daemonDirectory: string): string {
  const work = `${directory}/tree`;
  return `mkdir -p ${work}
mount -t tmpfs -o mode=755 tree ${work}
mkdir ${work}/upper ${work}/work ${work}/root
mount -t overlay overlay -o lowerdir=${tree},upperdir=${work}/upper,workdir=${work}/work ${work}/root
cd ${work}/root
for each in proc sys dev run; do mount --rbind /$each $each; done
for each in ${daemonDirectory} ${directory}; do
  mkdir -p .$each
  mount --rbind $each .$each
done
for each in subuid subgid; do
  : >etc/$each
  mount --bind ${directory}/subids etc/$each
done
pivot_root . mnt
umount -l /mnt`;
}
