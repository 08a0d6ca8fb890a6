// Aim: the lab provides what the other end-to-end tests assume: real hosts that can fail one by one, and that leave
// nothing behind. Method: real LXD; the container's replies over HTTP show the result.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { labDirectory } from '../../deploy/lab/claims.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { boot, isAlive, run, waitFor } from '../../deploy/lab/processes.js';

const obstacle = await Lab.obstacle();
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, no lab can run here: ${obstacle} ***\n`);

/** The body of one HTTP reply, within a second. */
function ask(address: string, path = '/', timeoutMs = 1_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const request = get({ host: address, path, agent: false, signal }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve(body.trim())).on('error', reject);
    });
    request.on('error', reject);
  });
}

const counter = async (address: string): Promise<number> => Number(await ask(address, '/counter'));

/** Waits until the container's counter has advanced. */
async function counts(address: string): Promise<void> {
  const before = await waitFor(`${address} to answer`, () => counter(address));
  await waitFor(`${address} to count`, async () => (await counter(address)) > before);
}

const silent = (address: string): Promise<true> =>
  waitFor(`${address} to be silent`, () =>
    ask(address, '/', 300).then(
      () => false,
      () => true as const,
    ),
  );

// Not its own -T: Debian's static busybox 1.35 crashes with it.
const fetching = (url: string): string[] => ['timeout', '1', 'busybox', 'wget', '-q', '-O', '-', url];

/** True when the host itself can reach `address` over HTTP. */
const reaches = async (host: Host, address: string): Promise<boolean> =>
  (await host.exec(fetching(`http://${address}/`), { check: false })).code === 0;

/** Everything on this machine whose name contains the lab's. */
async function traces(lab: Lab): Promise<string[]> {
  const name = `copa-lab-${lab.index}`;
  const all = await Promise.all([
    run(['ip', 'netns', 'list']),
    run(['ip', '-o', 'link']),
    run(['losetup', '--list', '--noheadings', '--output', 'BACK-FILE']),
    run(['find', '/sys/fs/cgroup', '-maxdepth', '2', '-name', `${name}-*`]),
    run(['ps', '-e', '-o', 'args=']),
  ]);
  const text = all.map(({ stdout }) => stdout).join('\n') + readFileSync('/proc/mounts', 'utf8');
  const directory = `${labDirectory(lab.index)}/`;
  const left = text
    .split('\n')
    .filter((line) => new RegExp(`${name}\\b`).test(line) || line.includes(directory));
  return existsSync(directory) ? [...left, directory] : left;
}

