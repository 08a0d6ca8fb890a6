// Aim: hosts and containers are measured without any program that posts, and what is stored outlives an agent that is
// killed. Method: real LXD hosts in the lab, the built controller and agents.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { waitFor } from '../../deploy/lab/processes.js';

const obstacle = await Lab.obstacle();
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, no lab can run here: ${obstacle} ***\n`);

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
    cluster = await Cluster.up({ hosts: 2 });
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
});
