/**
 * The last pass between btrfs storage pools, by rsync.
 *
 * Between btrfs the daemons send the difference between two snapshots. That costs little for large files, but it has two
 * faults:
 *
 * - It needs a new snapshot, and the daemons read all files of the container once for each of its snapshots (LXD 5.0
 *   looks for subvolumes so). In the last pass, this is downtime, however little has changed.
 * - If only the owner of a file differs from the snapshot's, the kernel sends only the owner, and setting an owner
 *   clears the set-user-ID and set-group-ID bits (seen with Linux 6.18). This happens to every such file of a container
 *   that has snapshots from a host with other user IDs. File capabilities are sent again (Linux 5.8 and later).
 *
 * rsync reads all files once, and corrects modes. It would be slow for large files that have changed, it would separate
 * hard links that have changed, and it does not make subvolumes. So it is used for the last pass where there is none of
 * these, and to correct modes after a pass in which nothing else is left to copy.
 *
 * Ruled out: to send the modes beside the difference and to set them at the destination, which would leave the first
 * fault as it is; to send everything by rsync if user IDs differ, which would separate all hard links.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { changedSince } from './changed-times.js';
import { splitNames, walk } from './file-walk.js';

/** Limit on the sizes of all changed files together. rsync reads such files on both hosts. */
const changedBytesMax = 128 * 1024 ** 2;

/** Limit on the names of changed files, which are in memory meanwhile. */
const namesBytesMax = 8 * 1024 ** 2;

/** The inode number of a subvolume's root directory (BTRFS_FIRST_FREE_OBJECTID). */
const subvolumeInode = '256';

class RuledOut extends Error {}

/**
 * The names of the files that changed since a time, each ended by a zero byte; undefined when rsync would not bring them
 * exactly, or not fast.
 */
export async function filesForRsync(
  volume: string,
  sinceMs: number,
  signal: AbortSignal,
): Promise<readonly Buffer[] | undefined> {
  const found: Buffer[] = [];
  let [changedBytes, namesBytes] = [0, 0];
  const subvolumes = ['-mindepth', '1', '-type', 'd', '-inum', subvolumeInode, '-printf', 's\\0'];
  const changed = [...changedSince(sinceMs), '-printf', '%n %s %P\\0'];
  try {
    await walk(
      volume,
      [...subvolumes, '-o', ...changed],
      (lines) => {
        for (const line of splitNames(lines)) {
          const [links, size = '0'] = line.split(' ', 2);
          if (links !== '1') throw new RuledOut();
          const name = Buffer.from(`${line.slice(size.length + 3)}\0`, 'latin1');
          changedBytes += Number(size);
          namesBytes += name.length;
          if (changedBytes > changedBytesMax || namesBytes > namesBytesMax) throw new RuledOut();
          found.push(name);
        }
        return Promise.resolve();
      },
      signal,
    );
  } catch (error) {
    if (error instanceof RuledOut) return undefined;
    throw error;
  }
  return found;
}

/**
 * Whether the daemons' own format may have cleared set-user-ID or set-group-ID bits of the container: a file with such a
 * bit has another owner in one of the snapshots, or another name.
 */
export async function mayLoseModes(volume: string, snapshots: readonly string[]): Promise<boolean> {
  if (snapshots.length === 0) return false;
  const special: { readonly owners: string; readonly name: Buffer }[] = [];
  await walk(volume, ['-type', 'f', '-perm', '/6000', '-printf', '%U:%G %P\\0'], (lines) => {
    for (const line of splitNames(lines)) {
      const [owners = ''] = line.split(' ', 1);
      special.push({ owners, name: Buffer.from(line.slice(owners.length + 1), 'latin1') });
    }
    return Promise.resolve();
  });
  for (const snapshot of snapshots) {
    const before = await Promise.all(
      special.map(async ({ name }) =>
        lstat(Buffer.concat([Buffer.from(join(snapshot, '/')), name])).catch(() => undefined),
      ),
    );
    if (special.some(({ owners }, at) => `${before[at]?.uid}:${before[at]?.gid}` !== owners)) return true;
  }
  return false;
}

/** Remembers the snapshots that passes of a migration have brought. A refresh by rsync brings no new ones exactly. */
export class SentSnapshots {
  readonly #byMigration = new Map<string, ReadonlySet<string>>();

  /** How many migrations are remembered. A forgotten one uses the daemons' own format. */
  static readonly remembered = 1000;

  note(migrationId: string, names: readonly string[]): void {
    this.#byMigration.delete(migrationId);
    this.#byMigration.set(migrationId, new Set(names));
    const [oldest] = this.#byMigration.keys();
    if (this.#byMigration.size > SentSnapshots.remembered && oldest) this.#byMigration.delete(oldest);
  }

  hasAll(migrationId: string, names: readonly string[]): boolean {
    const sent = this.#byMigration.get(migrationId);
    return sent !== undefined && names.every((name) => sent.has(name));
  }
}
