// Aim: a controller's state of a host equals its daemon's, from the first state on, whatever breaks in between.
// Method: the controller's watches and an agent with real gRPC and TLS over a connection that is cut, over a fake LXD
// whose containers the test changes.
import type { WebSocket } from 'ws';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { HostDirectory } from '../../controller/hosts/directory.js';
import type { InventoryEvent } from '../../controller/model/event.js';
import { Inventory } from '../../controller/inventory/inventory.js';
import { HostWatches } from '../../controller/inventory/host-watches.js';
import { CertificateAuthority } from '../../controller/pki/certificate-authority.js';
import type { Credentials } from '../../common/pki/identity.js';
import { TlsIdentity } from '../../common/pki/tls-identity.js';
import { emptyDaemon, startAgent } from '../support/fakes/agent.js';
import { failure, sync, type Answer } from '../support/fakes/lxd.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** A daemon's containers by name with their status, and the listeners of its events. */
class World {
  readonly containers = new Map<string, string>([
    ['web', 'Running'],
    ['db', 'Stopped'],
  ]);
  readonly listeners = new Set<WebSocket>();
  answers = true;

  readonly answer = (request: { method: string; path: string; body: unknown }): Answer => {
    if (!this.answers) return failure(503, 'the database is locked');
    const { pathname, searchParams } = new URL(request.path, 'http://lxd');
    if (pathname === '/1.0/instances' && searchParams.get('recursion') === '2') {
      return sync([...this.containers.keys()].map((name) => this.#instance(name)));
    }
    const name = /^\/1\.0\/instances\/([^/]+)$/.exec(pathname)?.[1];
    if (name !== undefined && this.containers.has(name)) return sync(this.#instance(name));
    return emptyDaemon(request);
  };

  /** Changes a container, and emits the daemon's event. */
  set(name: string, status: string, action = 'instance-updated', context: unknown = {}): void {
    if (status === '') this.containers.delete(name);
    else this.containers.set(name, status);
    const metadata = { action, source: `/1.0/instances/${name}`, context };
    const message = JSON.stringify({ type: 'lifecycle', project: 'default', metadata });
    for (const listener of this.listeners) listener.send(message);
  }

  rename(oldName: string, name: string): void {
    const status = this.containers.get(oldName) ?? '';
    this.containers.delete(oldName);
    this.set(name, status, 'instance-renamed', { old_name: oldName });
  }

  stop(): void {
    this.answers = false;
    for (const listener of this.listeners) listener.terminate();
  }

  #instance(name: string) {
    const status = this.containers.get(name) ?? '';
    const addresses = [{ family: 'inet', address: '10.0.0.7', scope: 'global' }];
    const network = status === 'Running' ? { eth0: { addresses, type: 'broadcast' } } : null;
    const state = { status, pid: 0, network, memory: {}, disk: {}, cpu: {} };
    return {
      name,
      status,
      type: 'container',
      config: {},
      devices: {},
      expanded_devices: {},
      profiles: [],
      state,
      snapshots: [],
      created_at: '2026-01-02T03:04:05Z',
    };
  }
}

const undo: (() => Promise<void> | void)[] = [];
let controller: Credentials;
let agent: Credentials;

beforeAll(async () => {
  const { authority } = await CertificateAuthority.create('ours');
  controller = await authority.issue({ role: 'controller', name: 'c' });
  agent = await authority.issue({ role: 'agent', name: 'a' });
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A watched pool; returns when it is up. */
async function watched() {
  const world = new World();
  const running = await startAgent(agent, world.answer);
  undo.push(() => running.stop());
  running.fake.onWebsocket = (_secret, socket) => {
    world.listeners.add(socket);
    socket.on('close', () => world.listeners.delete(socket));
  };
  const wire = await TcpProxy.start(Number(running.address.split(':')[1]));
  undo.push(() => wire.stop());
  const told: InventoryEvent[] = [];
  const inventory = new Inventory((event) => told.push(event));
  const directory = new HostDirectory(new TlsIdentity(controller), wire.port);
  const watches = new HostWatches({ inventory, host: (pool) => directory.host(pool) });
  undo.push(() => {
    watches.close();
    directory.close();
  });
  watches.add({ name: 'a', address: '127.0.0.1', addedAt: '', revision: 1 });
  /** The events since the last call, once `last` is among them. */
  const until = async (last: string): Promise<string[]> => {
    const words = () =>
      told.map((event) => {
        const name = 'container' in event && typeof event.container === 'object' ? event.container.name : '';
        return `${event.type} ${name}`.trim();
      });
    await vi.waitFor(() => expect(words()).toContain(last), { timeout: 20_000, interval: 5 });
    const all = words();
    told.length = 0;
    return all;
  };
  const first = await until('pool.up');
  return { world, wire, inventory, until, first };
}

test('the first state is complete, and each change is reported as it happens', async () => {
  const { world, inventory, until, first } = await watched();
  expect(first).toEqual(['pool.added', 'container.changed web', 'container.changed db', 'pool.up']);
  expect(inventory.get('a')).toMatchObject({ state: 'up', daemon: 'lxd' });
  expect(inventory.get('a')?.containers.get('web')?.toJSON()).toEqual({
    name: 'web',
    status: 'Running',
    created_at: '2026-01-02T03:04:05Z',
    image: null,
    addresses: ['10.0.0.7'],
    cpu_limit: null,
    memory_limit: null,
    snapshots: 0,
    labels: {},
    rules: {},
    migration: null,
  });
  world.set('db', 'Running');
  expect(await until('container.started db')).toEqual(['container.started db']);
  world.set('new', 'Stopped');
  expect(await until('container.created new')).toEqual(['container.created new']);
  world.rename('new', 'newer');
  expect(await until('container.renamed newer')).toEqual(['container.renamed newer']);
  world.set('newer', '');
  expect(await until('container.deleted newer')).toEqual(['container.deleted newer']);
  expect(
    inventory
      .get('a')
      ?.containers.all()
      .map(({ name }) => name),
  ).toEqual(['db', 'web']);
});

test('while its daemon is away a pool is down, and changes meanwhile are reported on its return', async () => {
  const { world, inventory, until } = await watched();
  world.stop();
  expect(await until('pool.down')).toEqual(['pool.down']);
  await vi.waitFor(() =>
    expect(inventory.get('a')?.reason).toMatch(/its daemon does not answer: .*database is locked/),
  );
  expect(inventory.get('a')?.containers.size).toBe(2);
  world.containers.set('db', 'Running').delete('web');
  world.answers = true;
  expect(await until('pool.up')).toEqual(['container.started db', 'container.deleted web', 'pool.up']);
});

test('a broken connection is reported at once, and resumed without lost or repeated events', async () => {
  const { world, wire, inventory, until } = await watched();
  wire.refuse();
  expect(await until('pool.down')).toEqual(['pool.down']);
  world.set('db', 'Running');
  wire.heal();
  expect(await until('pool.up')).toEqual(['container.started db', 'pool.up']);
  wire.cut();
  expect(await until('pool.up')).toEqual(['pool.down', 'pool.up']);
  expect(inventory.get('a')?.reason).toBeNull();
});

test('an agent that is silent is down, though nothing broke', async () => {
  const { wire, inventory, until } = await watched();
  wire.swallowAnswers();
  expect(await until('pool.down')).toEqual(['pool.down']);
  expect(inventory.get('a')?.reason).toBe('its agent has been silent for 5 s');
});
