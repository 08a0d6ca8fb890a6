// Aim: the drill. A machine is destroyed and restored from a backup made earlier: hosts go on without joining, what was
// revoked since stays revoked, and what was added since is reported. Method: whole controllers on their embedded etcds,
// real agents over fake LXDs; all that the first controller had is deleted.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { contentsOf } from '../../controller/backup/collect.js';
import { restore } from '../../controller/backup/restore.js';
import type { Contents } from '../../controller/backup/contents.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { Cluster, type Answer } from '../support/cluster.js';
import { etcdObstacle, silentLog, temporaryDirectory } from '../support/etcd.js';
import { sync, type Answering } from '../support/fakes/lxd.js';
import { emptyDaemon, startAgent, type RunningAgent } from '../support/fakes/agent.js';

const daemon: Answering = (request) =>
  request.path.startsWith('/1.0/images') ? sync([]) : emptyDaemon(request);

interface Status {
  readonly waiting: readonly string[];
  readonly settled: boolean;
  readonly found: readonly { container_pool: string; ip: string }[];
}

describe.skipIf(etcdObstacle !== undefined)('after a restore', () => {
  const undo: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  const post = async (
    cluster: Cluster,
    path: string,
    form: Record<string, string>,
  ): Promise<Answer['body']> => {
    const { status, body } = await cluster.client.ask({ method: 'POST', path, form });
    expect([status, body]).toEqual([200, body]);
    return body;
  };
  const join1 = async (cluster: Cluster, name: string): Promise<RunningAgent> => {
    const agent = await startAgent(await cluster.identityOf(name), daemon);
    undo.push(() => agent.stop());
    await post(cluster, '/REST/pools', { operation: 'add', container_pool: name, ip: agent.address });
    return agent;
  };
  const isUp = async (cluster: Cluster, name: string) =>
    (await cluster.client.ask({ path: '/REST/image', query: { image_pool: name } })).status === 200;
  const token = async (cluster: Cluster, name: string) => {
    const form = { operation: 'create', name, role: 'viewer' };
    return ((await post(cluster, '/REST/tokens', form)) as { token: string }).token;
  };
  const statusWith = async (cluster: Cluster, text: string) => {
    const headers = { Authorization: `Bearer ${text}` };
    return (await cluster.client.ask({ path: '/REST/pools', headers })).status;
  };
  const backup = async (cluster: Cluster): Promise<Contents> => {
    const exported = (await post(cluster, '/REST/backup', { operation: 'export' })) as {
      made_at: string;
      entries: Contents['entries'];
      revision: number;
    };
    const { made_at: madeAt, entries, revision } = exported;
    const rest = { leftOut: [], controller: 'test', version: '0' };
    return contentsOf({ madeAt, entries, revision, ...rest }, cluster.config);
  };
  /** As `copa backup restore` and `systemctl start` on a bare machine. */
  const restored = async (contents: Contents): Promise<Cluster> => {
    const stateDirectory = join(await temporaryDirectory(), 'controller');
    const settingsFile = join(stateDirectory, '..', 'etc', 'controller.yaml');
    await restore(contents, { stateDirectory, settingsFile, etcd: undefined, log: silentLog });
    const cluster = await Cluster.start(undefined, { stateDirectory, settingsFile });
    undo.push(() => cluster.stop());
    return cluster;
  };
  const destroy = async (cluster: Cluster) => {
    cluster.client.close();
    await cluster.controller.stop();
    await rm(cluster.config.stateDirectory, { recursive: true });
  };
  const status = async (cluster: Cluster): Promise<Status | null> =>
    ((await cluster.client.ask({ path: '/REST/backup' })).body as { restored: Status | null }).restored;

  test('hosts go on without joining, revocations stay, and new pools are named', async () => {
    const first = await Cluster.start();
    const agents = new Map<string, RunningAgent>();
    for (const name of ['server1', 'server2', 'server3']) agents.set(name, await join1(first, name));
    const [good, revoked] = [await token(first, 'good'), await token(first, 'revoked')];
    const contents = await backup(first);
    // What went on since.
    const server4 = await join1(first, 'server4');
    await post(first, '/REST/tokens', { operation: 'revoke', name: 'revoked' });
    await post(first, '/REST/pools', { operation: 'remove', container_pool: 'server3' });
    const notesOf = async (name: string) => {
      const { readNotes } = await import('../../agent/identity/identity-files.js');
      return readNotes(agents.get(name)?.directory ?? '');
    };
    // A revoked pool, a revoked token and, server3 being gone, three pools.
    await waitFor('both hosts to have all notes', async () =>
      (await Promise.all(['server1', 'server2'].map(notesOf))).every((notes) => notes.length === 6),
    );
    await destroy(first);

    const second = await restored(contents);
    await waitFor(
      'the hosts to be up',
      async () => (await isUp(second, 'server1')) && isUp(second, 'server2'),
    );
    const found = [{ container_pool: 'server4', ip: server4.address }];
    await waitFor('the new pool to be named', async () => (await status(second))?.found.length === 1);
    expect((await status(second))?.found).toEqual(found);
    expect(await statusWith(second, good)).toBe(200);
    await waitFor('the token to be invalid', async () => (await statusWith(second, revoked)) === 401);
    await waitFor('the removed host to be cut off', async () => !(await isUp(second, 'server3')));
    // What is left to be done by a person.
    await post(second, '/REST/pools', { operation: 'add', container_pool: 'server4', ip: server4.address });
    await post(second, '/REST/pools', { operation: 'remove', container_pool: 'server3' });
    await waitFor('the recovery to be over', async () => (await status(second)) === null);
    expect(await isUp(second, 'server4')).toBe(true);
  }, 60_000);

  test('nothing of the backup is trusted before more than half of the hosts have reported', async () => {
    const first = await Cluster.start();
    const agents = [await join1(first, 'server1'), await join1(first, 'server2')];
    const old = await token(first, 'old');
    const contents = await backup(first);
    await destroy(first);
    await agents[0]?.stop();

    const second = await restored(contents);
    const local = { path: '/REST/backup' };
    await waitFor('one of two to report', async () => (await status(second))?.waiting.join() === 'server1');
    expect(await status(second)).toMatchObject({ settled: false });
    expect(await isUp(second, 'server2')).toBe(false);
    expect(await statusWith(second, old)).toBe(503);
    // Who administers the machine is not locked out, and a new token is valid at once.
    expect((await second.client.ask(local)).status).toBe(200);
    expect(await statusWith(second, await token(second, 'new'))).toBe(200);
    // Whose host is gone is removed.
    await post(second, '/REST/pools', { operation: 'remove', container_pool: 'server1' });
    await waitFor('the other host to be up', () => isUp(second, 'server2'));
    expect(await statusWith(second, old)).toBe(200);
  }, 60_000);
});
