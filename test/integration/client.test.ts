// Aim: the typed client covers all of the API, distinguishes failures, reads long lists, and misses no event when its
// connection breaks. Method: a whole controller on a real etcd with doubles for hosts, and a connection that is cut.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, CopaError, type Connection, type CopaEvent, type ErrorCode } from '../../client/index.js';
import { etcdObstacle } from '../support/etcd.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { Cluster, information, type HostDouble } from '../support/cluster.js';
import { document } from '../../deploy/lab/openapi-check.js';

const at = { container_pool: 'server1', container_name: 'my-container' };

/** The code of the failure of a call. */
async function codeOf(call: Promise<unknown>): Promise<ErrorCode | undefined> {
  const error: unknown = await call.catch((cause: unknown) => cause);
  return error instanceof CopaError ? error.code : undefined;
}

describe.skipIf(etcdObstacle !== undefined)('the client', () => {
  let cluster: Cluster;
  let wire: TcpProxy;
  let copa: Connection;
  let server1: HostDouble;
  const used = new Set<string>();

  beforeAll(async () => {
    cluster = await Cluster.start();
    server1 = await cluster.addHost('server1');
    wire = await TcpProxy.start(cluster.controller.port);
    copa = connect({ address: `http://127.0.0.1:${wire.port}` });
    const send = copa.transport.send.bind(copa.transport);
    copa.transport.send = (sent) => {
      const path = sent.path
        .replace(/migrations\/.+/, 'migrations/{id}')
        .replace(/evacuations\/.+/, 'evacuations/{pool}')
        .replace(/(policies|networks)\/.+/, '$1/{name}');
      used.add(`${sent.method} /${path}`);
      return send(sent);
    };
  });
  afterAll(async () => {
    wire.stop();
    await cluster.stop();
  });

  test('drives containers', async () => {
    await copa.container('create', { ...at, image_type: 'ubuntu', cpu: 2 });
    await copa.container('start', at);
    await copa.container('snapshot', { ...at, snapshot_name: 'before' });
    const ran = await copa.container('exec', { ...at, command: ['echo', 'a  b'] });
    expect([ran.exit_code, ran.stdout]).toEqual([0, 'echo a  b\n']);
    expect(server1.asked.slice(0, 2)).toEqual([
      'CreateContainer my-container',
      'StartContainer my-container',
    ]);
    expect(await copa.information(at)).toEqual(information);
    expect(await copa.informationOfPool({ container_pool: 'server1' })).toEqual({
      'my-container': information,
    });
    expect((await copa.snapshots(at)).snapshots).toHaveLength(1);
    expect((await copa.consoleLog(at)).log).toBe('booted\r\n');
    expect((await copa.containers({ container_pool: 'server1' })).containers).toEqual(['my-container']);
    expect((await copa.images()).images).toHaveProperty('ubuntu');
    const batch = await copa.batch('start', { containers: 'server1:none' });
    expect(batch).toMatchObject({ failed: 1, containers: [{ code: 'not_found' }] });
    const copy = copa.image('copy', { image_type: 'none', destination_pool: 'server1' });
    expect(await codeOf(copy)).toBe('not_found');
  });

  test('manages pools, tokens and the CA', async () => {
    await copa.pool('add', { container_pool: 'other', ip: '10.0.0.9' });
    await copa.pool('add', { container_pool: 'third', ip: '10.0.0.10' });
    const pages: string[][] = [];
    for await (const { pools } of copa.pages((part) => copa.pools(part), 2))
      pages.push(pools.map(([name]) => String(name)));
    expect(pages).toEqual([['other', 'server1'], ['third']]);
    for (const container_pool of ['other', 'third']) await copa.pool('remove', { container_pool });
    const { token } = await copa.token('create_api', { name: 'reader', role: 'viewer' });
    expect(token).toMatch(/^copa_/);
    expect((await copa.tokens()).tokens.map(({ name }) => name)).toEqual(['reader']);
    await copa.token('revoke', { name: 'reader' });
    expect(await copa.backupState()).toMatchObject({ automatic: null, last: null, restored: null });
    expect((await copa.controllers()).controllers).toMatchObject([{ state: 'up', this: true }]);
    await expect(copa.controller('token', {})).rejects.toThrow('copa controller init');
    const { entries } = await copa.backup('export', {});
    expect(entries.map(({ key }) => key)).toContain('/copa/pools/server1');
    expect((await copa.caStatus()).authorities).toHaveLength(1);
    expect((await copa.audit({ limit: 1 })).audit[0]).toMatchObject({ path: '/REST/backup', status: 200 });
    expect((await copa.history({ what: 'pool', since: '10m' })).history).toEqual([]);
  });

  test('distinguishes failures, also those that share a status', async () => {
    const { create, rename } = {
      create: copa.container('create', { ...at, image_type: 'ubuntu' }),
      rename: copa.container('rename', { ...at, new_name: 'other' }),
    };
    expect(await Promise.all([codeOf(create), codeOf(rename)])).toEqual([
      'already_exists',
      'failed_precondition',
    ]);
    expect(await codeOf(copa.container('start', { ...at, container_name: 'none' }))).toBe('not_found');
    expect(await codeOf(copa.containers({ container_pool: '!' }))).toBe('invalid_argument');
    expect(await codeOf(copa.migration('0123456789abcdef'))).toBe('not_found');
    expect(await codeOf(copa.cancelMigration('0123456789abcdef'))).toBe('not_found');
    expect(await codeOf(copa.resolveMigration('0123456789abcdef', 'source'))).toBe('not_found');
    expect((await copa.migrations()).migrations).toEqual([]);
    expect(await codeOf(connect({ address: 'http://127.0.0.1:1' }).pools())).toBe('unavailable');
    const stranger = connect({ address: copa.transport.address, token: 'copa_0_0' });
    expect(await codeOf(stranger.pools())).toBe('unauthenticated');
  });

  test('receives all events, also when its connection breaks', async () => {
    const told: CopaEvent[] = [];
    const breaks: string[] = [];
    const ids: string[] = [];
    const leaving = new AbortController();
    const { event_id: lastEventId } = await copa.overview();
    const listening = (async () => {
      const wanted = { type: 'pool', lastEventId, signal: leaving.signal };
      const more = { onBreak: (why: string) => breaks.push(why), onId: (id: string) => ids.push(id) };
      for await (const event of copa.events({ ...wanted, ...more })) told.push(event);
    })();
    const hears = (name: string) =>
      waitFor(`the client to hear of ${name}`, () =>
        told.some((event) => 'pool' in event && event.pool === name),
      );
    const add = async (container_pool: string, ip: string) => {
      const form = { operation: 'add', container_pool, ip };
      expect((await cluster.client.ask({ method: 'POST', path: '/REST/pools', form })).status).toBe(200);
    };
    await add('first', '10.0.0.9');
    await hears('first');
    wire.refuse();
    await add('meanwhile', '10.0.0.10');
    wire.heal();
    await hears('meanwhile');
    expect(breaks.length).toBeGreaterThan(0);
    expect(
      told.filter(({ type }) => type === 'pool.added').map((event) => 'pool' in event && event.pool),
    ).toEqual(['first', 'meanwhile']);
    expect(ids.length).toBeGreaterThan(1);
    leaving.abort();
    await expect(listening).rejects.toThrow();
  });

  test('measurements', async () => {
    // The double keeps none: what matters is that each call gets there, and that errors have their code.
    const direction = { jitter: 1, latency_max: 4, latency_median: 3, latency_min: 2 };
    const values = Object.fromEntries(
      ['1to2', '2to1'].flatMap((way) =>
        Object.entries(direction).map(([name, value]) => [`${name}_${way}`, value]),
      ),
    );
    const link = { locus1: 'server1', locus2: 'server1', throughput: 5, ...values };
    const station = {
      ...{ locus: 'server1', mac: 'aa', mfb: true, tdls: false, wmm: true, authenticated: true },
      ...{ authorized: true, expected_throughput: '', inactive_time: '', preamble: '', rx_bitrate: '' },
      ...{ signal: '-42 dBm', signal_avg: '', tx_bitrate: '', rx_bytes: 1, rx_packets: 2, tx_bytes: 3 },
      ...{ tx_failed: 4, tx_retries: 5 },
    };
    const command = { locus: 'server1', cmd: 'ls', cmd_type: 'v', proc_time: 1, response_time: 2 } as const;
    const posts = [
      copa.postNetwork('kpilink', link as Parameters<typeof copa.postNetwork<'kpilink'>>[1]),
      copa.postNetwork('kpiresource', { locus: 'server1', CPU: 1, memory: 2 }),
      copa.postNetwork('kpiwireless', station),
      copa.postNetwork('kpicommand', command),
    ];
    expect(await Promise.all(posts.map(codeOf))).toEqual(posts.map(() => 'unimplemented'));
    const locus = { locus: 'server1' };
    const reads = [
      copa.network('kpilink', locus),
      copa.network('kpiresource', locus),
      copa.network('kpiwireless', locus),
      copa.network('kpicommand', locus),
      copa.network('dashboardlinks', { ...locus, id_last_item: 0 }),
    ];
    expect(await Promise.all(reads.map(codeOf))).toEqual(reads.map(() => 'unimplemented'));
    expect((await copa.network('locus', {})).locus).toContain('server1');
    expect((await copa.network('dashboard', {})).data.map(({ name }) => name)).toContain('server1');
    await copa.postNetwork('configuration', { delegation_mode: 'm' });
    const { configuration } = await copa.network('configuration', {});
    expect(configuration[0]).toMatchObject({ delegation_mode: 'm' });
  });

  test('policies and evacuations', async () => {
    const policy = 'name: hot\nwhen: {pool: cpu, above: 80}\n';
    await copa.policy('apply', { policy });
    expect((await copa.policies()).policies.map(({ name }) => name)).toContain('hot');
    expect(await copa.readPolicy('hot')).toMatchObject({ name: 'hot', mode: 'recommend' });
    await copa.policy('delete', { name: 'hot' });
    expect((await copa.evacuations()).evacuations).toEqual([]);
    expect(await codeOf(copa.evacuation('server1'))).toBe('not_found');
    expect(await codeOf(copa.cancelEvacuation('server1'))).toBe('not_found');
  });

  test('rebalances', async () => {
    const planned = await copa.rebalance('plan', { target: '@any', moves: 3, downtime: '10s' });
    expect(planned).toMatchObject({ moves: [], held: [], more: false });
    expect((await copa.rebalance('apply', {})).moves).toEqual([]);
    expect(await copa.rebalances()).toMatchObject({ every_seconds: null, moves: [] });
    expect(await codeOf(copa.rebalance('plan', { target: '@', moves: 3 }))).toBe('invalid_argument');
  });

  test('networks over several hosts', async () => {
    const { network } = await copa.changeNetwork('create', { name: 'lan', pools: 'server1' });
    expect(network).toMatchObject({ name: 'lan', subnet: '10.50.0.0/24', pools: ['server1'] });
    expect((await copa.networks()).networks.map(({ name }) => name)).toEqual(['lan']);
    expect((await copa.readNetwork('lan')).network).toMatchObject({ gateway: '10.50.0.1' });
    expect(await codeOf(copa.changeNetwork('create', { name: 'lan' }))).toBe('already_exists');
    expect(await codeOf(copa.readNetwork('nowhere'))).toBe('not_found');
    expect((await copa.ports()).ports).toEqual([]);
    const web = { container_pool: 'server1', container_name: 'my-container' };
    expect(await codeOf(copa.port('publish', { ...web, container_port: 80 }))).toBe('failed_precondition');
    expect(await codeOf(copa.port('unpublish', web))).toBe('not_found');
    await copa.changeNetwork('delete', { name: 'lan' });
  });

  test('covers all of the API', async () => {
    await copa.health();
    expect(await copa.readiness()).toHaveProperty('success');
    expect(await copa.metrics()).toContain('copa_');
    expect(await copa.document()).toEqual(document);
    const all = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    // Terminals have tests of their own. Replacing the CA would end this one.
    expect(all.filter((each) => !used.has(each))).toEqual(['GET /REST/exec', 'POST /REST/ca']);
  });
});
