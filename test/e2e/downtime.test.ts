// Aim: a container is stopped only if its downtime is predicted to be within the limit; otherwise it keeps running where
// it is. Method: two real hosts; the container's own clock of answers is its process, which a stop would end.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { findContainer } from './fixture.js';

const obstacle = await Lab.obstacle();
if (obstacle !== undefined)
  console.warn(`\n*** NOT TESTED, a limit of the downtime on real hosts: ${obstacle} ***\n`);

describe.skipIf(obstacle !== undefined)('a limit of the downtime', { timeout: 180_000 }, () => {
  let cluster: Cluster, one: Host, two: Host;
  const migrate = (from: Host, to: Host, more: Record<string, string>) =>
    cluster.operate('migrate', from.name, 'web', { destination_pool: to.name, ...more });
  const newest = async () => {
    const { body } = await cluster.request('GET', 'migrations', {
      query: { container_name: 'web', limit: '1' },
    });
    return (body['migrations'] as Record<string, unknown>[])[0] as {
      predicted_downtime: { total_ms: number; samples: number };
      downtime_ms: number;
      passes: { outcome: string }[];
    };
  };

  beforeAll(async () => {
    cluster = await Cluster.up({ hosts: 2 });
    [one, two] = cluster.hosts as [Host, Host];
    await cluster.launch(one, 'web');
  }, 180_000);
  afterAll(() => cluster.down(), 120_000);

  test('is kept, and the prediction is near what came', async () => {
    expect((await migrate(one, two, { max_downtime: '30s' })).status).toBe(200);
    expect((await migrate(two, one, { max_downtime: '30s' })).status).toBe(200);
    const { predicted_downtime, downtime_ms } = await newest();
    expect(predicted_downtime.samples).toBe(1);
    expect(Math.abs(predicted_downtime.total_ms - downtime_ms)).toBeLessThan(5_000);
  });

  test('is refused before, when shutdown and start alone take longer', async () => {
    const { body } = await migrate(one, two, { max_downtime: '100ms', dry_run: 'true' });
    expect(body).toMatchObject({ possible: false, findings: [{ subject: 'downtime' }] });
    expect(body['predicted_downtime']).toMatchObject({ samples: 2 });
    const { status, body: refused } = await migrate(one, two, { max_downtime: 'soon' });
    expect([status, String(refused['error'])]).toEqual([400, expect.stringContaining('max_downtime "soon"')]);
  });

  test('that cannot be kept ends in the way back, and the container was never stopped', async () => {
    await one.lxc(
      'exec',
      'web',
      '--',
      'sh',
      '-c',
      '(while :; do dd if=/dev/urandom of=/data/w bs=1M count=8 conv=notrunc; done) > /dev/null 2>&1 < /dev/null & sleep 1000 > /dev/null 2>&1 < /dev/null &',
    );
    const limit = { max_downtime: '6s', passes_max: '3', bandwidth_limit: '1000000' };
    const { status, body } = await migrate(one, two, limit);
    expect(status).toBe(409);
    expect(String(body['error'])).toMatch(
      /max_downtime 6 s cannot be kept: after 3 passes its downtime would be/,
    );
    const { passes } = await newest();
    expect(passes.filter(({ outcome }) => outcome === 'done')).toHaveLength(3);
    expect(await findContainer(one, 'web')).toMatchObject({ status: 'Running' });
    expect(await one.lxc('exec', 'web', '--', 'pidof', 'sleep')).not.toBe('');
    expect(await findContainer(two, 'web')).toBeUndefined();
  });
});
