// Aim: two agents measure the link between them, through a path that delays and drops, and strangers get nothing. Method: real
// sockets of two probers; a UDP proxy of known delay and loss between them, on loopback.
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { LinkProbes, steadyClock } from '../../agent/links/link-probes.js';
import * as packet from '../../agent/links/packet.js';
import { waitFor } from '../../deploy/lab/processes.js';

const log = pino({ level: 'silent' });
const key = randomBytes(packet.keyBytes);
const open: { close(): void }[] = [];
afterEach(() => open.splice(0).forEach((each) => each.close()));

interface Counted {
  readonly probes: LinkProbes;
  readonly counts: Record<string, number>;
}

async function prober(pool: string, now = steadyClock): Promise<Counted> {
  const counts: Record<string, number> = {};
  const count = (outcome: string) => (counts[outcome] = (counts[outcome] ?? 0) + 1);
  const probes = new LinkProbes({ pool, log, count, intervalMs: 20, now });
  await probes.listen('127.0.0.1', 0);
  open.push(probes);
  return { probes, counts };
}

async function bound(): Promise<{ readonly socket: Socket; readonly port: number }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  open.push(socket);
  await once(socket, 'listening');
  return { socket, port: socket.address().port };
}

/** A path to `target`: what goes there and what comes back is late by `delayMs`, or lost. */
async function pathTo(target: number, delayMs: number, isLost: (way: 'forth' | 'back') => boolean) {
  const [outside, inside] = [await bound(), await bound()];
  let sender = 0;
  let isOpen = true;
  open.push({ close: () => (isOpen = false) });
  const pass = (socket: Socket, data: Buffer, port: () => number) =>
    setTimeout(() => {
      if (isOpen) socket.send(data, port(), '127.0.0.1', () => undefined);
    }, delayMs);
  outside.socket.on('message', (data, { port }) => {
    sender = port;
    if (!isLost('forth')) pass(inside.socket, data, () => target);
  });
  inside.socket.on('message', (data) => {
    if (!isLost('back')) pass(outside.socket, data, () => sender);
  });
  return outside.port;
}

const peer = (pool: string, port: number, isProbed = true) => ({
  pool,
  address: '127.0.0.1',
  port,
  key,
  isProbed,
});

test('a delayed and thinned path is measured by an agent whose clock is 2 s off', async () => {
  const one = await prober('server1');
  const two = await prober('server2', () => steadyClock() + 2000);
  let packets = 0;
  const port = await pathTo(two.probes.port, 30, (way) => way === 'forth' && ++packets % 4 === 0);
  two.probes.setPeers([peer('server1', one.probes.port, false)]);
  one.probes.setPeers([peer('server2', port)]);
  // The reflector's limit is for one probe a second; this test is quicker, so it measures what gets through.
  await waitFor('20 replies', () => Promise.resolve((one.counts['received'] ?? 0) >= 20));
  const [row] = one.probes.take();
  expect(row).toMatchObject({ locus2_id: 'server2', throughput: 0, throughput_measured: false });
  expect(row?.latency_min_1to2).toBeGreaterThan(28);
  expect(row?.latency_median_1to2).toBeLessThan(80);
  expect(row?.clock_offset).toBeGreaterThan(1950);
  expect(row?.clock_offset).toBeLessThan(2050);
  expect(row?.loss_1to2).toBeGreaterThan(10);
  expect(row?.loss_2to1).toBeLessThan(15);
  expect(two.probes.take()).toEqual([]);
});

test('strangers, repeated packets and other addresses get no reply', async () => {
  const two = await prober('server2');
  two.probes.setPeers([peer('server1', 9, false)]);
  const { socket } = await bound();
  const replies: Buffer[] = [];
  socket.on('message', (data) => replies.push(data));
  const send = (data: Buffer) => socket.send(data, two.probes.port, '127.0.0.1');
  const sending = packet.directionKey(key, 'server1');
  const probe = packet.encodeProbe(sending, { sequence: 1, session: 1, sentMs: Date.now() });
  const foreign = packet.directionKey(randomBytes(32), 'server1');
  const refused = [
    randomBytes(packet.packetBytes),
    Buffer.alloc(0),
    Buffer.alloc(1400, probe),
    packet.encodeProbe(foreign, { sequence: 2, session: 1, sentMs: 0 }),
    packet.encodeProbe({ ...foreign, id: sending.id }, { sequence: 2, session: 1, sentMs: 0 }),
    packet.encodeReply(sending, { probeSession: 1, probeSequence: 1, accepted: 1, receivedMs: 0, sentMs: 0 }),
    probe,
  ];
  send(probe);
  for (const data of refused) send(data);
  await waitFor('all refusals', () => Promise.resolve(two.counts['refused'] === refused.length));
  expect(two.counts).toEqual({ refused: refused.length, reflected: 1 });
  await waitFor('the reply', () => Promise.resolve(replies.length > 0));
  expect(replies.map(({ length }) => length)).toEqual([packet.packetBytes]);
  two.probes.setPeers([{ ...peer('server1', 9, false), address: '127.0.0.9' }]);
  send(packet.encodeProbe(sending, { sequence: 5, session: 2, sentMs: 0 }));
  await waitFor('the refusal', () => Promise.resolve(two.counts['refused'] === refused.length + 1));
});

test('a link that a program posts is not measured meanwhile, and peers may go', async () => {
  const one = await prober('server1');
  const two = await prober('server2');
  one.probes.setPeers([peer('server2', two.probes.port)]);
  two.probes.setPeers([peer('server1', one.probes.port)]);
  const replied = (counted: Counted, more: number) => {
    const least = (counted.counts['received'] ?? 0) + more;
    return waitFor('replies', () => Promise.resolve((counted.counts['received'] ?? 0) >= least));
  };
  await replied(one, 3);
  one.probes.posted('server2');
  expect(one.probes.take()).toEqual([]);
  await replied(two, 1);
  expect(two.probes.take()).toHaveLength(1);
  const sent = one.counts['sent'];
  one.probes.setPeers([]);
  expect(one.probes.peers).toEqual([]);
  expect(one.probes.take()).toEqual([]);
  const refused = one.counts['refused'] ?? 0;
  await waitFor('refusals', () => Promise.resolve((one.counts['refused'] ?? 0) > refused + 2));
  expect(one.counts['sent']).toBe(sent);
});
