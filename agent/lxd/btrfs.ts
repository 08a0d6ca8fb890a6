/**
 * The mark that btrfs leaves on what it has received (the "received UUID"), and why a container must not keep it.
 *
 * Daemons make a volume that they received writable and leave the mark on it. Every read-only snapshot of it
 * inherits the mark, and two snapshots then answer to one name. A snapshot that was received keeps the mark, too,
 * and is sent on under that name, while LXD looks for it under its UUID when it compares what both sides have. In
 * either case it asks for the wrong difference ("cannot find parent subvolume"): a container that has been moved
 * once could not be moved by differences again.
 *
 * The kernel takes the mark off when a subvolume becomes writable and btrfs-progs lets it (5.14.2 and later).
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const timeout = 30_000;

interface Subvolume {
  /** It, or a subvolume below it, carries the mark. */
  readonly marked: boolean;
  readonly readOnly: boolean;
}

/** Throws when btrfs-progs is not there or cannot tell. */
async function describe(directory: string): Promise<Subvolume> {
  const { stdout: own } = await run('btrfs', ['subvolume', 'show', '--', directory], { timeout });
  const { stdout: below } = await run('btrfs', ['subvolume', 'list', '-o', '-R', '--', directory], {
    timeout,
  });
  return {
    marked: !/Received UUID:\s+-/.test(own) || /received_uuid [0-9a-f]/.test(below),
    readOnly: /Flags:.*\breadonly\b/.test(own),
  };
}

/** Whether a subvolume carries the mark; also true where that cannot be told. */
export async function carriesReceivedMark(directory: string): Promise<boolean> {
  return describe(directory).then(
    ({ marked }) => marked,
    () => true,
  );
}

/**
 * Takes the mark off a volume that nobody writes to, or off a snapshot. A crash in the middle leaves what the
 * next call goes on from. Where btrfs-progs is missing or too old the mark stays, and costs later moves their
 * copying by differences.
 */
export async function takeReceivedMarkOff(directory: string, kind: 'volume' | 'snapshot'): Promise<void> {
  const found = await describe(directory).catch(() => undefined);
  if (!found) return;
  if (kind === 'snapshot' && (found.marked || !found.readOnly)) {
    await setReadOnly(directory, false);
    await setReadOnly(directory, true);
  }
  if (kind === 'volume' && (found.marked || found.readOnly)) {
    await setReadOnly(directory, true);
    await setReadOnly(directory, false);
  }
}

async function setReadOnly(directory: string, value: boolean): Promise<void> {
  const set = (...force: string[]) =>
    run('btrfs', ['property', 'set', ...force, '-t', 'subvol', directory, 'ro', String(value)], { timeout });
  // Only with -f does it take the mark off; versions that do not know -f leave it where it is.
  await (value ? set() : set('-f').catch(() => set()));
}
