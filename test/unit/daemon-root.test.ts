// Aim: the daemon's files are reached through the daemon's own process, and through nobody else's; a restart is noticed.
// Method: real processes. One of them listens on a unix socket in a mount namespace of its own, where root is at hand.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { DaemonRootFinder, hostRoot, listeningSockets } from '../../agent/lxd/daemon-root.js';

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

const directory = mkdtempSync(join(tmpdir(), 'copa-root-'));

/** A process that listens on a socket and, with mounts of its own, has a file where others see none. */
async function daemon(socket: string, hasOwnMounts: boolean): Promise<number> {
  const hidden = join(directory, 'storage');
  mkdirSync(hidden, { recursive: true });
  const listen = `require('net').createServer().listen(${JSON.stringify(socket)}, () => console.log('ready'))`;
  const script = `mount -t tmpfs x ${hidden} && touch ${hidden}/file && exec "$0" -e "$1"`;
  const child = hasOwnMounts
    ? spawn('unshare', ['--mount', 'sh', '-c', script, process.execPath, listen])
    : spawn(process.execPath, ['-e', listen]);
  children.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

test('a daemon with the same mounts needs no other root', async () => {
  const socket = join(directory, 'same.socket');
  const pid = await daemon(socket, false);
  expect(await new DaemonRootFinder(socket, () => Promise.resolve(pid)).find()).toEqual(hostRoot);
});

describe.skipIf(process.getuid?.() !== 0)('a daemon with mounts of its own', () => {
  test('is reached through its process, and after a restart through the new one', async () => {
    const socket = join(directory, 'own.socket');
    let pid = await daemon(socket, true);
    let asked = 0;
    const finder = new DaemonRootFinder(socket, () => {
      asked++;
      return Promise.resolve(pid);
    });
    const first = await finder.find();
    expect(first).toEqual({ prefix: `/proc/${pid}/root`, process: String(pid) });
    expect(existsSync(`${first.prefix}${directory}/storage/file`)).toBe(true);
    expect(existsSync(`${directory}/storage/file`)).toBe(false);
    await finder.find();
    expect(asked).toBe(1);

    const [child] = children.splice(0);
    child?.kill('SIGKILL');
    await once(child as ChildProcess, 'exit');
    const next = join(directory, 'own2.socket');
    pid = await daemon(next, true);
    // The socket is the new daemon's only if it holds it.
    expect((await finder.find()).problem).toContain(`does not hold ${socket}`);
    expect((await new DaemonRootFinder(next, () => Promise.resolve(pid)).find()).prefix).toBe(
      `/proc/${pid}/root`,
    );
    expect(asked).toBe(2);
  });

  test('is not taken for another process that has mounts of its own, too', async () => {
    const socket = join(directory, 'here.socket');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    const other = await daemon(join(directory, 'other.socket'), true);
    const root = await new DaemonRootFinder(socket, () => Promise.resolve(other)).find();
    expect(root).toMatchObject({ prefix: '', problem: expect.stringContaining('does not hold') as string });
    server.close();
  });
});

test.each([
  [undefined, 'does not report its PID'],
  [2 ** 22 + 1, 'does not see'],
])('a PID of %s leads nowhere, and the reason is known', async (pid, problem) => {
  const finder = new DaemonRootFinder('/nowhere', () => Promise.resolve(pid));
  expect(await finder.find()).toMatchObject({
    prefix: '',
    problem: expect.stringContaining(problem) as string,
  });
});

test('only listening sockets at one of the paths count', () => {
  const table = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 1001 /var/snap/lxd/common/lxd/unix.socket
0000000000000000: 00000003 00000000 00000000 0001 03 1002 /var/snap/lxd/common/lxd/unix.socket
0000000000000000: 00000002 00000000 00010000 0001 01 1003 /run/other
0000000000000000: 00000002 00000000 00010000 0001 01 1004
0000000000000000: 00000002 00000000 00010000 0001 01  1005 /run/two words
`;
  const found = listeningSockets(table, ['/var/snap/lxd/common/lxd/unix.socket', '/run/two words']);
  expect([...found]).toEqual(['1001', '1005']);
});
