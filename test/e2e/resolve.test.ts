// Aim: a moved container is free at once; what waits for a lost host says so, and a person's decision ends it; a host
// that comes back is fenced; marks without a migration do no harm, and lost records are made anew. Method: two real LXD
// hosts; migrations are held at exact moments, agents are killed, and etcd's data is removed.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import { daemonObstacle } from '../../deploy/lab/daemons.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab, program } from '../../deploy/lab/lab.js';
import { run, waitFor } from '../../deploy/lab/processes.js';
import { Failpoints, type Failpoint } from '../chaos/failpoints.js';
import { findContainer } from './fixture.js';

const obstacle = (await Lab.obstacle()) ?? daemonObstacle('lxd');
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, no lab can run here: ${obstacle} ***\n`);

interface View {
  readonly phase: string;
  readonly state: string;
  readonly error: string | null;
  readonly waiting_for: string | null;
  readonly waiting_since: string | null;
  readonly resolve_command: string | null;
  readonly choices: readonly { readonly keep: string }[];
}

describe.skipIf(obstacle !== undefined)('migrations that wait', () => {
  const failpoints = new Failpoints(`/tmp/copa-resolve-${process.pid}`);
  let cluster: Cluster | undefined;
  let made = 0;
  const up = () => cluster as Cluster;
  const hosts = () => [up().lab.host('server1'), up().lab.host('server2')] as [Host, Host];

  beforeAll(async () => {
    cluster = await Cluster.up({ hosts: 2, env: { COPA_TEST_FAILPOINTS: failpoints.directory } });
  }, 180_000);
  afterAll(async () => {
    await cluster?.down();
    failpoints.remove();
  }, 120_000);

  const view = async (id: string) => (await up().request('GET', `migrations/${id}`)).body as unknown as View;
  const launch = async () => {
    const name = `r${++made}`;
    await up().launch(hosts()[0], name);
    return name;
  };
  const begin = async (container: string) => {
    const [from, to] = hosts();
    const headers = { Prefer: 'respond-async' };
    const form = {
      operation: 'migrate',
      container_pool: from.name,
      container_name: container,
      destination_pool: to.name,
    };
    const reply = await up().request('POST', 'container', { form, headers });
    expect(reply).toMatchObject({ status: 202 });
    return String(reply.body['id']);
  };
  /** Begins a move, and returns when it has come to that moment. */
  const heldAt = async (phase: Failpoint['phase'], when: Failpoint['when'] = 'before') => {
    const name = await launch();
    const failpoint = { container: name, phase, when };
    failpoints.set(failpoint);
    const id = await begin(name);
    await waitFor(`${name} to come to ${phase}`, () => failpoints.isReached(failpoint), 60_000);
    return { name, id, failpoint, copy: `${name}-kept-${id.slice(0, 8)}` };
  };
  const waits = (id: string, phase: string) =>
    waitFor(
      `${id} to wait in ${phase}`,
      async () => {
        const now = await view(id);
        return now.phase === phase && now.waiting_for !== null ? now : undefined;
      },
      90_000,
    );
  const ends = (id: string) =>
    waitFor(
      `${id} to end`,
      async () => {
        const now = await view(id);
        return now.state === 'running' ? undefined : now;
      },
      60_000,
    );
  const resolve = (id: string, keep: string) =>
    up().request('POST', `migrations/${id}`, { form: { operation: 'resolve', keep } });
  const marksOf = async (host: Host, name: string) => {
    const { config = {} } = (await findContainer(host, name)) ?? {};
    const ours = /^user\.copa\.|^raw\.lxc$|^linux\.kernel_modules$/;
    return Object.keys(config).filter((key) => ours.test(key));
  };
  const becomes = (host: Host, name: string, status: string | undefined) =>
    waitFor(
      `${name} on ${host.name} to be ${status ?? 'gone'}`,
      async () => {
        const now = (await findContainer(host, name))?.status;
        return now === status && (await marksOf(host, name)).length === 0;
      },
      60_000,
    );

  test('the container that has moved is free at once, and a lost source delays nothing', async () => {
    const [from, to] = hosts();
    const { name, id, failpoint } = await heldAt('switched');
    await from.kill('agent');
    // The migration has decided, and has taken off nothing yet.
    expect(await marksOf(to, name)).not.toEqual([]);
    for (const operation of ['stop', 'start', 'freeze', 'unfreeze']) {
      await up().must(operation, to.name, name);
    }
    await up().must('snapshot', to.name, name, { snapshot_name: 'a' });
    await up().must('limits', to.name, name, { memory: '300MiB' });
    failpoints.release(failpoint);
    const waiting = await waits(id, 'released');
    expect(waiting.resolve_command).toBe(`copa migration resolve ${id} --keep destination`);
    expect(Date.parse(waiting.waiting_since ?? '')).toBeGreaterThan(Date.now() - 120_000);
    expect(await marksOf(to, name)).toEqual([]);
    await up().must('delete_snapshot', to.name, name, { snapshot_name: 'a' });
    await up().must('restart', to.name, name);

    const back = await up().operate('migrate', to.name, name, { destination_pool: from.name });
    expect(back.status).toBe(409);
    expect(String(back.body['error'])).toMatch(new RegExp(`migration ${id} .*old copy on server1`));

    const refused = await resolve(id, 'source');
    expect(refused).toMatchObject({ status: 409 });
    expect(String(refused.body['error'])).toMatch(/has run on server2/);
    expect(await resolve(id, 'destination')).toMatchObject({ status: 200, body: { phase: 'done' } });

    await from.restart('agent');
    await becomes(from, name, undefined);
    await up().must('migrate', to.name, name, { destination_pool: from.name });
    await becomes(from, name, 'Running');
  }, 240_000);

  test('a source that does not come back ends the way back, and is freed when it does', async () => {
    const [from, to] = hosts();
    const { name, id, failpoint, copy } = await heldAt('stopped');
    await from.kill('agent');
    expect(await resolve(id, 'source')).toMatchObject({ status: 409 });
    failpoints.release(failpoint);
    await waits(id, 'reverting');
    const refused = await resolve(id, 'destination');
    expect(refused.status).toBe(409);
    expect(String(refused.body['error'])).toMatch(/may run there/);
    expect((await resolve(id, 'source')).status).toBe(200);
    expect(await ends(id)).toMatchObject({ phase: 'failed' });
    expect((await findContainer(from, name))?.status).toBe('Stopped');
    await from.restart('agent');
    await becomes(from, name, 'Running');
    expect(await findContainer(to, name)).toBeUndefined();
    // The last copy was whole, so it is kept, and nothing else of the name is there.
    const kept = await findContainer(to, copy);
    if (kept) expect(kept.status).toBe('Stopped');
  }, 240_000);

  test('a destination that does not come back loses, and is fenced when it does', async () => {
    const [from, to] = hosts();
    const { name, id, failpoint, copy } = await heldAt('verified');
    await to.kill('agent');
    failpoints.release(failpoint);
    await waits(id, 'verified');
    expect(String((await resolve(id, 'destination')).body['error'])).toMatch(/what the migration waits for/);
    expect((await resolve(id, 'source')).status).toBe(200);
    expect(await ends(id)).toMatchObject({ phase: 'failed' });
    await becomes(from, name, 'Running');
    await to.restart('agent');
    await becomes(to, copy, 'Stopped');
    expect(await findContainer(to, name)).toBeUndefined();
    expect((await findContainer(from, name))?.status).toBe('Running');
  }, 240_000);

  test('a mark that comes back with a snapshot is removed', async () => {
    const [from] = hosts();
    const { name, id, failpoint } = await heldAt('claimed');
    await from.lxc('snapshot', name, 'marked');
    failpoints.release(failpoint);
    expect((await up().request('DELETE', `migrations/${id}`)).status).toBeLessThan(500);
    await ends(id);
    const [, to] = hosts();
    const home = (await findContainer(from, name)) ? from : to;
    await home.lxc('restore', name, 'marked');
    await becomes(home, name, 'Running');
    await up().must('stop', home.name, name);
  }, 240_000);

  test.each(['stopped', 'verified', 'switched'] as const)(
    'when the state of the controller is lost in %s, one copy runs and the other one is no obstacle',
    async (phase) => {
      const { name, id } = await heldAt(phase);
      await up().kill('controller');
      rmSync(up().stateDirectory, { recursive: true, force: true });
      await up().startController();
      for (const host of hosts()) {
        const out = join(host.directory, 'identity');
        rmSync(out, { recursive: true, force: true });
        const env = { ...process.env, COPA_ADDR: `http://127.0.0.1:${up().port}` };
        await run([process.execPath, program(), 'ca', 'issue', host.name, '--out', out], { env });
        await host.replaceAgent(program());
        const form = { operation: 'add', container_pool: host.name, ip: host.address };
        expect((await up().request('POST', 'pools', { form })).status).toBe(200);
      }
      const isKnown = async () => (await up().request('GET', `migrations/${id}`)).status === 200;
      await waitFor('the record to be made anew', isKnown, 60_000);
      await ends(id);
      const [from, to] = hosts();
      const [home, other] = phase === 'switched' ? [to, from] : [from, to];
      await becomes(home, name, 'Running');
      expect(await findContainer(other, name)).toBeUndefined();
      await up().must('stop', home.name, name);
    },
    240_000,
  );
});
