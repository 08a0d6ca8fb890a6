/**
 * Finds the directories of a container that were moved between two passes.
 *
 * A move changes neither the times of the files below a directory nor their sizes. If two directories have changed
 * places, rsync may take a file of the one for that of the other: files of packages often have equal times. So each pass
 * begins by noting where every directory is, by its inode number. A directory that is elsewhere at the next pass was
 * moved, and the files below it have to be compared.
 *
 * Not found: directories that changed places and changed back within one pass.
 */
import { dirname } from 'node:path';
import { changedSince, marginBefore, unchangedSince } from './changed-times.js';
import { splitNames, walk, type Take } from './file-walk.js';

interface Directory {
  /** Relative to the volume, each byte as a character. */
  readonly path: string;
  readonly inode: string;
  /** In milliseconds since 1970. */
  readonly changedAtMs: number;
}

/** Limit on the directories of a container that are remembered. Each takes about 150 bytes. */
const directoriesMax = 500_000;

export async function listDirectories(volume: string, signal?: AbortSignal): Promise<readonly Directory[]> {
  const found: Directory[] = [];
  const take = (lines: Buffer) => {
    for (const line of splitNames(lines)) {
      const [inode = '', changedAt = ''] = line.split(' ', 2);
      const path = line.slice(inode.length + changedAt.length + 2);
      found.push({ path, inode, changedAtMs: Number(changedAt) * 1000 });
    }
    return Promise.resolve();
  };
  await walk(volume, ['-type', 'd', '-printf', '%i %C@ %P\\0'], take, signal);
  return found;
}

/** Where the directories of containers were when their latest passes began. It is lost with the agent. */
export class KnownDirectories {
  /** From inode to path. */
  readonly #byMigration = new Map<string, ReadonlyMap<string, string>>();

  /** How many migrations are remembered. For a forgotten one, more files are compared than necessary. */
  static readonly remembered = 64;

  /** Notes where the directories are now, before the pass reads any file. */
  note(migrationId: string, directories: readonly Directory[]): void {
    this.#byMigration.delete(migrationId);
    if (directories.length > directoriesMax) return;
    this.#byMigration.set(migrationId, new Map(directories.map(({ inode, path }) => [inode, path])));
    const [oldest] = this.#byMigration.keys();
    if (this.#byMigration.size > KnownDirectories.remembered && oldest !== undefined) this.forget(oldest);
  }

  forget(migrationId: string): void {
    this.#byMigration.delete(migrationId);
  }

  /** The topmost directories that may have been moved since the latest pass, which began at `sinceMs`. */
  moved(migrationId: string, now: readonly Directory[], sinceMs: number): ReadonlySet<string> {
    const known = this.#byMigration.get(migrationId);
    return topmost(known ? movedFrom(known, now) : perhapsMoved(now, sinceMs));
  }
}

function movedFrom(known: ReadonlyMap<string, string>, now: readonly Directory[]): string[] {
  return now
    .filter(({ inode, path }) => known.has(inode) && known.get(inode) !== path)
    .map(({ path }) => path);
}

/** A move changes the directory itself, and the one that it is in. */
function perhapsMoved(now: readonly Directory[], sinceMs: number): string[] {
  const changed = new Set(
    now.filter(({ changedAtMs }) => changedAtMs >= marginBefore(sinceMs)).map(({ path }) => path),
  );
  return [...changed].filter((path) => path !== '' && changed.has(parentOf(path)));
}

function topmost(paths: readonly string[]): ReadonlySet<string> {
  const all = new Set(paths);
  return new Set(paths.filter((path) => !isBelow(parentOf(path), all)));
}

/** Whether a path is one of the directories, or below one. */
function isBelow(path: string, directories: ReadonlySet<string>): boolean {
  for (let at = path; at !== ''; at = parentOf(at)) if (directories.has(at)) return true;
  return directories.has('');
}

function parentOf(path: string): string {
  const parent = dirname(path);
  return parent === '.' ? '' : parent;
}

/** Sends the names of the files below these directories that have not changed themselves. */
export async function nameMovedFiles(
  volume: string,
  { moved, sinceMs }: { readonly moved: ReadonlySet<string>; readonly sinceMs: number },
  send: Take,
  signal?: AbortSignal,
): Promise<void> {
  if (moved.size === 0) return;
  const take = async (names: Buffer) => {
    const below = splitNames(names).filter((name) => isBelow(parentOf(name), moved));
    if (below.length > 0) await send(Buffer.from(below.map((name) => `${name}\0`).join(''), 'latin1'));
  };
  await walk(volume, [...unchangedSince(sinceMs), '-printf', '%P\\0'], take, signal);
}

export interface Changes {
  readonly bytes: number;
  readonly files: number;
  /** Directories may have been moved, with any number of files. */
  readonly moved: boolean;
}

/** What another pass would have to send. Sizes are those on disk, so a hole is nothing. */
export async function measureChanges(volume: string, sinceMs: number): Promise<Omit<Changes, 'moved'>> {
  let [bytes, files] = [0, 0];
  await walk(volume, [...changedSince(sinceMs), '-printf', '%b\\0'], (blocks) => {
    const all = splitNames(blocks);
    for (const each of all) bytes += 512 * Number(each);
    files += all.length;
    return Promise.resolve();
  });
  return { bytes, files };
}