describe.skipIf(obstacle !== undefined)(
  `the lab${obstacle === undefined ? '' : ` (${obstacle})`}`,
  { timeout: 60_000 },
  () => {
    let lab: Lab;
    let one: Host;
    let two: Host;
    let address: string;

    beforeAll(async () => {
      lab = await Lab.up({
        hosts: 3,
        storage: ['dir', 'dir', 'btrfs'],
        storageSizeMiB: 256,
        agentCommand: (host) => [
          process.execPath,
          '-e',
          `require('node:http').createServer((_, answer) => answer.end('${host.name}')).listen(8001, '${host.address}')`,
        ],
      });
      one = lab.host('server1');
      two = lab.host('server2');
      await Promise.all(lab.hosts.map((host) => host.lxc('launch', '-q', 'tiny', 'same')));
      address = await one.containerAddress('same');
      await Promise.all(lab.hosts.map(async (host) => counts(await host.containerAddress('same'))));

      return async () => {
        expect(await traces(lab)).not.toEqual([]);
        await lab.down();
        await waitFor('the lab to leave nothing', async () => (await traces(lab)).length === 0, 2_000).catch(
          () => undefined,
        );
        expect(await traces(lab)).toEqual([]);
      };
    }, 60_000);

    test('has LXD only on its socket', async () => {
      for (const host of lab.hosts) {
        const server = JSON.stringify(await host.lxd('/1.0'));
        expect(server).not.toContain('core.https_address');
        expect(server).toContain(`"server_name":"${host.name}"`);
        const listening = (await host.exec(['cat', '/proc/net/tcp', '/proc/net/tcp6'])).stdout.match(
          /^.* 0A .*$/gm,
        );
        expect(listening).toBeNull();
      }
    });

    test('shows containers of one name on each host, to the machine and to each other', async () => {
      expect(await ask(address)).toBe('<h1>same</h1>');
      expect(await ask(address, '/cgi-bin/hello')).toBe('hello from same');
      expect(await reaches(two, address)).toBe(true);
      const peer = `http://${await two.containerAddress('same')}/`;
      expect(await one.lxc('exec', 'same', '--', 'wget', '-q', '-O', '-', peer)).toContain('same');
    });

    test('keeps a MAC’s address on another host, from its first reply', async () => {
      const hwaddr = (await one.lxc('config', 'get', 'same', 'volatile.eth0.hwaddr')).trim();
      await one.lxc('stop', 'same');
      await two.lxc('launch', '-q', 'tiny', 'moved', '-c', `volatile.eth0.hwaddr=${hwaddr}`);
      expect(await waitFor('the moved one', () => ask(address))).toBe('<h1>moved</h1>');
      await two.lxc('delete', '--force', 'moved');
      await one.lxc('start', 'same');
      expect(await waitFor('the first one', () => ask(address))).toBe('<h1>same</h1>');
    });

    test('distinguishes a clean stop from a kill', async () => {
      const clean = Number(await ask(address, '/clean-shutdown'));
      await one.lxc('restart', 'same');
      await counts(address);
      expect(Number(await ask(address, '/clean-shutdown'))).toBe(clean + 1);
      await one.lxc('stop', '--force', 'same');
      await one.lxc('start', 'same');
      await counts(address);
      expect(Number(await ask(address, '/clean-shutdown'))).toBe(clean + 1);
    });

    test('lets LXD die and come back under a running container', async () => {
      await one.kill('lxd', 'SIGKILL');
      await expect(one.lxd('/1.0')).rejects.toThrow();
      await counts(address);
      const boots = await ask(address, '/boots');
      await one.restart('lxd');
      expect(await one.lxc('list', '-c', 's', '-f', 'csv')).toBe('RUNNING\n');
      expect(await ask(address, '/boots')).toBe(boots);
    });

    test('lets LXD hang and go on', async () => {
      await one.kill('lxd', 'SIGSTOP');
      await expect(one.lxd('/1.0', { timeoutMs: 300 })).rejects.toThrow();
      await one.kill('lxd', 'SIGCONT');
      await one.lxd('/1.0');
    });

    test('runs an agent, which a kill ends and a power failure brings back', async () => {
      const agent = (): Promise<string> =>
        run(fetching(`http://${two.address}:8001/`)).then(({ stdout }) => stdout);
      await two.startAgent();
      expect(await agent()).toBe('server2');
      await two.kill('agent', 'SIGKILL');
      await expect(agent()).rejects.toThrow();
      await two.restart('agent');
      await two.powerOff();
      await two.powerOn();
      expect(await agent()).toBe('server2');
    });

    test('loses the power of one host and gets it back, with its containers', async () => {
      const [before, clean] = [await counter(address), await ask(address, '/clean-shutdown')];
      await one.powerOff();
      await silent(address);
      await expect(one.exec(['true'])).rejects.toThrow('powered off');
      await counts(await two.containerAddress('same'));
      await one.powerOn();
      await counts(address);
      expect(await counter(address)).toBeGreaterThan(before);
      expect(await ask(address, '/clean-shutdown')).toBe(clean);
    });

    test('cuts a cable and heals it', async () => {
      await one.link.cut();
      await silent(address);
      await counts(await two.containerAddress('same'));
      await one.link.heal();
      await counts(address);
    });

    test.each(['in', 'out'] as const)('drops what goes %s alone', async (direction) => {
      await one.link.pause(direction);
      await silent(address);
      await one.link.resume(direction);
      await counts(address);
    });

    test('cuts two hosts off from each other only', async () => {
      const other = await two.containerAddress('same');
      await lab.partition(one, two);
      expect(await reaches(one, other)).toBe(false);
      expect(await reaches(two, address)).toBe(false);
      await Promise.all([counts(address), counts(other)]);
      await lab.healPartition(one, two);
      await waitFor('server1 to reach server2 again', () => reaches(one, other));
    });

    test('slows a cable down', async () => {
      await one.lxc(
        'exec',
        'same',
        '--',
        'sh',
        '-c',
        'dd if=/dev/zero of=/www/large bs=1M count=2 2>/dev/null',
      );
      const seconds = async (): Promise<number> => {
        const start = performance.now();
        await ask(address, '/large', 20_000);
        return (performance.now() - start) / 1_000;
      };
      await one.link.rate(8);
      // 2 MiB are 16.8 Mbit; the token bucket passes 1 Mbit of them without delay.
      expect(await seconds()).toBeGreaterThan(1.5);
      await one.link.rate(null);
      expect(await seconds()).toBeLessThan(1);
    });

    test('hangs a whole host and lets it go on', async () => {
      one.freeze();
      await silent(address);
      await expect(one.lxd('/1.0', { timeoutMs: 300 })).rejects.toThrow();
      one.thaw();
      await counts(address);
      one.freeze();
      await one.powerOff();
      await one.powerOn();
      await counts(address);
    });

    test.each(['server1', 'server3'])('fills the disk of %s and frees it', async (name) => {
      const host = lab.host(name);
      await host.fillDisk();
      await expect(host.lxc('launch', '-q', 'tiny', 'late')).rejects.toThrow(/space|unpack/i);
      await host.freeDisk();
      await host.lxc('delete', '--force', 'late').catch(() => undefined);
      await host.lxc('launch', '-q', 'tiny', 'late');
      await counts(await host.containerAddress('late'));
      await host.lxc('delete', '--force', 'late');
    });

    test('dies with the process that started it, and the next lab removes its remains', async () => {
      const program = join(import.meta.dirname, '../../dist/deploy/lab/main.js');
      expect(existsSync(program), 'Build first: npm run build').toBe(true);
      const owner = spawn(process.execPath, [
        program,
        'up',
        '--hosts',
        '1',
        '--storage',
        'btrfs',
        '--name',
        'doomed',
      ]);
      const doomed = await waitFor('the doomed lab', () =>
        Lab.list().find((each) => each.name === 'doomed' && each.host('server1').isRunning('lxd')),
      );
      const init = readFileSync(join(doomed.host('server1').directory, 'init.pid'), 'utf8');
      expect(init.startsWith(boot) && isAlive(init)).toBe(true);
      owner.kill('SIGKILL');
      await waitFor('its host to die', () => !isAlive(init));
      await Lab.sweep();
      expect(await traces(doomed)).toEqual([]);
    });
  },
);
