// Aim: certificates of hosts are renewed and the CA is replaced while hosts work, and a removed pool is disconnected
// at once. Method: a whole controller on a real etcd, real agents over a fake LXD, and certificates that live for
// seconds.
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { identityOf, type Credentials } from '../../common/pki/identity.js';
import { TlsIdentity } from '../../common/pki/tls-identity.js';
import { openChannel } from '../../common/net/stream-channel.js';
import { etcdObstacle } from '../support/etcd.js';
import { emptyDaemon, startAgent, type RunningAgent } from '../support/fakes/agent.js';
import { sync, type Answering } from '../support/fakes/lxd.js';
import { failureOf } from '../support/failures.js';
import { Cluster } from '../support/cluster.js';

describe.skipIf(etcdObstacle !== undefined)('identities', () => {
  const undo: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  const begin = async (certificateLifetimeMs: number) => {
    const cluster = await Cluster.start(undefined, { certificateLifetimeMs });
    undo.push(() => cluster.stop());
    return cluster;
  };
  const pools = (cluster: Cluster, form: Record<string, string>) =>
    cluster.client.ask({ method: 'POST', path: '/REST/pools', form });
  const join = async (cluster: Cluster, name: string, answer: Answering = emptyDaemon) => {
    const agent = await startAgent(await cluster.identityOf(name), answer);
    undo.push(() => agent.stop());
    const added = await pools(cluster, { operation: 'add', container_pool: name, ip: agent.address });
    expect(added).toMatchObject({ status: 200 });
    return agent;
  };
  const serialOf = (pem: string) => new X509Certificate(pem).serialNumber;
  const ca = async (cluster: Cluster) =>
    (await cluster.client.ask({ path: '/REST/ca' })).body as {
      authorities: { fingerprint: string }[];
      bundle: string;
      rotating_since: string | null;
      missing: string[];
      pools: { container_pool: string; issuer: string; valid_until: string }[];
    };
  const images = (pool: string) => ({ path: '/REST/image', query: { image_pool: pool } });
  /** The certificate that a port shows to new connections. */
  const shownBy = (address: string, { ca: trusted, cert, key }: Credentials) =>
    new Promise<string>((resolve, reject) => {
      const [host = '', port = ''] = address.split(':');
      const socket = connect(
        { host, port: Number(port), ca: trusted, cert, key, checkServerIdentity: () => undefined },
        () => {
          resolve(socket.getPeerCertificate().serialNumber);
          socket.destroy();
        },
      ).on('error', reject);
    });

  test('are renewed without dropping a call in progress or an open stream', async () => {
    const cluster = await begin(6000);
    const daemon: Answering = (request) =>
      request.path.startsWith('/1.0/images') ? sync([]) : emptyDaemon(request);
    const agent = await join(cluster, 'a', daemon);
    const other = await join(cluster, 'b');
    const first = agent.tlsIdentity.credentials;
    // A stream from b to a, which waits for its other channel.
    const ticket = 'ab'.repeat(32);
    const waiting = new AbortController();
    undo.push(() => waiting.abort(new Error('over')));
    const peer = { role: 'agent', name: 'b' } as const;
    const channels = agent.listener.expect(ticket, peer, ['control', 'fs'], {
      timeoutMs: 60_000,
      signal: waiting.signal,
    });
    channels.catch(() => undefined);
    const me = { role: 'agent', name: 'a' } as const;
    const early = await openChannel(agent.streamAddress, me, other.tlsIdentity, {
      ticket,
      channel: 'control',
    });

    await vi.waitFor(() => expect(agent.tlsIdentity.credentials.cert).not.toBe(first.cert), {
      timeout: 15_000,
    });
    await vi.waitFor(() => expect(other.tlsIdentity.credentials.key).not.toBe(first.key), {
      timeout: 15_000,
    });
    const { cert, key } = agent.tlsIdentity.credentials;
    expect(key).not.toBe(first.key);
    expect(identityOf(new X509Certificate(cert).subjectAltName)).toEqual(me);
    // Both ports show the new one to new connections.
    for (const address of [agent.address, agent.streamAddress]) {
      expect(await shownBy(address, other.tlsIdentity.credentials)).toBe(
        serialOf(agent.tlsIdentity.credentials.cert),
      );
    }
    // The earlier stream is still valid, and the new certificates are in use.
    const late = await openChannel(agent.streamAddress, me, other.tlsIdentity, { ticket, channel: 'fs' });
    const joined = await channels;
    const said = new Promise((resolve) => joined.get('control')?.once('data', resolve));
    early.write('from before');
    expect(String(await said)).toBe('from before');
    late.destroy();
    early.destroy();
    // After the expiry of the first certificates, everything works.
    await vi.waitFor(
      () => expect(Date.now()).toBeGreaterThan(Date.parse(new X509Certificate(first.cert).validTo)),
      { timeout: 10_000 },
    );
    expect(await cluster.client.ask(images('a'))).toMatchObject({ status: 200 });
    const probe = openChannel(agent.streamAddress, me, new TlsIdentity(first), {
      ticket: '',
      channel: 'probe',
    });
    expect(await failureOf(() => probe)).toMatch(/^unavailable/);
  }, 60_000);

  test('get another CA, with both trusted until the last host has its certificate', async () => {
    const cluster = await begin(3600_000);
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    await pools(cluster, { operation: 'add', container_pool: 'away', ip: '127.0.0.1:1' });
    const before = await ca(cluster);
    const rotate = { method: 'POST', path: '/REST/ca', form: { operation: 'rotate' } };
    expect(await cluster.client.ask(rotate)).toMatchObject({ status: 200 });
    expect(await cluster.client.ask(rotate)).toMatchObject({ status: 409 });
    await vi.waitFor(async () => expect((await ca(cluster)).missing).toEqual(['away']), { timeout: 15_000 });
    const between = await ca(cluster);
    expect(between.authorities).toHaveLength(2);
    for (const agent of [a, b]) {
      expect(agent.tlsIdentity.credentials.ca).toBe(between.bundle);
      const fresh = new X509Certificate(between.bundle.slice(between.bundle.lastIndexOf('-----BEGIN')));
      expect(new X509Certificate(agent.tlsIdentity.credentials.cert).verify(fresh.publicKey)).toBe(true);
    }
    expect(await cluster.client.ask(images('a'))).toMatchObject({ status: 404 });
    // The last missing one is removed, so the replacement waits for none.
    await pools(cluster, { operation: 'delete', container_pool: 'away' });
    await vi.waitFor(async () => expect((await ca(cluster)).authorities).toHaveLength(1), {
      timeout: 15_000,
    });
    const after = await ca(cluster);
    expect(after.authorities[0]?.fingerprint).not.toBe(before.authorities[0]?.fingerprint);
    await vi.waitFor(() =>
      expect([a, b].map(({ tlsIdentity }) => tlsIdentity.credentials.ca)).toEqual([
        after.bundle,
        after.bundle,
      ]),
    );
    await cluster.restartController();
    expect((await cluster.client.ask(images('b'))).status).not.toBe(503);
  }, 60_000);

  test('of a pool that is removed are void at once: for the controller, for other hosts, and on open streams', async () => {
    const cluster = await begin(3600_000);
    const [a, b] = [await join(cluster, 'a'), await join(cluster, 'b')];
    const ticket = 'cd'.repeat(32);
    const waiting = new AbortController();
    undo.push(() => waiting.abort(new Error('over')));
    a.listener
      .expect(ticket, { role: 'agent', name: 'b' }, ['control', 'fs'], {
        timeoutMs: 60_000,
        signal: waiting.signal,
      })
      .catch(() => undefined);
    const me = { role: 'agent', name: 'a' } as const;
    const open = await openChannel(a.streamAddress, me, b.tlsIdentity, { ticket, channel: 'control' });
    const closed = new Promise((resolve) => open.once('close', resolve).resume());
    expect(await pools(cluster, { operation: 'delete', container_pool: 'b' })).toMatchObject({ status: 200 });
    await closed;
    const again = openChannel(a.streamAddress, me, b.tlsIdentity, { ticket, channel: 'fs' });
    expect(await failureOf(() => again)).toMatch(/agent\/b was revoked/);
    // Its address may be added again, and its old certificate stays invalid.
    await pools(cluster, { operation: 'add', container_pool: 'b', ip: b.address });
    expect(await cluster.client.ask(images('b'))).toMatchObject({
      status: 503,
      body: { error: expect.stringMatching(/agent\/b was revoked/) as string },
    });
    expect(b.fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    const back: RunningAgent = await startAgent(await cluster.identityOf('b'));
    undo.push(() => back.stop());
    await pools(cluster, { operation: 'delete', container_pool: 'b' });
    const third = await startAgent(await cluster.identityOf('b'));
    undo.push(() => third.stop());
    await pools(cluster, { operation: 'add', container_pool: 'b', ip: third.address });
    expect((await cluster.client.ask(images('b'))).status).not.toBe(503);
    await vi.waitFor(() => expect(a.tlsIdentity.revoked).toHaveLength(1));
  }, 60_000);
});
