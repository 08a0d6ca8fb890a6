// Aim: one controller becomes three by tokens and one again, and each of them can be lost: no acknowledged change is.
// What must not join does not. Method: whole controllers with real etcds on loopback, killed for real.
import { mkdir, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { joinController } from '../../agent/enrollment/join.js';
import { findController, requestToJoin } from '../../common/net/join-client.js';
import {
  controllerJoinReplySchema,
  decodeJoinToken,
  encodeJoinToken,
  joinReplySchema,
} from '../../common/pki/enrollment.js';
import { joinControllers } from '../../controller/cluster/join.js';
import { othersOf, recoverAlone } from '../../controller/cluster/recover.js';
import { Cluster, type Answer } from '../support/cluster.js';
import { etcdObstacle, silentLog, temporaryDirectory } from '../support/etcd.js';
import { failureOf } from '../support/failures.js';

const joinListen = { host: '127.0.0.1', port: 0 };

async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await once(server.close(), 'close');
  return `127.0.0.1:${port}`;
}

describe.skipIf(etcdObstacle !== undefined)('several controllers', () => {
  const all: Cluster[] = [];
  const directories: string[] = [];
  let acknowledged = 0;

  const start = async (name: string, stateDirectory: string, index = all.length) => {
    all[index] = await Cluster.start(undefined, { name, stateDirectory, joinListen });
    return all[index];
  };
  const [first, second, third] = [0, 1, 2].map((index) => () => all[index] as Cluster) as [
    () => Cluster,
    () => Cluster,
    () => Cluster,
  ];
  const post = (cluster: Cluster, path: string, form: Record<string, string>): Promise<Answer> =>
    cluster.client.ask({ method: 'POST', path, form });
  const change = (cluster: Cluster, operation: string, form: Record<string, string> = {}) =>
    post(cluster, '/REST/controllers', { operation, ...form });
  const errorOf = ({ body }: Answer) => (body as { error?: string }).error ?? '';
  const invite = async (cluster = first()) => {
    const { status, body } = await change(cluster, 'token');
    expect(status, JSON.stringify(body)).toBe(200);
    return (body as { token: string }).token;
  };
  const listed = async (cluster: Cluster) => {
    const { body } = await cluster.client.ask({ path: '/REST/controllers' });
    return ((body as { controllers?: { name: string; state: string }[] }).controllers ?? []).map(
      ({ name, state }) => `${name} ${state}`,
    );
  };
  const joining = async (token: string, name: string, address?: string) => {
    const stateDirectory = await temporaryDirectory();
    directories.push(stateDirectory);
    const given = address ?? (await freeAddress());
    const options = { token, stateDirectory, name, address: given, again: false, log: silentLog };
    return { stateDirectory, joined: await joinControllers(options) };
  };
  /** A change that the controller has acknowledged. */
  const write = async (cluster: Cluster) => {
    const name = `written${++acknowledged}`;
    const { status, body } = await post(cluster, '/REST/tokens', {
      operation: 'create',
      name,
      role: 'viewer',
    });
    expect(status, JSON.stringify(body)).toBe(200);
  };
  const writtenAt = async (cluster: Cluster): Promise<number> => {
    const { body } = await cluster.client.ask({ path: '/REST/tokens' });
    return ((body as { tokens?: unknown[] }).tokens ?? []).length;
  };
  const isReady = (cluster: Cluster) =>
    vi.waitFor(async () => expect((await cluster.client.ask({ path: '/readyz' })).status).toBe(200), {
      timeout: 15_000,
      interval: 50,
    });
  const isListed = (cluster: Cluster, expected: string[]) =>
    vi.waitFor(async () => expect(await listed(cluster)).toEqual(expected), {
      timeout: 15_000,
      interval: 50,
    });

  beforeAll(async () => {
    await start('one', await temporaryDirectory());
  });
  afterAll(async () => {
    for (const cluster of all) await cluster.stop();
    for (const directory of directories) await rm(directory, { recursive: true, force: true });
  });

  test('one is alone until it is opened, and gives no tokens before', async () => {
    expect(await listed(first())).toEqual(['one up']);
    expect(errorOf(await change(first(), 'token'))).toContain('copa controller init');
    await first().addHost('host1');
    await write(first());
    const nowhere = await change(first(), 'init', { address: '192.0.2.1' });
    expect(errorOf(nowhere)).toContain('cannot listen on 192.0.2.1:8005');
    const address = await freeAddress();
    expect((await change(first(), 'init', { address })).body).toMatchObject({ address });
    expect(errorOf(await change(first(), 'init', { address }))).toContain('open for others already');
    expect(await writtenAt(first())).toBe(1);
    expect(errorOf(await change(first(), 'remove', { name: 'one' }))).toContain('is the only controller');
  });

  test('what is no valid token of a controller gets nothing', async () => {
    const token = await invite();
    const refused = async (text: string, why: RegExp, name = 'two') =>
      expect(await failureOf(() => joining(text, name))).toMatch(why);
    const edited = (more: object) => encodeJoinToken({ ...decodeJoinToken(token), ...more });
    await refused(edited({ secret: 'x'.repeat(43) }), /^permission_denied: .*unknown here/);
    await refused(edited({ ca: '0'.repeat(64) }), /^permission_denied: .*does not have the CA of the token/);
    await refused(token, /^already_exists: .*there is a controller "one" already/, 'one');
    const { body } = await post(first(), '/REST/tokens', { operation: 'create', kind: 'join' });
    const forHost = (body as { token: string }).token;
    await refused(forHost, /^permission_denied: this token is for a host/);
    // The controller refuses what an edited token or another program tries.
    const { id, secret } = decodeJoinToken(forHost);
    const found = await findController(decodeJoinToken(token));
    const key = Buffer.alloc(32, 9).toString('base64');
    const ask = (request: object) =>
      failureOf(() =>
        requestToJoin(found, { path: '/join-controller', request, reply: controllerJoinReplySchema }),
      );
    const request = { id, secret, name: 'two', address: '127.0.0.1:9', publicKey: key };
    expect(await ask(request)).toMatch(/^permission_denied: .*is for a host: use it with "copa agent join"/);
    const valid = { ...request, id: decodeJoinToken(token).id, secret: decodeJoinToken(token).secret };
    const weak = Buffer.alloc(32).toString('base64');
    expect(await ask({ ...valid, publicKey: weak })).toMatch(/^invalid_argument: .*not a key of X25519/);
    expect(await ask({ ...valid, address: 'somewhere' })).toMatch(
      /^invalid_argument: .*address is not valid/,
    );
    expect(await ask({ ...valid, name: '../two' })).toMatch(/^invalid_argument/);
    expect(await ask({ ...valid, more: 1 })).toMatch(/^invalid_argument/);
    expect(await ask(['rubbish'])).toMatch(/^invalid_argument/);
    // And a host gets nothing with a controller's.
    const hostRequest = { ...pick(valid), pool: 'host2', address: '127.0.0.9', request: 'x' };
    const asHost = () =>
      requestToJoin(found, { path: '/join', request: hostRequest, reply: joinReplySchema });
    expect(await failureOf(asHost)).toMatch(/^permission_denied: .*is for a controller/);
    const identity = join(await temporaryDirectory(), 'identity');
    const host = { token, identity, socket: undefined, port: 8001, again: false };
    expect(await failureOf(() => joinController(host))).toMatch(
      /^permission_denied: this token is for a controller/,
    );
    const expired = await change(first(), 'token', { ttl: '1s' });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await refused((expired.body as { token: string }).token, /^failed_precondition: .*expired/);
    expect(await listed(first())).toEqual(['one up']);
  });

  test('three are three in under a minute, and a token works once', async () => {
    const startedAt = performance.now();
    for (const name of ['two', 'three']) {
      const token = await invite();
      const stateDirectory = await temporaryDirectory();
      directories.push(stateDirectory);
      const address = await freeAddress();
      const attempt = () =>
        joinControllers({ token, stateDirectory, name, address, again: false, log: silentLog });
      // The machine fails after it was admitted.
      const obstacle = join(stateDirectory, 'membership.json.new');
      await mkdir(obstacle, { recursive: true });
      await expect(attempt()).rejects.toThrow(/EISDIR|directory/);
      await rm(obstacle, { recursive: true });
      expect(await attempt()).toMatchObject({ name, address, setAside: undefined });
      expect(await readdir(stateDirectory)).toEqual(['cluster-secret', 'membership.json']);
      expect(await failureOf(() => joining(token, 'four'))).toMatch(
        new RegExp(`^failed_precondition: .*used already, by controller "${name}"`),
      );
      await isReady(await start(name, stateDirectory));
      await write(first());
    }
    await isListed(first(), ['one up', 'three up', 'two up']);
    console.info(`three controllers after ${Math.round(performance.now() - startedAt)} ms`);
    expect(performance.now() - startedAt).toBeLessThan(60_000);
    for (const cluster of all) expect(await writtenAt(cluster)).toBe(acknowledged);
    // The agent was not restarted, and answers the new ones.
    for (const cluster of [second(), third()])
      await vi.waitFor(
        async () =>
          expect(
            (await cluster.client.ask({ path: '/REST/image', query: { image_pool: 'host1' } })).status,
          ).toBe(200),
        { timeout: 10_000 },
      );
  });

  test('each may be lost, and has everything when it is back', async () => {
    for (const lost of [0, 1, 2]) {
      const { name, stateDirectory } = all[lost]?.config ?? { name: '', stateDirectory: '' };
      const others = all.filter((_, index) => index !== lost);
      process.kill(all[lost]?.controller.etcdPid() ?? 0, 'SIGKILL');
      await all[lost]?.controller.stop();
      for (const other of others) await write(other);
      if (lost === 2) await isListed(others[0] as Cluster, ['one up', 'three down', 'two up']);
      const back = await start(name, stateDirectory, lost);
      await isReady(back);
      for (const cluster of all) expect(await writtenAt(cluster)).toBe(acknowledged);
    }
  });

  test('one is left only by request, and a removed one stays out', async () => {
    await isListed(first(), ['one up', 'three up', 'two up']);
    expect((await change(first(), 'remove', { name: 'three' })).status).toBe(200);
    await vi.waitFor(
      async () => {
        const { body } = await third().client.ask({ path: '/readyz' });
        expect(JSON.stringify(body)).toContain('have removed this one');
      },
      { timeout: 15_000 },
    );
    expect(errorOf(await change(first(), 'remove', { name: 'two' }))).toContain('--alone');
    await write(second());
    expect((await change(first(), 'remove', { name: 'two', alone: 'true' })).status).toBe(200);
    await isListed(first(), ['one up']);
    await write(first());
    expect(await writtenAt(first())).toBe(acknowledged);
  });

  test('a majority that is lost for good is left behind', async () => {
    const { stateDirectory } = first().config;
    await isReady(await start('two', (await joining(await invite(), 'two')).stateDirectory, 1));
    await write(second());
    const busy = () => othersOf({ stateDirectory, log: silentLog, patienceMs: 500 });
    await Promise.all([first(), second()].map(({ controller }) => controller.stop()));
    expect(await busy()).toEqual([]);
    expect(await recoverAlone({ stateDirectory, log: silentLog })).toBeGreaterThan(acknowledged);
    expect(await failureOf(busy)).toMatch(/^failed_precondition: a majority of the controllers answers/);
    const alone = await start('one', stateDirectory, 0);
    expect(await writtenAt(alone)).toBe(acknowledged);
    await write(alone);
    expect(await listed(alone)).toEqual(['one up']);
  });
});

function pick({ id, secret }: { id: string; secret: string }) {
  return { id, secret };
}
