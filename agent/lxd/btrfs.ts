/**
 * The "received UUID" that btrfs leaves on received subvolumes, and why COPA removes it.
 *
 * Daemons make a received volume writable and keep its received UUID. Every read-only snapshot of that volume
 * inherits it, so two snapshots have the same one. A received snapshot also keeps its received UUID and is sent on
 * under it, while LXD compares snapshots by their own UUID. In both cases LXD requests the wrong difference ("cannot
 * find parent subvolume"), and a container that has been moved once cannot be moved by differences again.
 *
 * A snapshot loses its received UUID when it becomes writable, if btrfs-progs supports this (5.14.2 and later). A
 * volume may belong to a running container, so it stays as it is otherwise: the kernel removes its received UUID with
 * BTRFS_IOC_SET_RECEIVED_SUBVOL and a UUID of zeros. Node has no ioctl. Perl has one, and is on every Debian and
 * Ubuntu host. Ruled out: making the volume read-only for a moment, because a crash at that moment would leave a
 * container without a writable disk.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const timeout = 30_000;

/** About 150 bytes for each subvolume of the file system. */
const listBytesMax = 64 * 1024 * 1024;

/** The request's number is the same on all Linux architectures except a few old ones, where the call fails. */
const takeOff = `sysopen my $volume, shift, 0 or die "$!\\n"; my $none = pack 'x200'; ioctl $volume, 0xC0C89425, $none or die "$!\\n"`;

/**
 * For each path on standard input: writable, no received UUID, read-only. The other two requests are
 * BTRFS_IOC_SUBVOL_SETFLAGS with 0 and with BTRFS_SUBVOL_RDONLY.
 */
const takeOffAll = `
use Errno; local $/ = "\\0"; my $failed = 0;
while (my $path = <STDIN>) {
  chomp $path;
  my ($rw, $ro, $none) = (pack('Q', 0), pack('Q', 2), pack('x200'));
  if (!sysopen my $volume, $path, 0) { next if $!{ENOENT}; warn "$path: $!\\n"; $failed = 1; next }
  else {
    ioctl $volume, 0x4008941A, $rw;
    ioctl $volume, 0xC0C89425, $none;
    ioctl $volume, 0x4008941A, $ro or do { warn "$path: $!\\n"; $failed = 1 };
  }
}
exit $failed`;

/** Time limit for each of many snapshots. */
const msEach = 500;

export interface Subvolume {
  /** Relative to the root of its file system. */
  readonly path: string;
  readonly marked: boolean;
  readonly readOnly: boolean;
}

/**
 * All subvolumes of the file system of a storage pool's directory, read with two commands for any number of them. In a
 * list from a volume itself, the paths below it would not begin with its own. Throws when btrfs-progs is missing or
 * cannot list them.
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

/** Parses the output of `btrfs subvolume list -R`. */
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

/**
 * Whether a volume and its snapshots, by their paths below the directory of a storage pool, have no received UUID that
 * could not be removed; false when this is unknown.
 */
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
 * Removes the received UUID of a volume, also while somebody writes to it. If Perl or btrfs-progs is missing or too
 * old, it stays, and later moves cannot send differences.
 */
export async function takeMarkOffVolume(directory: string): Promise<void> {
  await run('perl', ['-e', takeOff, directory], { timeout }).catch(() => undefined);
}

/**
 * The same for snapshots, and makes them read-only, with one process for any number of them. Those that no longer exist
 * are skipped. After a crash, the next call continues. Throws when one does not become read-only.
 */
export async function takeMarkOffSnapshots(directories: readonly string[]): Promise<void> {
  if (directories.length === 0) return;
  const child = run('perl', ['-e', takeOffAll], { timeout: timeout + directories.length * msEach });
  child.child.stdin?.on('error', () => undefined).end(directories.map((each) => `${each}\0`).join(''));
  try {
    await child;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    // Without Perl the tool of btrfs does it, one after the other.
    for (const directory of directories) {
      await setReadOnly(directory, false);
      await setReadOnly(directory, true);
    }
  }
}

async function setReadOnly(directory: string, value: boolean): Promise<void> {
  const set = (...force: string[]) =>
    run('btrfs', ['property', 'set', ...force, '-t', 'subvol', directory, 'ro', String(value)], { timeout });
  // Only -f removes the received UUID. Versions without -f keep it.
  await (value ? set() : set('-f').catch(() => set()));
}
