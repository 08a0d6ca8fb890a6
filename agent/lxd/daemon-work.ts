/**
 * A fingerprint of the work of the daemon's processes for a container: rsync, btrfs, tar and others whose command
 * lines name its volume. A changed fingerprint shows that they work.
 */
import { readdir, readFile } from 'node:fs/promises';

/** The CPU times of a process, in `/proc/PID/stat` after the name in parentheses (proc(5)). */
const userTime = 11;
const systemTime = 12;

export async function workFor(container: string): Promise<string> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const done = await Promise.all(ids.map((id) => workOf(id, container)));
  return done.filter((each) => each !== '').join(' ');
}

/** Empty for any other process and for one that has just ended. */
async function workOf(id: string, container: string): Promise<string> {
  try {
    const words = (await readFile(`/proc/${id}/cmdline`, 'utf8')).split('\0');
    if (!words.some((word) => isAbout(word, container))) return '';
    const [stat, io] = await Promise.all([
      readFile(`/proc/${id}/stat`, 'utf8'),
      readFile(`/proc/${id}/io`, 'utf8').catch(() => ''),
    ]);
    const times = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${id}:${times[userTime] ?? ''}:${times[systemTime] ?? ''}:${io.replace(/\s+/g, ',')}`;
  } catch {
    return '';
  }
}

const folders: readonly string[] = ['containers', 'containers-snapshots', 'custom', 'custom-snapshots'];

/** A path of the container's volume, or of one of its snapshots. The folder of a custom volume is no container's name. */
export function isAbout(word: string, container: string): boolean {
  const parts = word.split('/');
  return parts.some((part, at) => folders.includes(part) && parts[at + 1] === container);
}
