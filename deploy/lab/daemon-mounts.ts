// Hosts whose daemon has mounts of its own, as LXD has in a snap: the daemon lives in a mount namespace that is nested in
// the host's and pinned where snapd pins it. Its storage is mounted there alone. Such a daemon can also have a root file
// system of another Debian release.
import { poolDirectory } from './storage.js';

/** Where the mount namespace is pinned on the host. The daemon enters it again when it restarts. */
const namespace = '/run/snapd/ns/lxd.mnt';

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
  return ['nsenter', `--mount=${namespace}`, '--wd=/', '--', ...argv];
}

/** Shell commands for the host's first process that create the namespace; `script` contains `daemonMountsScript`. */
export function nestNamespace(script: string): string {
  return `mkdir -p /run/snapd/ns
mount --bind /run/snapd/ns /run/snapd/ns
mount --make-private /run/snapd/ns
: >${namespace}
unshare --mount=${namespace} --propagation private sh ${script}`;
}

export function daemonMountsScript({ daemonDirectory, directory, pool, tree }: DaemonMounts): string {
  const storage = `${daemonDirectory}/storage-pools`;
  return `set -e
mkdir -p ${poolDirectory} ${storage} ${directory}/storage-pools
${pool === undefined ? '' : `mount -o loop ${pool} ${poolDirectory}`}
rm -rf ${poolDirectory}/lost+found
mount --bind ${directory}/storage-pools ${storage}
${tree === undefined ? '' : enterTree(tree, directory, daemonDirectory)}`;
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
