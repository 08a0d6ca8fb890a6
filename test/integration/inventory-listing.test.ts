// Aim: a listing that fails keeps no container from being read that changed meanwhile. Method: the inventory over a fake
// daemon whose second listing waits, and then fails.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocket } from 'ws';
import { expect, test, vi } from 'vitest';
import { Inventory } from '../../agent/inventory/inventory.js';
import { LxdClient } from '../../agent/lxd/client.js';
import { describeDaemon } from '../../agent/lxd/daemon.js';
import { emptyDaemon } from '../support/fakes/agent.js';
import { failure, FakeLxd, sync } from '../support/fakes/lxd.js';

const instance = (status: string) => ({
  name: 'c1',
  type: 'container',
  status,
  architecture: 'x86_64',
  description: '',
  ephemeral: false,
  profiles: [],
  config: {},
  devices: {},
  expanded_devices: {},
  state: { status, disk: {}, memory: {}, network: null, pid: 0 },
});

test('a container that changes while a listing fails is read after it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'copa-inventory-'));
  let status = 'Stopped';
  let listings = 0;
  let fail: () => void = () => undefined;
  const daemon = await FakeLxd.start(join(directory, 'socket'), async (request) => {
    if (request.path.startsWith('/1.0/instances?')) {
      if (++listings === 1) return sync([instance(status)]);
      if (listings === 2) await new Promise<void>((resolve) => (fail = resolve));
      return failure(500, 'the database is locked');
    }
    if (request.path.startsWith('/1.0/instances/c1')) return sync(instance(status));
    return emptyDaemon(request);
  });
  const sockets: WebSocket[] = [];
  daemon.onWebsocket = (_, socket) => sockets.push(socket);
  const lxd = new LxdClient(join(directory, 'socket'));
  const inventory = new Inventory({ lxd, daemon: () => describeDaemon(lxd), listIntervalMs: 500 });
  const stop = inventory.keep();
  try {
    await vi.waitFor(() => expect(inventory.containers.get('c1')?.status).toBe('Stopped'), 5000);
    await vi.waitFor(() => expect(listings).toBe(2), 5000);
    status = 'Frozen';
    const metadata = { action: 'instance-updated', source: '/1.0/instances/c1', context: {} };
    for (const socket of sockets)
      socket.send(JSON.stringify({ type: 'lifecycle', project: 'default', metadata }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    fail();
    await vi.waitFor(() => expect(inventory.containers.get('c1')?.status).toBe('Frozen'), 5000);
  } finally {
    stop();
    inventory.close();
    await lxd.close();
    await daemon.close();
    rmSync(directory, { recursive: true });
  }
}, 20_000);
