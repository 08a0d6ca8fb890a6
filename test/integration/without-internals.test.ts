// Aim: the program works with everything undocumented of other projects turned off. Method: a controller and an agent as
// processes of their own with COPA_WITHOUT_INTERNALS=1, and calls over REST that reach a fake daemon.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, test } from 'vitest';
import { createIdentity } from '../../agent/identity/identity-files.js';
import { createSigningRequest } from '../../common/pki/csr.js';
import { program } from '../../deploy/lab/lab.js';
import { etcdObstacle, temporaryDirectory } from '../support/etcd.js';
import { FakeLxd, sync } from '../support/fakes/lxd.js';

const children: ChildProcess[] = [];

afterAll(async () => {
  for (const child of children.reverse()) {
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
  }
});

/** Starts a side of the program. Returns the log line with this message. */
async function start(args: readonly string[], message: string): Promise<Record<string, unknown>> {
  const env = { ...process.env, COPA_WITHOUT_INTERNALS: '1' };
  const child = spawn(process.execPath, [program(), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => lines.push(line));
  for (;;) {
    const line = lines.find((each) => each.includes(`"${message}"`));
    if (line !== undefined) return JSON.parse(line) as Record<string, unknown>;
    if (child.exitCode !== null) throw new Error(lines.join('\n'));
    await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), once(child, 'exit')]);
  }
}

describe.skipIf(etcdObstacle !== undefined)('without the internals of others', () => {
  test('a call goes through controller and agent', { timeout: 60_000 }, async () => {
    const directory = await temporaryDirectory();
    const state = join(directory, 'state');
    const { url } = await start(
      ['controller', '--listen', '127.0.0.1:0', '--state-dir', state],
      'controller is ready',
    );
    const post = async (path: string, form: Record<string, string>) => {
      const reply = await fetch(`${String(url)}${path}`, { method: 'POST', body: new URLSearchParams(form) });
      expect(reply.status).toBe(200);
      return (await reply.json()) as Record<string, string>;
    };

    const { key, request } = await createSigningRequest();
    const issued = await post('ca', { operation: 'issue', container_pool: 'one', request });
    const identity = join(directory, 'identity');
    await createIdentity(identity, { key, cert: issued['certificate'] ?? '', ca: issued['ca'] ?? '' });
    const socket = join(directory, 'lxd.socket');
    const daemon = await FakeLxd.start(socket, ({ path }) =>
      path === '/1.0'
        ? sync({
            api_extensions: [],
            environment: { server: 'lxd', server_version: '5.0', architectures: ['x86_64'] },
          })
        : sync(path.startsWith('/1.0/instances') ? ['/1.0/instances/web'] : []),
    );
    const { listen } = await start(
      ['agent', '--listen', '127.0.0.1:0', '--stream-port', '0', '--metrics-listen', 'off'].concat([
        '--identity',
        identity,
        '--socket',
        socket,
      ]),
      'agent is ready',
    );
    await post('pools', { operation: 'add', container_pool: 'one', ip: String(listen) });
    const names = await fetch(`${String(url)}container/?operation=list_containers&container_pool=one`);
    expect([names.status, await names.json()]).toEqual([200, { containers: ['web'] }]);
    await daemon.close();
  });
});
