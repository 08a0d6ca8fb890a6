/**
 * The ports on which programs of this host listen, from /proc. A forwarded port hides such a program from everybody
 * outside, so the two must not meet.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';
import type { Protocol } from '../../../common/net/ports.js';

export interface Listener {
  readonly protocol: Protocol;
  readonly port: number;
  /** Of its socket; 0 for one of the kernel. */
  readonly inode: number;
}

/** A socket of TCP that listens, and one of UDP that is not connected. */
const listening = { tcp: '0A', udp: '07' } as const;

const files = [
  ['tcp', '/proc/net/tcp'],
  ['tcp', '/proc/net/tcp6'],
  ['udp', '/proc/net/udp'],
  ['udp', '/proc/net/udp6'],
] as const;

/** Those that packets from outside can reach over IPv4. */
export async function readListeners(): Promise<readonly Listener[]> {
  const all = await Promise.all(
    files.map(async ([protocol, file]) => listenersIn(protocol, await readOptional(file))),
  );
  return all.flat();
}

/** The lines of a file of /proc/net. */
export function listenersIn(protocol: Protocol, text: string): readonly Listener[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    if (state !== listening[protocol] || !isReachable(address)) return [];
    return [{ protocol, port: Number.parseInt(port, 16), inode: Number(inode) }];
  });
}

/**
 * In hexadecimal, each 4 bytes in the order of this machine: little-endian on all that COPA runs on. `::` counts, because
 * a socket there takes IPv4 as well, unless it was made otherwise.
 */
function isReachable(address: string): boolean {
  const isMapped = address.startsWith('0000000000000000FFFF0000');
  const ipv4 = address.length === 8 ? address : isMapped ? address.slice(24) : undefined;
  return ipv4 === undefined ? /^0{32}$/.test(address) : !ipv4.endsWith('7F');
}

/** As `"nginx" (pid 12)`; `a program` when nobody knows. Never rejects. */
export async function ownerOf(inode: number): Promise<string> {
  const wanted = `socket:[${inode}]`;
  const pids = inode === 0 ? [] : (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (!(await hasOpen(pid, wanted))) continue;
    const name = (await readOptional(`/proc/${pid}/comm`)).trim();
    return `${JSON.stringify(name)} (pid ${pid})`;
  }
  return 'a program';
}

/** False for a process that is gone, or that nobody may look into. */
async function hasOpen(pid: string, wanted: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const target = await readlink(`${folder}/${name}`).catch(() => '');
    if (target === wanted) return true;
  }
  return false;
}

/** Empty when there is no such file: without IPv6, for example. */
async function readOptional(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return '';
  }
}
