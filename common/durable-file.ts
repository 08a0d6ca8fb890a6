/** Files that have to outlive a power failure: their content and their name are on disk before these functions return. */
import { randomUUID } from 'node:crypto';
import { chown, link, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Replaces a file as a whole, or not at all. A device, such as /dev/null, is written to and stays. */
export async function replaceFile(file: string, content: string, mode: number): Promise<void> {
  if (await isDevice(file)) return writeFile(file, content);
  const fresh = await written(`${file}.new`, content, mode);
  await rename(fresh, file);
  await syncDirectory(dirname(file));
}

/** Creates a file as a whole. False, and nothing is changed, when it exists. */
export async function createFile(file: string, content: string | Uint8Array, mode: number): Promise<boolean> {
  const fresh = await written(`${file}.${randomUUID()}.new`, content, mode);
  try {
    await link(fresh, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(fresh, { force: true });
    // Also of a file that somebody else has just created: it is as good as ours from here on.
    await syncDirectory(dirname(file));
  }
}

async function isDevice(file: string): Promise<boolean> {
  const status = await stat(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  return status !== undefined && !status.isFile() && !status.isDirectory();
}

async function written(file: string, content: string | Uint8Array, mode: number): Promise<string> {
  await rm(file, { force: true });
  const handle = await open(file, 'wx', mode);
  try {
    // The umask does not make it less readable than it was.
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return file;
}

/** New names and removals in a directory are on disk when this returns. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A service runs as the owner of its state directory; commands that write to it run as root. */
export async function giveToOwner(directory: string): Promise<void> {
  const { uid, gid } = await stat(directory);
  if (uid === process.getuid?.()) return;
  for (const entry of await readdir(directory, { recursive: true }))
    await chown(join(directory, entry), uid, gid);
}
