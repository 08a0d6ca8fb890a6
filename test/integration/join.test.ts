// Aim: a host joins with one token, once. Every error of a token, a host, a clock or the answering server is refused
// with a message, and nothing is left behind on either side. Method: a whole controller on a real etcd that accepts
// hosts, and the host's own code over a fake daemon. Attacks without a token are in attacker/joining.test.ts.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { examineController } from '../../agent/diagnostics/identity.js';
import { identityFiles, readIdentity, writeControllers } from '../../agent/identity/identity-files.js';
import { joinController, type JoinOptions } from '../../agent/enrollment/join.js';
import { decodeJoinToken, encodeJoinToken, type JoinToken } from '../../common/pki/enrollment.js';
import { etcdObstacle } from '../support/etcd.js';
import { emptyDaemon, startAgent } from '../support/fakes/agent.js';
import { FakeLxd } from '../support/fakes/lxd.js';
import { failureOf } from '../support/failures.js';
import { Cluster } from '../support/cluster.js';

describe.skipIf(etcdObstacle !== undefined)('joining', () => {
  let cluster: Cluster;
  let directory: string;
  let daemon: FakeLxd;
  let pools = 0;
  beforeAll(async () => {
    cluster = await Cluster.start(undefined, { joinListen: { host: '127.0.0.1', port: 0 } });
  });
  afterAll(() => cluster.stop());
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'copa-join-'));
    daemon = await FakeLxd.start(join(directory, 'socket'), emptyDaemon);
  });
  afterEach(async () => {
    await daemon.close();
    rmSync(directory, { recursive: true });
  });

  const create = async (form: Record<string, string> = {}) => {
    const all = { operation: 'create', kind: 'join', ...form };
    const { status, body } = await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form: all });
    expect(status).toBe(200);
    return (body as { token: string }).token;
  };
  /** Each host has an address of its own, where nothing listens. */
  const host = (token: string, more: Partial<JoinOptions> = {}) =>
    joinController({
      token,
      identity: join(directory, 'identity'),
      socket: join(directory, 'socket'),
      name: `host${++pools}`,
      address: `127.0.1.${pools}`,
      port: 8001,
      again: false,
      ...more,
    });
  const listed = async () => {
    const { body } = await cluster.client.ask({ path: '/REST/pools' });
    return (body as { pools: [string, string][] }).pools.map(([name]) => name);
  };
  const edited = (token: string, change: Partial<JoinToken>) =>
    encodeJoinToken({ ...decodeJoinToken(token), ...change });
  /** Fails with this error, and nothing has changed. */
  const refused = async (attempt: () => Promise<unknown>, why: RegExp) => {
    const before = await listed();
    expect(await failureOf(attempt)).toMatch(why);
    expect(await listed()).toEqual(before);
    expect(readdirSync(directory)).toEqual(['socket']);
  };

  test('makes a host a working pool, and uses up the token', async () => {
    const token = await create({ container_pool: 'server1', ttl: '10m' });
    // It contains no more than necessary, and etcd no secret.
    expect(Object.keys(decodeJoinToken(token)).sort()).toEqual(['addresses', 'ca', 'id', 'pool', 'secret']);
    const { body } = await cluster.client.ask({ path: '/REST/tokens' });
    expect(JSON.stringify(body)).toContain(decodeJoinToken(token).id);
    expect(JSON.stringify(body)).not.toContain(decodeJoinToken(token).secret);
    const joined = await host(token, { name: undefined });
    expect(joined).toMatchObject({ pool: 'server1', daemon: 'LXD 0' });
    const { credentials } = await readIdentity(join(directory, 'identity'));
    const agent = await startAgent(credentials);
    try {
      // The real agent uses another port than the requested one.
      const form = { operation: 'delete', container_pool: 'server1' };
      expect(await listed()).toContain('server1');
      await cluster.client.ask({ method: 'POST', path: '/REST/pools', form });
      const again = await create({ container_pool: 'server1' });
      const back = await host(again, { name: undefined, address: agent.address, again: true });
      expect(back.address).toBe(agent.address);
      const renewed = await startAgent((await readIdentity(join(directory, 'identity'))).credentials);
      await renewed.stop();
      // The revoked one is refused.
      expect(
        await cluster.client.ask({ path: '/REST/image', query: { image_pool: 'server1' } }),
      ).toMatchObject({
        status: 503,
        body: { error: expect.stringMatching(/was revoked/) as string },
      });
    } finally {
      await agent.stop();
    }
    rmSync(join(directory, 'identity'), { recursive: true });
    await refused(
      () => host(token, { name: 'server1' }),
      /^failed_precondition: .*used already, by pool "server1"/,
    );
  });

  test('again needs a token for that pool, keeps the pool, and voids the older certificate', async () => {
    await host(await create(), { name: 'again', address: '127.0.2.1' });
    await refusedHere(
      () => create().then((token) => host(token)),
      /^already_exists: this host has joined already, as pool "again"/,
    );
    rmSync(join(directory, 'identity'), { recursive: true });
    const any = await create();
    await refused(() => host(any, { name: 'again' }), /^already_exists: .*copa token create --pool again/);
    await refused(() => host(any, { address: '127.0.2.1' }), /^already_exists: .*belongs to pool "again"/);
    await host(await create({ container_pool: 'again' }), { name: 'again', address: '127.0.2.2' });
    const { body } = await cluster.client.ask({ path: '/REST/pools' });
    expect((body as { pools: unknown[] }).pools).toContainEqual(['again', '127.0.2.2']);
    // Its former address is free.
    rmSync(join(directory, 'identity'), { recursive: true });
    await host(await create(), { address: '127.0.2.1' });
  });

  const refusedHere = async (attempt: () => Promise<unknown>, why: RegExp) => {
    expect(await failureOf(attempt)).toMatch(why);
  };

  test('is refused with a token that is expired, edited, revoked, of another pool or of another COPA', async () => {
    const token = await create({ container_pool: 'server9' });
    await refused(
      () => host(token, { name: 'other' }),
      /^permission_denied: the token is for pool "server9"/,
    );
    const elsewhere = edited(token, { pool: 'other' });
    await refused(
      () => host(elsewhere, { name: 'other' }),
      /^permission_denied: .*is for pool "server9", not for "other"/,
    );
    await refused(
      () => host(edited(token, { secret: 'x'.repeat(43) }), { name: undefined }),
      /^permission_denied: .*is unknown here/,
    );
    await refused(
      () => host(edited(token, { id: '0'.repeat(16) }), { name: undefined }),
      /^permission_denied: .*is unknown here/,
    );
    await refused(
      () => host(edited(token, { ca: '0'.repeat(64) }), { name: undefined }),
      /^permission_denied: .*does not have the CA/,
    );
    await refused(() => host(token.slice(0, -1)), /^invalid_argument: .*it is incomplete/);
    await refused(
      () => host(`${token.slice(0, 9)}x${token.slice(10)}`),
      /^invalid_argument: .*copy it again/,
    );
    const short = await create({ ttl: '1s' });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await refused(() => host(short), /^failed_precondition: .*expired at/);
    const revoked = await create();
    const form = { operation: 'revoke', name: decodeJoinToken(revoked).id };
    expect(await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form })).toMatchObject({
      status: 200,
    });
    await refused(() => host(revoked), /^permission_denied: .*is unknown here/);
  });

  test('is refused without a daemon, with a wrong clock, and when no or another server answers', async () => {
    const token = await create();
    await refused(
      () => host(token, { socket: join(directory, 'none') }),
      /^failed_precondition: there is no socket/,
    );
    await refused(
      () => host(edited(token, { addresses: ['127.0.0.1:1'] })),
      /^unavailable: no controller answers.*127.0.0.1:1/,
    );
    for (const [hours, words] of [
      [3, 'ahead of'],
      [-3, 'behind'],
    ] as const) {
      const failure = await failureOf(() => host(token, { now: () => Date.now() + hours * 3600_000 }));
      expect(failure).toMatch(
        new RegExp(`^failed_precondition: the clock of this machine is 180 minutes ${words}`),
      );
    }
    // A host of the same CA is not a controller.
    const agent = await startAgent(await cluster.identityOf('sly'));
    const sly = edited(token, { addresses: [agent.streamAddress] });
    await refused(() => host(sly), /^(permission_denied|unavailable)/);
    await agent.stop();
    // The token is still valid: all of these errors were found before it was used.
    await host(token);
  });

  test('one token makes one pool, for any number of concurrent hosts', async () => {
    const token = await create();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, (_, index) => host(token, { identity: join(directory, `i${index}`) })),
    );
    const { certificates } = outcomes.reduce(
      (sum, { status }) => ({ certificates: sum.certificates + (status === 'fulfilled' ? 1 : 0) }),
      { certificates: 0 },
    );
    expect(certificates).toBe(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(String(outcome.reason)).toMatch(/used already|at this moment/);
    }
  });

  test('the doctor on a host reports whether the controller still accepts it, with advice', async () => {
    const identity = join(directory, 'identity');
    const said = async () => {
      const { verdict, text, advice } = await examineController(identity);
      return `${verdict}: ${text} -> ${advice ?? ''}`;
    };
    await host(await create({ container_pool: 'patient' }), { name: 'patient' });
    expect(await said()).toMatch(/^ok: has this host as pool "patient"/);
    await cluster.client.ask({ method: 'POST', path: '/REST/ca', form: { operation: 'rotate' } });
    expect(await said()).toMatch(/^warning: the CA is being replaced/);
    await cluster.client.ask({ method: 'POST', path: '/REST/ca', form: { operation: 'finish' } });
    expect(await said()).toMatch(/^problem: the CA was replaced .*copa token create --pool patient; here/);
    await host(await create({ container_pool: 'patient' }), { name: 'patient', again: true });
    expect(await said()).toMatch(/^ok/);
    const removal = { operation: 'delete', container_pool: 'patient' };
    await cluster.client.ask({ method: 'POST', path: '/REST/pools', form: removal });
    await vi.waitFor(async () =>
      expect(await said()).toMatch(/^problem: .*(revoked|no pool).*copa agent join --again TOKEN$/),
    );
    // The certificate alone is no secret. Without one, the reply contains nothing.
    await writeControllers(identity, ['127.0.0.1:1']);
    expect(await said()).toMatch(/^warning: did not return the status .*127.0.0.1:1/);
    rmSync(join(identity, identityFiles.controllers));
    expect(await said()).toMatch(/^warning: this host did not join with a token/);
  });

  test('is not offered by a controller that does not listen for hosts', async () => {
    const deaf = await Cluster.start();
    const form = { operation: 'create', kind: 'join' };
    expect(await deaf.client.ask({ method: 'POST', path: '/REST/tokens', form })).toMatchObject({
      status: 409,
      body: { error: expect.stringMatching(/join_listen/) as string },
    });
    await deaf.stop();
  });
});
