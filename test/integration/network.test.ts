// Aim: `/REST/network/` answers exactly as the specification says, however its parameters are sent, and a host that lies
// harms nobody. Method: real HTTP to a controller on a real etcd, with real agents on a fake daemon, and one double.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idsPerMs } from '../../common/measurements.js';
import { AgentDouble } from '../support/agent-double.js';
import { etcdObstacle } from '../support/etcd.js';
import { Cluster, type Request } from '../support/cluster.js';
import { startAgent, type RunningAgent } from '../support/fakes/agent.js';

const direction = (way: string, from: number) => ({
  [`jitter_${way}`]: from,
  [`latency_max_${way}`]: from + 3,
  [`latency_median_${way}`]: from + 2,
  [`latency_min_${way}`]: from + 1,
});
const link = (throughput: number, from = 0.5) => ({
  ...direction('1to2', from),
  ...direction('2to1', from + 10),
  throughput,
});
const texts = (values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));

const station = (mac: string) => ({
  mac,
  ...{ mfb: true, tdls: false, wmm: true, authenticated: true, authorized: false },
  ...{ expected_throughput: '22.300Mbps', inactive_time: '12 ms', preamble: 'short' },
  ...{ rx_bitrate: '54.0 MBit/s', signal: '-42 [-42] dBm', signal_avg: '-43 dBm', tx_bitrate: '54.0 MBit/s' },
  ...{ rx_bytes: 1, rx_packets: 2, tx_bytes: 3, tx_failed: 4, tx_retries: 5 },
});

const stamped = {
  id: expect.any(Number) as number,
  timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
};

