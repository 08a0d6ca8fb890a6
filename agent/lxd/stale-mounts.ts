/**
 * Mounts that a daemon has left behind. On `dir`, LXD mounts a snapshot read-only over itself while it sends
 * it; killed meanwhile, it does not know of that mount any more, and then it can delete neither the snapshot
 * nor the container ("read-only file system") until the host is restarted.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { LxdClient } from './client.js';

/** The host's own mounts: this process may be kept in a mount namespace of its own. */
const hostProcess = '1';

const umountTimeoutMs = 10_000;

/**
 * Takes off what a daemon left mounted over a container's snapshots; nothing may be under way on the
 * container. Where the daemon has mounts of its own (a snap), there is nothing to see and nothing is done.
 */
export async function releaseStaleMounts(lxd: LxdClient, container: string): Promise<void> {
  const mountInfo = await readFile(`/proc/${hostProcess}/mountinfo`, 'utf8').catch(() => '');
  const command = ['--target', hostProcess, '--mount', '--', 'umount', '--'];
  for (const path of snapshotMounts(mountInfo, dirname(lxd.socketPath), container)) {
    // One that is in use is nobody's leftover; were it one all the same, the daemon's own words tell it.
    await promisify(execFile)('nsenter', [...command, path], { timeout: umountTimeoutMs }).catch(
      () => undefined,
    );
  }
}

/** The mount points over a container's snapshots, from the text of a `mountinfo` (proc(5)), topmost first. */
export function snapshotMounts(mountInfo: string, daemonDirectory: string, container: string): string[] {
  const pools = `${join(daemonDirectory, 'storage-pools')}/`;
  return mountInfo
    .split('\n')
    .map((line) => unescaped(line.split(' ')[4] ?? ''))
    .filter((path) => {
      if (!path.startsWith(pools)) return false;
      const [, kind, name, snapshot] = path.slice(pools.length).split('/');
      return kind === 'containers-snapshots' && name === container && snapshot !== undefined;
    })
    .reverse();
}

/** The kernel writes blanks and backslashes as three octal digits. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
