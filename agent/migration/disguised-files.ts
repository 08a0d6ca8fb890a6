/**
 * Finds a file that differs from its state in a snapshot, although rsync takes both for the same: its size and the second
 * of its modification time are equal. A daemon that receives a volume by rsync fills it with one snapshot after the other,
 * and then with the current state, so such a file would stay as it is in the snapshot. A custom volume with snapshots
 * cannot be refreshed afterwards: Incus then receives its snapshots again, in the same way.
 */
import { createReadStream } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { changedSince } from './changed-times.js';
import { splitNames, walk } from './file-walk.js';

const pieceBytes = 1024 * 1024;

class Enough extends Error {}

/** The name of the first one, `out of time`, or undefined when there is none. */
export async function findDisguised(
  volume: string,
  snapshots: readonly string[],
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
): Promise<string | undefined> {
  let found: string | undefined;
  try {
    await walk(volume, [...changedSince(sinceMs), '-printf', '%P\\0'], async (names) => {
      for (const name of splitNames(names)) {
        if (Date.now() > untilMs) found = 'out of time';
        else if (await isDisguised(volume, snapshots, name)) found = Buffer.from(name, 'latin1').toString();
        if (found !== undefined) throw new Enough();
      }
    });
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return found;
}

async function isDisguised(volume: string, snapshots: readonly string[], name: string): Promise<boolean> {
  const file = pathOf(volume, name);
  const own = await lstat(file).catch(() => undefined);
  if (!own?.isFile()) return false;
  for (const snapshot of snapshots) {
    const other = pathOf(snapshot, name);
    const there = await lstat(other).catch(() => undefined);
    if (!there?.isFile() || there.size !== own.size) continue;
    if (Math.floor(there.mtimeMs / 1000) !== Math.floor(own.mtimeMs / 1000)) continue;
    if (await haveSameContent(file, other)) continue;
    // It may have changed while it was read.
    const now = await lstat(file).catch(() => undefined);
    return now?.mtimeMs === own.mtimeMs && now.size === own.size;
  }
  return false;
}

function pathOf(directory: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(join(directory, '/')), Buffer.from(name, 'latin1')]);
}

async function haveSameContent(a: Buffer, b: Buffer): Promise<boolean> {
  const there = await open(b, 'r');
  try {
    const piece = Buffer.alloc(pieceBytes);
    let at = 0;
    for await (const own of createReadStream(a, { highWaterMark: pieceBytes }) as AsyncIterable<Buffer>) {
      const { bytesRead } = await there.read(piece, 0, own.length, at);
      if (!own.equals(piece.subarray(0, bytesRead))) return false;
      at += bytesRead;
    }
    return true;
  } catch (error) {
    // It has vanished from the running container.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  } finally {
    await there.close();
  }
}
