// Aim: the Python client drives a controller: errors carry their field, another address is used when one does not
// answer, a change is never sent twice, and events go on after a cut. Method: Debian's Python on a whole controller with
// doubles for hosts, through a connection that is cut.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../deploy/lab/processes.js';
import { Cluster } from '../support/cluster.js';
import { etcdObstacle } from '../support/etcd.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const requests = '/usr/lib/python3/dist-packages/requests';
const obstacle = etcdObstacle ?? (existsSync(requests) ? undefined : 'there is no python3-requests');
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, the Python client: ${obstacle} ***\n`);

const folder = fileURLToPath(new URL('../../client/python', import.meta.url));
const dead = 'http://127.0.0.1:1';

/** Runs a script with `copa`, a client of these addresses; emits each line that it prints. */
function python(address: string, script: string, onLine: (line: string) => void = () => undefined) {
  const text = `import json, sys\nfrom copa import Copa, CopaError\ncopa = Copa()\n${script}`;
  const env = { PATH: process.env['PATH'], PYTHONPATH: folder, COPA_ADDR: address };
  const child = spawn('/usr/bin/python3', ['-B', '-u', '-c', text], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    onLine(line);
  });
  /** What its last line is, as JSON. */
  const outcome = async () => {
    await once(child, 'close');
    return JSON.parse(lines.at(-1) ?? 'null') as unknown;
  };
  return { child, outcome };
}

describe.skipIf(obstacle !== undefined)('the Python client', () => {
  let cluster: Cluster;
  let address: string;

  beforeAll(async () => {
    cluster = await Cluster.start();
    await cluster.addHost('server1');
    address = `http://127.0.0.1:${cluster.controller.port}`;
  });
  afterAll(() => cluster.stop());

  test('drives containers; an error has its field, code and message', async () => {
    const script = `
at = dict(container_pool="server1", container_name="my-container")
found = {"created": copa.container_create(**at, image_type="ubuntu", start=True)["success"]}
found["listed"] = copa.container_list_containers(container_pool="server1")["containers"]
found["pages"] = [page["success"] for page in copa.pages(copa.list_pools, limit=1)]
found["locus"] = copa.list_loci()["locus"]
errors = []
for call in (
    lambda: copa.container_start(container_pool="!", container_name="web"),
    lambda: copa.container_create(**at, image_type="ubuntu"),
    lambda: copa.container_create(**at, image_type="ubuntu", cpu="many"),
    lambda: copa.read_migration(id="0123456789abcdef"),
    lambda: copa.post_kpiresource(locus="server1", CPU=None, memory=2),
):
    try:
        call()
    except CopaError as error:
        errors.append([error.code, error.status, error.field])
print(json.dumps({**found, "errors": errors, "policies": len(copa.list_policies()["policies"]) > 0, "metrics": "copa_" in copa.read_metrics()}))`;
    expect(await python(`${dead}, ${address}/`, script).outcome()).toEqual({
      created: 'Container created successfully.',
      listed: ['my-container'],
      pages: ['pools'],
      locus: ['server1'],
      errors: [
        ['invalid_argument', 400, 'container_pool'],
        ['already_exists', 409, null],
        ['invalid_argument', 400, 'cpu'],
        ['not_found', 404, null],
        ['invalid_argument', 400, 'CPU'],
      ],
      policies: true,
      metrics: true,
    });
  });

  test('a change that may have begun is not sent to another address', async () => {
    let received = '';
    // It is well until it gets the change.
    const server = createServer((socket) =>
      socket.on('data', (data) => {
        received += data.toString();
        if (data.toString().startsWith('GET /healthz')) {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        } else socket.destroy();
      }),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { readonly port: number };
    const script = `
try:
    copa.pool_add(container_pool="other", ip="10.0.0.9")
except CopaError as error:
    code = [error.code, error.is_unknown_outcome]
print(json.dumps([code, [each[0] for each in copa.list_pools()["pools"]]]))`;
    const outcome = await python(`http://127.0.0.1:${port},${address}`, script).outcome();
    server.close();
    expect(outcome).toEqual([['unavailable', true], ['server1']]);
    expect(received).toContain('POST /REST/pools');
    // One that could not begin is sent to the next.
    const added = `print(json.dumps(copa.pool_add(container_pool="other", ip="10.0.0.9")["container_pool"]))`;
    expect(await python(`${dead},${address}`, added).outcome()).toBe('other');
  });

  test('receives all events, also when its connection breaks', async () => {
    const wire = await TcpProxy.start(cluster.controller.port);
    const seen: string[] = [];
    const script = `
position = copa.read_overview(limit=1)["event_id"]
print("ready")
for event in copa.events(type="pool.cordoned,pool.uncordoned", last_event_id=position):
    print(event["type"])`;
    const { child } = python(`http://127.0.0.1:${wire.port}`, script, (line) => seen.push(line));
    const change = async (operation: string) => {
      const form = { operation, container_pool: 'server1' };
      expect((await cluster.client.ask({ method: 'POST', path: '/REST/pools', form })).status).toBe(200);
    };
    try {
      await waitFor('Python to start', () => seen.includes('ready'));
      await change('cordon');
      await waitFor('the first event', () => seen.includes('pool.cordoned'));
      wire.refuse();
      await change('uncordon');
      await change('cordon');
      wire.heal();
      await waitFor('the events of the break', () => seen.length >= 4);
      expect(seen).toEqual(['ready', 'pool.cordoned', 'pool.uncordoned', 'pool.cordoned']);
    } finally {
      child.kill();
      wire.stop();
    }
  });
});
