// Aim: a real host is emptied and filled again, and nothing is lost with the controller. Method: four containers, one of
// them stopped by its own setting and one skipped; the controller is killed in between; the daemons show what is where.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { findContainer } from './fixture.js';

interface Evacuation {
  readonly phase: string;
  readonly running: boolean;
  readonly message: string | null;
  readonly containers: readonly { readonly container: string; readonly state: string }[];
}

const obstacle = await Lab.obstacle();
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, evacuation of real hosts: ${obstacle} ***\n`);

describe.skipIf(obstacle !== undefined)('an evacuation', { timeout: 200_000 }, () => {
  let cluster: Cluster, from: Host, to: Host;
  const pools = (operation: string, more: Readonly<Record<string, string>> = {}) =>
    cluster.request('POST', 'pools', { form: { operation, container_pool: from.name, ...more } });
  const state = async () =>
    (await cluster.request('GET', `evacuations/${from.name}`)).body as unknown as Evacuation;
  const ended = async () => {
    for (;;) {
      const now = await state();
      if (!now.running) return now;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const statesOf = ({ containers }: Evacuation) =>
    Object.fromEntries(containers.map(({ container, state: is }) => [container, is]));
  const statusOn = async (host: Host, name: string) => (await findContainer(host, name))?.status;

  beforeAll(async () => {
    cluster = await Cluster.up({ hosts: 2 });
    [from, to] = cluster.hosts as [Host, Host];
    for (const name of ['a', 'keep', 'skip']) await cluster.launch(from, name);
    await cluster.must('create', from.name, 'b', { image_type: 'tiny' });
    await from.lxc('config', 'set', 'keep', 'user.copa.evacuate', 'stop');
    await from.lxc('config', 'set', 'keep', 'boot.autostart', 'true');
    await from.lxc('config', 'set', 'skip', 'user.copa.evacuate', 'skip');
  }, 300_000);
  afterAll(() => cluster.down(), 120_000);

  test('is planned, and changes nothing', async () => {
    const { status, body } = await pools('evacuate', { dry_run: 'true' });
    expect({ status, possible: body['possible'] }).toEqual({ status: 200, possible: true });
    expect(body['containers']).toMatchObject([
      { container: 'a', action: 'migrate', destination: to.name, obstacles: [], running: true },
      { container: 'b', action: 'migrate', destination: to.name, downtime_ms: 0, running: false },
      { container: 'keep', action: 'stop', destination: null },
      { container: 'skip', action: 'skip', destination: null },
    ]);
    const reply = await cluster.request('GET', `evacuations/${from.name}`);
    expect(reply.status).toBe(404);
  });

  test('goes on after the controller was killed, and says only then that it is done', async () => {
    expect((await pools('evacuate')).status).toBe(200);
    await cluster.kill('controller');
    await cluster.startController();
    const end = await ended();
    expect(end).toMatchObject({ phase: 'evacuated', message: null });
    expect(statesOf(end)).toEqual({ a: 'moved', b: 'moved', keep: 'stopped', skip: 'skipped' });
    expect(await statusOn(to, 'a')).toBe('Running');
    expect(await statusOn(to, 'b')).toBe('Stopped');
    expect(await statusOn(from, 'a')).toBeUndefined();
    expect((await findContainer(from, 'keep'))?.config['boot.autostart']).toBe('false');
    const created = await cluster.operate('create', from.name, 'new', { image_type: 'tiny' });
    expect(created.status).toBe(409);
    const uncordoned = await pools('uncordon');
    expect(uncordoned.status).toBe(409);
  });

  test('is undone exactly', async () => {
    await to.lxc('delete', 'b');
    expect((await pools('restore')).status).toBe(200);
    const end = await ended();
    expect(end).toMatchObject({ phase: 'restored', message: null });
    expect(statesOf(end)).toEqual({ a: 'returned', b: 'untouched', keep: 'returned', skip: 'skipped' });
    expect(await statusOn(from, 'a')).toBe('Running');
    const keep = await findContainer(from, 'keep');
    expect(keep?.status).toBe('Running');
    expect(keep?.config['boot.autostart']).toBe('true');
    expect(Object.keys(keep?.config ?? {}).filter((key) => key === 'user.copa.parked')).toEqual([]);
    expect(await statusOn(to, 'a')).toBeUndefined();
  });
});
