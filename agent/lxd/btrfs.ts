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

/** The request's number is the same on all of Linux' architectures but a few old ones, where it fails. */
const takeOff = `sysopen my $volume, shift, 0 or die "$!\\n"; my $none = pack 'x200'; ioctl $volume, 0xC0C89425, $none or die "$!\\n"`;

interface Subvolume {
  readonly marked: boolean;
  /** A subvolume below it carries the mark. */
  readonly markedBelow: boolean;
  readonly readOnly: boolean;
}

/** Throws when btrfs-progs is not there or cannot tell. */
async function describe(directory: string): Promise<Subvolume> {
  const { stdout: own } = await run('btrfs', ['subvolume', 'show', '--', directory], { timeout });
  const { stdout: below } = await run('btrfs', ['subvolume', 'list', '-o', '-R', '--', directory], {
    timeout,
  });
  return {
    marked: !/Received UUID:\s+-/.test(own),
    markedBelow: /received_uuid [0-9a-f]/.test(below),
    readOnly: /Flags:.*\breadonly\b/.test(own),
  };
}

/** Whether a subvolume carries no mark that could not be taken off; false where that cannot be told. */
export async function canBeUnmarked(directory: string): Promise<boolean> {
  try {
    const { marked, markedBelow } = await describe(directory);
    if (marked) await run('perl', ['-e', '1'], { timeout });
    return !markedBelow;
  } catch {
    return false;
  }
}

/**
 * Takes the mark off a volume, whoever writes to it, or off a snapshot. A crash in the middle leaves what the
 * next call goes on from. Where Perl or btrfs-progs is missing or too old the mark stays, and costs later moves
 * their copying by differences.
 */
export async function takeReceivedMarkOff(directory: string, kind: 'volume' | 'snapshot'): Promise<void> {
  const found = await describe(directory).catch(() => undefined);
  if (!found) return;
  if (kind === 'snapshot' && (found.marked || !found.readOnly)) {
    await setReadOnly(directory, false);
    await setReadOnly(directory, true);
  }
  if (kind === 'volume' && found.marked) {
    await run('perl', ['-e', takeOff, directory], { timeout }).catch(() => undefined);
  }
}

async function setReadOnly(directory: string, value: boolean): Promise<void> {
  const set = (...force: string[]) =>
    run('btrfs', ['property', 'set', ...force, '-t', 'subvol', directory, 'ro', String(value)], { timeout });
  // Only with -f does it take the mark off; versions that do not know -f leave it where it is.
  await (value ? set() : set('-f').catch(() => set()));
}
