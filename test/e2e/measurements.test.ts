// Aim: hosts and containers are measured without any program that posts, and what is stored outlives an agent that is
// killed, and one whose disk is full; links are measured; the threshold script of the specification runs unchanged; in mode a, a container leaves a pool with a slow link once, and in mode m nothing moves. Method: real LXD hosts in
// the lab, the built controller and agents.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../common/async/clock.js';
import { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { defaultAgentCommand, Lab } from '../../deploy/lab/lab.js';
import { run, waitFor } from '../../deploy/lab/processes.js';

const obstacle = await Lab.obstacle();
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, no lab can run here: ${obstacle} ***\n`);

const sink = `require('node:net').createServer((socket) => socket.resume())
  .listen(9, () => console.log('listening'));`;
/** Sends so many Mbit/s to an address. */
const sender = `
const [address, mbits] = process.argv.slice(1);
const socket = require('node:net').connect(9, address);
const start = Date.now();
let sent = 0;
setInterval(() => {
  const due = Math.floor(mbits * 125 * (Date.now() - start)) - sent;
  socket.write(Buffer.alloc(due));
  sent += due;
}, 20);`;

interface Row {
  readonly id: number;
  readonly timestamp: string;
  readonly CPU: number;
  readonly memory: number;
}

describe.skipIf(obstacle !== undefined)('measurements', { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let one: Host;

  beforeAll(async () => {
    const agentCommand = (host: Host) => [...defaultAgentCommand(host), '--count-traffic'];
    cluster = await Cluster.up({ hosts: 2, agentCommand });
    one = cluster.lab.host('server1');
  }, 60_000);
  afterAll(() => cluster.down());

  const rowsOf = async (host: Host): Promise<readonly Row[]> => {
    const { body } = await cluster.request('GET', 'network/kpiresource', { query: { locus: host.name } });
    return (body['measurements'] ?? []) as Row[];
  };
  const rowsMeasured = (count: number) =>
    waitFor(`${count} measurements`, async () => (await rowsOf(one)).length >= count);

  test('a host is measured, and the dashboard shows it', async () => {
    await cluster.launch(one, 'c1');
    await one.lxc('exec', 'c1', '--', 'sh', '-c', '(while :; do :; done) >/dev/null 2>&1 &');
    await rowsMeasured(2);
    const [row] = await rowsOf(one);
    expect(row?.CPU).toBeGreaterThan(10);
    expect(row?.memory).toBeGreaterThan(0);
    expect(row?.memory).toBeLessThan(100);
    const { body } = await cluster.request('GET', 'network/dashboard');
    const pool = (body['data'] as readonly Record<string, unknown>[]).find(({ name }) => name === one.name);
    expect(pool).toMatchObject({ containers: [{ name: 'c1', status: 'Running' }] });
    expect(pool?.['cpu']).toBeGreaterThan(10);
  });

  test('rows outlive an agent that is killed: none is lost, and ids go on growing', async () => {
    const before = await rowsOf(one);
    await one.kill('agent');
    await one.startAgent();
    await rowsMeasured(before.length + 1);
    const after = await rowsOf(one);
    expect(after.slice(-before.length)).toEqual(before);
    expect(after.map(({ id }) => id)).toEqual(after.map(({ id }) => id).sort((a, b) => b - a));
  });

  test('the link between the hosts is measured from both ends', async () => {
    for (const [locus, other] of [
      ['server1', 'server2'],
      ['server2', 'server1'],
    ] as const) {
      await waitFor(`a link of ${locus}`, async () => {
        const { body } = await cluster.request('GET', 'network/kpilink', { query: { locus } });
        const [row] = body['measurements'] as readonly Record<string, unknown>[];
        if (!row) return false;
        expect(row).toMatchObject({ locus1_id: locus, locus2_id: other });
        expect(row['latency_median_1to2']).toBeLessThan(50);
        expect(row['uncertainty']).toBeGreaterThan(0);
        return true;
      });
    }
  });

  const migrations = async () => {
    const { body } = await cluster.request('GET', 'migrations');
    return body['migrations'] as readonly Record<string, unknown>[];
  };

  const throughput = async () => {
    const query = { locus: 'server1', last: '1' };
    const { body } = await cluster.request('GET', 'network/kpilink', { query });
    return (body['measurements'] as readonly { throughput: number }[])[0]?.throughput ?? 0;
  };

  test('the threshold script of the specification migrates once, within 15 s of the traffic', async () => {
    const two = cluster.lab.host('server2');
    const script = join(import.meta.dirname, 'threshold.py');
    const argv = ['/usr/bin/python3', script, `${cluster.url}/`, 'c1', 'server1', 'server2'];
    const ended = run(argv, { timeoutMs: 50_000 });
    ended.catch(() => undefined);
    await one.spawn('sink', [process.execPath, '-e', sink]);
    await waitFor('the sink', () => Promise.resolve(one.logTail('sink').includes('listening')));
    // Traffic below the threshold moves nothing.
    await two.spawn('little', [process.execPath, '-e', sender, one.address, '5']);
    await waitFor('rows of 5 Mbit/s', async () => (await throughput()) > 4);
    expect(await migrations()).toEqual([]);
    await two.spawn('much', [process.execPath, '-e', sender, one.address, '10']);
    const startMs = Date.now();
    const { stdout } = await ended;
    expect(stdout.trim()).toBe("{'success': 'Container migrated successfully.'}");
    const [migration, ...others] = await migrations();
    expect(others).toEqual([]);
    expect(migration).toMatchObject({ container: 'c1', source: 'server1', destination: 'server2' });
    const seconds = (Date.parse(String(migration?.['started_at'])) - startMs) / 1000;
    console.info(`the threshold script migrated ${seconds.toFixed(1)} s after the traffic began`);
    expect(seconds).toBeLessThan(15);
    for (const name of ['little', 'much']) await two.kill(name);
  });

  /** Links from both ends, as their posters see them. */
  const postLinks = async (fromOne: number, fromTwo: number) => {
    const direction = (way: string, ms: number) => ({
      [`jitter_${way}`]: 1,
      ...{ [`latency_min_${way}`]: ms, [`latency_median_${way}`]: ms, [`latency_max_${way}`]: ms },
    });
    for (const [locus1, locus2, ms] of [
      ['server1', 'server2', fromOne],
      ['server2', 'server1', fromTwo],
    ] as const) {
      const json = { locus1, locus2, throughput: 1, ...direction('1to2', ms), ...direction('2to1', ms) };
      await cluster.request('POST', 'network/kpilink', { json });
    }
    await systemClock.delay(500);
  };
  test('in mode m nothing moves; in mode a a container leaves a slow link once, with the evidence', async () => {
    const policy = [
      'name: threshold_lat',
      'when: {link: latency, above: 50, over: 10s}',
      'guards: {cooldown: 10s}',
    ].join('\n');
    await cluster.request('POST', 'policies', { form: { operation: 'apply', policy } });
    const mode = (form: Record<string, string>) => cluster.request('POST', 'network/configuration', { form });
    const explained = async () => (await cluster.request('GET', 'policies/threshold_lat')).body;
    await mode({ delegation_mode: 'm', auto_delegation_type: 'threshold_lat' });
    await waitFor('the reason to move', async () => {
      await postLinks(5, 80);
      return ((await explained())['now'] as { verdict: string }).verdict === 'move';
    });
    expect(await explained()).toMatchObject({ state: 'off', decisions: [] });
    expect(await migrations()).toHaveLength(1);
    await mode({ delegation_mode: 'a' });
    await waitFor('the move', async () => {
      await postLinks(5, 80);
      return (await migrations()).filter(({ state }) => state === 'done').length === 2;
    });
    await mode({ delegation_mode: 'm' });
    const { decisions, state } = await explained();
    expect(state).toBe('off');
    const [decision, ...others] = decisions as readonly Record<string, unknown>[];
    expect(others).toEqual([]);
    expect(decision).toMatchObject({
      ...{ outcome: 'ordered', container: 'c1', source: 'server2', destination: 'server1' },
      evidence: {
        of: 'link',
        measure: 'latency',
        pool: 'server2',
        peer: 'server1',
        value: 80,
        threshold: 50,
      },
    });
    expect((await migrations())[0]).toMatchObject({
      ...{ id: decision?.['id'], priority: -10 },
      policy: { name: 'threshold_lat', decision: decision?.['id'] },
    });
  });
});
