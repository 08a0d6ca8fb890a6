// Aim: on real hosts, joining is one command that takes seconds; certificates are renewed during a move and users'
// work; a host that was offline for longer than its certificate's life joins again and keeps its containers. Method:
// the built program in a lab, with certificates that live for seconds.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster, freePort } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab, program } from '../../deploy/lab/lab.js';
import { run, waitFor } from '../../deploy/lab/processes.js';

const obstacle = await Lab.obstacle();
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, no lab can run here: ${obstacle} ***\n`);

const lifetimeSeconds = 15;

describe.skipIf(obstacle !== undefined)('a host', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    const flags = [
      '--join-listen',
      `0.0.0.0:${await freePort()}`,
      '--certificate-lifetime',
      `${lifetimeSeconds}s`,
    ];
    cluster = await Cluster.up({ hosts: 2, flags, register: false, agents: false });
  }, 120_000);
  afterAll(() => cluster.down());

  const copa = (...argv: string[]) =>
    run([process.execPath, program(), ...argv], {
      env: { ...process.env, COPA_ADDR: `http://127.0.0.1:${cluster.port}` },
    });
  const identityOf = (host: Host) => join(host.directory, 'identity');
  const joinHost = async (host: Host, ...more: string[]) => {
    const token = (await copa('token', 'create', '--pool', host.name)).stdout.trim();
    const at = ['--identity', identityOf(host), '--socket', host.lxdSocketInside, '--no-start'];
    const file = join(host.directory, 'agent.yaml');
    writeFileSync(file, '');
    const where = ['--config', file];
    const begun = Date.now();
    const { stdout } = await host.exec([
      process.execPath,
      program(),
      'agent',
      'join',
      token,
      ...at,
      ...where,
      ...more,
    ]);
    return { stdout, ms: Date.now() - begun };
  };
  const list = async (pool: string) =>
    (
      await cluster.request('GET', 'container', {
        query: { operation: 'list_containers', container_pool: pool },
      })
    ).body;

  test('joins with one command, in seconds', async () => {
    for (const host of cluster.hosts) {
      const { stdout, ms } = await joinHost(host);
      expect(stdout).toContain(`This host is pool "${host.name}" at ${host.address}`);
      expect(ms).toBeLessThan(10_000);
      await host.startAgent();
    }
    await waitFor('both pools to answer', async () => {
      const answers = await Promise.all(cluster.hosts.map(({ name }) => list(name)));
      return answers.every((answer) => Array.isArray(answer['containers']));
    });
  });

  test('gets new certificates while a container moves to it and back, and none of it fails', async () => {
    const [one, two] = cluster.hosts as [Host, Host];
    await cluster.launch(one, 'c1');
    await one.lxc(
      'exec',
      'c1',
      '--',
      'sh',
      '-c',
      'head -c 26000000 /dev/urandom > /blob; md5sum < /blob > /sum',
    );
    const serials = new Set<string>();
    const look = async () => {
      const { body } = await cluster.request('GET', 'ca');
      for (const pool of body['pools'] as { container_pool: string; valid_until: string }[]) {
        serials.add(`${pool.container_pool} ${pool.valid_until}`);
      }
    };
    await look();
    const before = serials.size;
    // Slow enough for more than one certificate within one move: 26 MB at 2 MB per second.
    const slow = { bandwidth_limit: '2000000', passes_max: '1' };
    const move = cluster.operate('migrate', one.name, 'c1', { destination_pool: two.name, ...slow });
    const ended = move.then(() => true);
    while (!(await Promise.race([ended, delay(500, false)]))) await look();
    expect(await move).toMatchObject({ status: 200 });
    expect(serials.size).toBeGreaterThanOrEqual(before + 2);
    expect(
      (await two.lxc('exec', 'c1', '--', 'sh', '-c', 'md5sum < /blob | cmp - /sum && echo same')).trim(),
    ).toBe('same');
  }, 180_000);

  test("that was offline for longer than its certificate's life joins again, and keeps its containers", async () => {
    const [, two] = cluster.hosts as [Host, Host];
    await two.kill('agent');
    await waitFor(
      'its certificate to end',
      async () => {
        const { body } = await cluster.request('GET', 'ca');
        const pool = (body['pools'] as { container_pool: string; valid_until: string }[]).find(
          ({ container_pool }) => container_pool === two.name,
        );
        return Date.parse(pool?.valid_until ?? '') < Date.now();
      },
      60_000,
    );
    await two.startAgent();
    expect((await list(two.name))['error']).toMatch(/expired/);
    await two.kill('agent');
    await joinHost(two);
    await two.startAgent();
    await waitFor('it to answer', async () => Array.isArray((await list(two.name))['containers']));
    expect(await list(two.name)).toEqual({ containers: ['c1'] });
  }, 120_000);
});
