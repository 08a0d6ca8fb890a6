// Aim: the services behave as their units state: systemd sees them as ready and alive, and they are valid and as
// restricted as docs/security.md states. Method: systemd's own programs on the shipped units, a socket in systemd's
// place, and the running Node.js.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { SystemdNotifier } from '../../common/observability/systemd.js';

const has = (program: string) => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`]);
    return true;
  } catch {
    return false;
  }
};
const pathOf = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));

/** Prints each datagram at a unix socket, because Node cannot listen on one. */
const listener = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listening", flush=True)
while True: print(s.recv(4096).decode().replace("\\n", " "), flush=True)
`;

test.skipIf(!has('systemd-notify') || !has('python3'))(
  'a service says that it is ready and alive',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'copa-service-'));
    const socket = join(directory, 'notify');
    const child = spawn('python3', ['-c', listener, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    let heard = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text));
    const hears = async (text: string) => {
      while (!heard.includes(text)) await once(child.stdout, 'data');
    };
    await hears('listening');
    Object.assign(process.env, { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '300000', WATCHDOG_PID: process.pid });
    const service = SystemdNotifier.fromEnvironment(pino({ level: 'silent' }));
    // etcd, a child process, would report in the controller's name.
    expect(process.env['NOTIFY_SOCKET']).toBeUndefined();
    void service.ready();
    await hears('READY=1');
    await hears('WATCHDOG=1');
    void service.stopping();
    await hears('STOPPING=1');
    child.kill();
    rmSync(directory, { recursive: true });
  },
);

test.skipIf(!has('systemd-analyze')).each(['controller', 'agent', 'agent-networks'])(
  'the unit of the %s is valid, and as closed as the document states',
  (side) => {
    const unit = pathOf(`deploy/systemd/copa-${side}.service`);
    const told = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit]);
    const [, exposure = ''] = /Overall exposure level for \S+: ([0-9.]+ \w+)/.exec(told.toString()) ?? [];
    const document = readFileSync(pathOf('docs/security.md'), 'utf8');
    expect(document).toMatch(new RegExp(`\`copa-${side}\\.service\` .*\\| ${exposure} `));
    // The program is where the package installs it, and not on this machine.
    const here = readFileSync(unit, 'utf8').replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true');
    const directory = mkdtempSync(join(tmpdir(), 'copa-unit-'));
    const file = join(directory, `copa-${side}.service`);
    execFileSync('sh', ['-c', 'cat > "$1"', 'sh', file], { input: here });
    expect(execFileSync('sh', ['-c', `systemd-analyze verify --man=no ${file} 2>&1`]).toString()).toBe('');
    rmSync(directory, { recursive: true });
  },
);

test("Node supports the flags of the controller's service", () => {
  const unit = readFileSync(pathOf('deploy/systemd/copa-controller.service'), 'utf8');
  const [, flags = ''] = /^ExecStart=\S+\/node (--.*) \S+\/main.js controller$/m.exec(unit) ?? [];
  expect(flags).toContain('--max-semi-space-size=');
  expect(execFileSync(process.execPath, [...flags.split(' '), '--print', '6 * 7']).toString()).toBe('42\n');
});
