/**
 * The mark that btrfs leaves on what it has received (the "received UUID"), and why a container must not keep it.
 *
 * Daemons make a volume that they received writable and leave the mark on it. Every read-only snapshot of it
 * inherits the mark, and two snapshots then answer to one name. A snapshot that was received keeps the mark, too,
 * and is sent on under that name, while LXD looks for it under its UUID when it compares what both sides have. In
 * either case it asks for the wrong difference ("cannot find parent subvolume"): a container that has been moved
 * once could not be moved by differences again.
 *
 * A snapshot loses it when it becomes writable and btrfs-progs lets it (5.14.2 and later). A volume, which may be
 * a running container's, need not be touched otherwise: the kernel takes the mark off on demand
 * (BTRFS_IOC_SET_RECEIVED_SUBVOL with a UUID of zeros). Node has no ioctl, and Perl, which every Debian and Ubuntu
 * host has, does. Ruled out: making the volume read-only for a moment, as a crash right then would leave a
 * container without a disk to write to.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const timeout = 30_000;

/** Some 150 bytes for each subvolume of the file system. */
const listBytesMax = 64 * 1024 * 1024;

/** The request's number is the same on all of Linux' architectures but a few old ones, where it fails. */
const takeOff = `sysopen my $volume, shift, 0 or die "$!\\n"; my $none = pack 'x200'; ioctl $volume, 0xC0C89425, $none or die "$!\\n"`;

export interface Subvolume {
  /** Below the root of its file system. */
  readonly path: string;
  readonly marked: boolean;
  readonly readOnly: boolean;
}

/**
 * All subvolumes of the file system that a directory is on, by one look at each kind, however many there are. Throws
 * when btrfs-progs is not there or cannot list them.
 */
export async function listSubvolumes(directory: string): Promise<readonly Subvolume[]> {
  const list = async (...flags: string[]) => {
    const { stdout } = await run('btrfs', ['subvolume', 'list', ...flags, '--', directory], {
      timeout,
      maxBuffer: listBytesMax,
    });
    return subvolumesIn(stdout);
  };
  const [all, readOnly] = await Promise.all([list('-R'), list('-R', '-r')]);
  const ids = new Set(readOnly.map(({ path }) => path));
  return all.map((each) => ({ ...each, readOnly: ids.has(each.path) }));
}

/** What `btrfs subvolume list -R` prints. */
export function subvolumesIn(text: string): Omit<Subvolume, 'readOnly'>[] {
  return text.split('\n').flatMap((line) => {
    const [, received, path] = /received_uuid (\S+)\s+path (.*)$/.exec(line) ?? [];
    return path === undefined ? [] : [{ path, marked: received !== '-' }];
  });
}

/** The subvolume at `path` below a storage pool, and those below it. */
export function subvolumesAt(all: readonly Subvolume[], path: string) {
  const own = all.find((each) => each.path === path || each.path.endsWith(`/${path}`));
  return { own, below: own ? all.filter((each) => each.path.startsWith(`${own.path}/`)) : [] };
}

/** Whether a volume and its snapshots carry no mark that could not be taken off; false where nobody knows. */
export async function canBeUnmarked(directory: string, paths: readonly string[]): Promise<boolean> {
  try {
    const all = await listSubvolumes(directory);
    const found = paths.map((path) => subvolumesAt(all, path));
    if (found.some(({ own, below }) => !own || below.some(({ marked }) => marked))) return false;
    if (found.some(({ own }) => own?.marked)) await run('perl', ['-e', '1'], { timeout });
    return true;
  } catch {
    return false;
  }
}

/**
 * Takes the mark off a volume, whoever writes to it. Where Perl or btrfs-progs is missing or too old the mark stays,
 * and costs later moves their copying by differences.
 */
export async function takeMarkOffVolume(directory: string): Promise<void> {
  await run('perl', ['-e', takeOff, directory], { timeout }).catch(() => undefined);
}

/** The same for a snapshot. A crash in the middle leaves what the next call goes on from. */
export async function takeMarkOffSnapshot(directory: string): Promise<void> {
  await setReadOnly(directory, false);
  await setReadOnly(directory, true);
}

async function setReadOnly(directory: string, value: boolean): Promise<void> {
  const set = (...force: string[]) =>
    run('btrfs', ['property', 'set', ...force, '-t', 'subvol', directory, 'ro', String(value)], { timeout });
  // Only with -f does it take the mark off; versions that do not know -f leave it where it is.
  await (value ? set() : set('-f').catch(() => set()));
}