describe.skipIf(etcdObstacle !== undefined)('the network API', () => {
  let cluster: Cluster;
  const agents: RunningAgent[] = [];
  let liar: AgentDouble;
  let lie: { id: number; atMs: number; json: string }[] = [];

  const add = async (name: string, ip: string) => {
    const form = { operation: 'add', container_pool: name, ip };
    const { status } = await cluster.client.ask({ method: 'POST', path: '/REST/pools', form });
    expect(status).toBe(200);
  };

  beforeAll(async () => {
    cluster = await Cluster.start();
    for (const name of ['server1', 'server2', 'server3']) {
      const agent = await startAgent(await cluster.identityOf(name));
      agents.push(agent);
      await add(name, agent.address);
    }
    liar = await AgentDouble.start(await cluster.identityOf('liar'), {
      ReadMeasurements: () => ({ rows: lie, next: 0 }),
      SummarizeMeasurements: () => ({ cpu: NaN, memory: 3 }),
    });
  });
  afterAll(async () => {
    liar.kill();
    await cluster.stop();
    for (const agent of agents) await agent.stop();
  });

  const ask = async (path: string, more: Omit<Request, 'path'> = {}): Promise<unknown> => {
    const { status, body } = await cluster.client.ask({ path: `/REST/network/${path}`, ...more });
    return status === 200 ? body : { status, ...(body as object) };
  };
  const post = (path: string, more: Omit<Request, 'path'>) => ask(path, { method: 'POST', ...more });
  const read = (path: string, query: Record<string, string>) =>
    ask(path, { query }) as Promise<{ measurements: { id: number; throughput: number }[] }>;

  test('the names of the pools', async () => {
    for (const path of ['locus', 'locus/'])
      expect(await ask(path)).toEqual({ locus: ['server1', 'server2', 'server3'], success: 'locus' });
  });

  test('rows of a link come back, the newest first, by form and by JSON', async () => {
    expect(await read('kpilink', { locus: 'server1' })).toEqual({ measurements: [], success: 'kpilink' });
    const ends = { locus1: 'server1', locus2: 'server2' };
    const posted = { success: 'post_kpilink' };
    expect(await post('kpilink', { form: { ...ends, ...texts(link(1.5)) } })).toEqual(posted);
    expect(await post('kpilink/', { json: { ...ends, ...link(2) } })).toEqual(posted);
    expect(await post('kpilink', { json: { ...ends, ...texts(link(3)), more: 'ignored' } })).toEqual(posted);
    const { measurements, ...rest } = await read('kpilink/', { locus: 'server1', last: '' });
    expect(rest).toEqual({ success: 'kpilink' });
    const row = { ...stamped, locus1_id: 'server1', locus2_id: 'server2' };
    expect(measurements).toEqual([3, 2, 1.5].map((mbit) => ({ ...row, ...link(mbit) })));
    const ids = measurements.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    expect(new Set(ids).size).toBe(3);
    expect((await read('kpilink', { locus: 'server1', last: '1' })).measurements).toEqual(
      measurements.slice(0, 1),
    );
    expect((await read('kpilink', { locus: 'server2' })).measurements).toEqual([]);
  });

  test('resources, commands and stations', async () => {
    const resource = { CPU: 12.5, memory: 40 };
    expect(await post('kpiresource', { form: { locus: 'server1', ...texts(resource) } })).toEqual({
      success: 'kpiresource',
    });
    const command = { cmd: 'ls', cmd_type: '', proc_time: 1.5, response_time: 20 };
    expect(await post('kpicommand', { form: { locus: 'server1', ...texts(command) } })).toEqual({
      success: 'kpicommand',
    });
    const list = [
      { locus: 'server1', ...station('aa') },
      { locus: 'server1', ...station('bb') },
      { locus: 'server2', ...station('aa') },
    ];
    const posted = { success: 'post_kpiwireless' };
    expect(await post('kpiwireless', { json: list })).toEqual(posted);
    expect(await post('kpiwireless/', { json: list[0] })).toEqual(posted);
    const python = { ...texts(station('cc')), mfb: 'True', tdls: 'no' };
    expect(await post('kpiwireless', { form: { locus: 'server1', ...python } })).toEqual(posted);
    const of = { ...stamped, locus_id: 'server1' };
    expect(await read('kpiresource', { locus: 'server1' })).toEqual({
      measurements: [{ ...of, ...resource }],
      success: 'kpiresource',
    });
    expect(await read('kpicommand', { locus: 'server1' })).toEqual({
      measurements: [{ ...of, ...command }],
      success: 'kpicommand',
    });
    expect(await read('kpiwireless', { locus: 'server1' })).toEqual({
      measurements: ['cc', 'aa', 'bb', 'aa'].map((mac) => ({ ...of, ...station(mac) })),
      success: 'kpiwireless',
    });
  });

  test('errors have the exact texts', async () => {
    const missing = (name: string) => ({ status: 400, error: `Required Field '${name}' not in post` });
    const unknown = { status: 404, error: 'Pool not registered' };
    expect(await ask('kpilink')).toEqual(missing('locus'));
    expect(await ask('dashboardlinks', { query: { locus: 'server1' } })).toEqual(missing('id_last_item'));
    expect(await read('kpilink', { locus: 'nobody' })).toEqual(unknown);
    expect(await read('kpiresource', { locus: '../x' })).toEqual(unknown);
    const ends = { locus1: 'server1', locus2: 'server2' };
    const { throughput, ...others } = link(5);
    expect(await post('kpilink', { json: { ...ends, ...others } })).toEqual(missing('throughput'));
    expect(await post('kpilink', { json: { ...ends, ...others, throughput: null } })).toEqual(
      missing('throughput'),
    );
    expect(await post('kpilink', { json: { ...ends, locus2: 'nobody', ...others, throughput } })).toEqual(
      unknown,
    );
    expect(await post('kpiwireless', { json: [{ locus: 'nobody', ...station('x') }] })).toEqual(unknown);
    expect(await post('kpiresource', { form: { locus: 'server1', CPU: 'much', memory: '1' } })).toEqual({
      status: 400,
      error: 'CPU "much" is not valid: a number is expected',
    });
    for (const path of ['locus', 'dashboard', 'dashboardlinks/'])
      expect(await post(path, {})).toEqual({ status: 405, error: 'Method not allowed' });
    expect(await ask('kpilink', { method: 'DELETE' })).toEqual({ status: 405, error: 'Method not allowed' });
  });

  test('the configuration is kept', async () => {
    const configuration = (delegation_mode: string, auto_delegation_type: string) => ({
      configuration: [{ name: 'default', delegation_mode, auto_delegation_type }],
    });
    expect(await ask('configuration')).toEqual(configuration('m', ''));
    const success = { success: 'update_configuration' };
    expect(await post('configuration/', { json: { delegation_mode: 'a' } })).toEqual({
      ...success,
      warning: 'nothing moves until auto_delegation_type is chosen as well',
    });
    expect(await post('configuration', { form: { auto_delegation_type: 'threshold_lat' } })).toEqual(success);
    expect(await ask('configuration/')).toEqual(configuration('a', 'threshold_lat'));
    expect(await post('configuration', { json: { delegation_mode: 'm' } })).toEqual(success);
    expect(await post('configuration', { json: { delegation_mode: 'x' } })).toMatchObject({ status: 400 });
    expect(await post('configuration', {})).toMatchObject({ status: 400 });
    expect(await ask('configuration')).toEqual(configuration('m', 'threshold_lat'));
  });

  test('the dashboard has means, and the links both directions', async () => {
    await post('kpiresource', { json: { locus: 'server3', CPU: 10, memory: 20 } });
    await post('kpiresource', { json: { locus: 'server3', CPU: 30, memory: 40 } });
    await post('kpilink', { json: { locus1: 'server3', locus2: 'server1', ...link(2, 1) } });
    await post('kpilink', { json: { locus1: 'server1', locus2: 'server3', ...link(4, 2) } });
    const { data } = (await ask('dashboard')) as { data: { name: string }[] };
    expect(data.find(({ name }) => name === 'server3')).toEqual({
      name: 'server3',
      cpu: 20,
      mem: 30,
      throughput: 2048,
      containers: [],
    });
    expect(data.find(({ name }) => name === 'server2')).toMatchObject({
      cpu: null,
      mem: null,
      throughput: null,
    });
    const links = async (id_last_item: number, locus = 'server3') =>
      (await ask('dashboardlinks', { query: { locus, id_last_item: String(id_last_item) } })) as {
        id_last_item: number;
      };
    const all = await links(0);
    expect(all).toEqual({
      links: [
        {
          name: 'server1',
          latency_up: [3, 14],
          latency_down: [13, 4],
          jitter_up: [1, 12],
          jitter_down: [11, 2],
        },
      ],
      id_last_item: expect.any(Number) as number,
      success: 'dashboardlinks',
    });
    expect(await links(all.id_last_item)).toEqual({
      links: [],
      id_last_item: all.id_last_item,
      success: 'dashboardlinks',
    });
    const server1 = (await links(0, 'server1')) as unknown as { wireless: { mac: string }[] };
    expect(server1.wireless.map(({ mac }) => mac)).toEqual(['cc', 'aa', 'bb']);
  });

  test('the history as JSON and CSV, for those who reach the pools', async () => {
    await post('kpilink', { form: texts({ locus1: 'server2', locus2: 'server3', ...link(42) }) });
    const history = async (query: Record<string, string>, headers = {}) =>
      cluster.client.ask({ path: '/REST/history', query, headers });
    const { body } = await history({
      what: 'link',
      container_pool: 'server2',
      peer: 'server3',
      since: '10m',
    });
    expect(body).toMatchObject({ step: 5, success: 'history' });
    const { history: rows } = body as { history: Record<string, unknown>[] };
    expect(rows.at(-1)).toMatchObject({ pool: 'server2', peer: 'server3', throughput: 42 });
    const csv = await history({ what: 'link', container_pool: 'server2', since: '10m', format: 'csv' });
    expect(String(csv.body).split('\r\n')[0]).toMatch(/^at,pool,peer,jitter_1to2,/);
    expect(String(csv.body)).toMatch(/Z,server2,server3,.*,42\r\n/);
    const form = { operation: 'create', name: 'looker', role: 'viewer', pools: 'server2' };
    const created = await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form });
    const headers = { authorization: `Bearer ${(created.body as { token: string }).token}` };
    expect((await history({ what: 'link' }, headers)).body).toMatchObject({ history: [] });
    expect((await history({ what: 'link', container_pool: 'server1' }, headers)).status).toBe(403);
    const refusals = [
      { what: 'disk' },
      { what: 'pool', since: 'yesterday' },
      { what: 'pool', since: '1h', until: '2h' },
      { what: 'pool', step: '1s' },
      { what: 'pool', peer: 'server1' },
      { what: 'link', container_name: 'web' },
      { what: 'link', query: 'up' },
      { what: 'promql' },
    ];
    for (const query of refusals)
      expect((await history(query as unknown as Record<string, string>)).status).toBe(400);
    expect((await history({ what: 'pool', container_pool: 'nobody' })).status).toBe(404);
    const unset = 'no Prometheus server is set: copa controller --prometheus';
    expect(await history({ what: 'promql', query: 'up' })).toMatchObject({
      status: 409,
      body: { error: unset },
    });
  });

  test('a token that is confined to some pools reaches those alone', async () => {
    const form = { operation: 'create', name: 'poster', role: 'operator', pools: 'server1,server2' };
    const { body } = await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form });
    const headers = { Authorization: `Bearer ${(body as { token: string }).token}` };
    const refused = { status: 403 };
    expect(await ask('locus', { headers })).toEqual({ locus: ['server1', 'server2'], success: 'locus' });
    expect(await ask('kpilink', { headers, query: { locus: 'server3' } })).toMatchObject(refused);
    expect(await ask('kpilink', { headers, query: { locus: 'server1', last: '1' } })).toEqual({
      measurements: [],
      success: 'kpilink',
    });
    expect(
      await post('kpiwireless', { headers, json: [{ locus: 'server3', ...station('x') }] }),
    ).toMatchObject(refused);
    expect(await post('kpiwireless', { headers, json: [{ locus: 'server2', ...station('x') }] })).toEqual({
      success: 'post_kpiwireless',
    });
    expect(await post('configuration', { headers, json: { delegation_mode: 'm' } })).toMatchObject(refused);
    const { data } = (await ask('dashboard', { headers })) as { data: { name: string }[] };
    expect(data.map(({ name }) => name)).toEqual(['server1', 'server2']);
  });

  test('the newest values come as events to those who ask for them', async () => {
    const query = new URLSearchParams({
      type: 'policy',
      measurements: 'link,pool',
      usage_pool: 'server1,server2',
    });
    const reply = await fetch(`http://127.0.0.1:${cluster.client.port}/REST/events?${String(query)}`);
    const ends = { locus1: 'server1', locus2: 'server3' };
    await post('kpilink', { json: { ...ends, ...link(7.25) } });
    let text = '';
    for await (const chunk of reply.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      if (/"what":"link".*"throughput":7\.25.*\n/.test(text)) break;
    }
    const data = /data: (.*"what":"link".*7\.25.*)/.exec(text)?.[1] ?? '';
    expect(JSON.parse(data)).toMatchObject({ type: 'measurement', what: 'link', pool: 'server1' });
    expect(data).toContain(JSON.stringify({ peer: 'server3' }).slice(1, -1));
    // Of no number.
    expect(text).toMatch(/\n\nevent: measurement\n/);
    const refused = { path: '/REST/events', query: { measurements: 'weather' } };
    expect(await cluster.client.ask(refused)).toMatchObject({
      status: 400,
      body: { error: 'measurements "weather" is not valid: link, pool, container are possible' },
    });
    const unknown = { path: '/REST/events', query: { type: 'container.stared' } };
    expect((await cluster.client.ask(unknown)).status).toBe(400);
  });

  test('a host that lies spoils its own rows alone', async () => {
    await add('liar', liar.address);
    const row = (id: number, values: object) => ({ id, atMs: 1, json: JSON.stringify(values) });
    const now = Date.now() * idsPerMs;
    const lies = [
      [row(now, { CPU: '1', memory: 2 })],
      [row(now, { CPU: 1 })],
      [row(5, { CPU: 1, memory: 2 }), row(5, { CPU: 1, memory: 2 })],
      [row(Number.MAX_SAFE_INTEGER, { CPU: 1, memory: 2 })],
      [{ id: now, atMs: 1, json: '{' }],
      [{ id: now, atMs: 1, json: ' '.repeat(1 << 20) }],
      [{ id: now, atMs: Number.MAX_SAFE_INTEGER, json: '{"CPU":1,"memory":2}' }],
      Array.from({ length: 1001 }, (_, index) => row(now - index, { CPU: 1, memory: 2 })),
    ];
    for (lie of lies)
      expect(await read('kpiresource', { locus: 'liar' })).toMatchObject({
        status: 503,
        error: expect.stringContaining('the agent of pool "liar" returned') as string,
      });
    lie = [row(now, { CPU: 1, memory: 2, locus_id: 'server1' })];
    expect((await read('kpiresource', { locus: 'liar' })).measurements).toEqual([
      { ...stamped, locus_id: 'liar', CPU: 1, memory: 2 },
    ]);
    const { data } = (await ask('dashboard')) as { data: { name: string }[] };
    expect(data.find(({ name }) => name === 'liar')).toMatchObject({ cpu: null, mem: 3 });
  });

  test('rows outlive their agent, and a pool that is away is left out', async () => {
    const before = await read('kpilink', { locus: 'server1' });
    expect(before.measurements.length).toBeGreaterThan(3);
    liar.kill();
    const { warning } = (await ask('dashboard')) as { warning: string };
    expect(warning).toContain('liar');
    expect(await read('kpiresource', { locus: 'liar' })).toMatchObject({ status: 503 });
  });
});
