// Aim: nothing takes the ports of etcd by chance while it restarts. Method: real ports of this machine.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { quietPorts } from '../../controller/etcd-process/quiet-ports.js';

test('they differ, are free, and are outside the range from which connections get theirs', async () => {
  const [low = 0, high = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
    .split(/\s+/)
    .map(Number);
  const ports = await quietPorts(20);
  expect(new Set(ports).size).toBe(20);
  for (const port of ports) {
    if (low > 21_000) expect(port < low || port > high).toBe(true);
    const server = createServer();
    await once(server.listen(port, '127.0.0.1'), 'listening');
    await once(server.close(), 'close');
  }
});
