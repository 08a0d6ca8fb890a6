/** Agents that lie about sizes, or never end: as the source of a copy, and as its destination. */
import type { TLSSocket } from 'node:tls';
import { expect, vi } from 'vitest';
import { frameHeader } from '../../../agent/transport/frames.js';
import { StreamListener } from '../../../agent/transport/listener.js';
import { openChannel } from '../../../common/net/stream-channel.js';
import { TlsIdentity } from '../../../common/pki/tls-identity.js';
import { AgentClient } from '../../../controller/hosts/client.js';
import { emptyDaemon, startAgent } from '../../support/fakes/agent.js';
import { failure, operation, sync, type Answering } from '../../support/fakes/lxd.js';
import { failureOf } from '../../support/failures.js';
import { me, of, ticket, undo } from './agent.js';
import { log } from './attack.js';

const id = '0123456789abcdef';
const command = { migrationId: id, fence: 7, container: 'c1' };
export const binary = (payload: Buffer) => Buffer.concat([frameHeader(0, payload.length), payload]);
const heartbeat = frameHeader(2, 0);
/** In the format of a daemon's websocket. */
export const message = Buffer.concat([Buffer.from([0x82, 126, 0xff, 0xff]), Buffer.alloc(0xffff)]);

/** A host whose daemon accepts and offers everything, and never ends. */
const hostWith = async (diskBytes: number, asSource: boolean) => {
  const instance = {
    name: 'c1',
    status: 'Stopped',
    type: 'container',
    config: asSource ? { 'user.copa.migration': id, 'user.copa.role': 'source', 'user.copa.fence': '7' } : {},
    profiles: [],
    devices: {},
    expanded_devices: { root: { type: 'disk', path: '/', pool: 'default' } },
  };
  const answer: Answering = (request) => {
    const { method, path } = request;
    if (path.endsWith('/resources')) return sync({ space: { total: diskBytes, used: 0 } });
    if (path.endsWith('/snapshots')) return sync([]);
    if (path.startsWith('/1.0/operations?')) return sync({});
    if (path.startsWith('/1.0/profiles/')) return sync({ config: {}, devices: instance.expanded_devices });
    if (path === '/1.0/profiles?recursion=1') return sync([]);
    if (path === '/1.0/networks?recursion=1') return sync([]);
    if (method === 'POST') return operation('op', { control: 'c', fs: 'f' });
    if (path.startsWith('/1.0/operations/op/wait')) return undefined;
    if (path.startsWith('/1.0/operations/op')) return sync({ status: 'Running' });
    if (path === '/1.0/instances/c1') return asSource ? sync(instance) : failure(404, 'not found');
    return emptyDaemon(request);
  };
  const host = await startAgent(of('one'), answer, log);
  undo.push(() => host.stop());
  const caller = new AgentClient(
    { pool: 'one', address: host.address, pools: 1 },
    new TlsIdentity(of('controller')),
  );
  undo.push(() => caller.close());
  return { host, caller };
};

/** Repeats the same data as fast as possible until it is disconnected. */
const endlessly = async (socket: TLSSocket, words: Buffer) => {
  let drained: (value: unknown) => void = () => undefined;
  socket.on('error', () => undefined).resume();
  socket.on('drain', () => drained(undefined)).on('close', () => drained(undefined));
  while (socket.writable) {
    if (socket.write(words)) await new Promise((resolve) => setImmediate(resolve));
    else await new Promise((resolve) => (drained = resolve));
  }
};

interface Channels {
  readonly control: TLSSocket;
  readonly fs: TLSSocket;
}

/** What to do with the open channels until they are closed. */
export type Lie = (channels: Channels) => Promise<unknown>;

/** Sends `words` on one channel without end, while the other agent reports no error. */
export const saying =
  (channel: keyof Channels, words: Buffer): Lie =>
  async (channels) => {
    const { control } = channels;
    const beat = setInterval(() => control.writable && control.write(heartbeat), 500);
    await endlessly(channels[channel], words);
    clearInterval(beat);
  };
export const silence: Lie = ({ control }) =>
  new Promise((resolve) => control.resume().once('close', resolve));

/** The result of a copy whose source, `two`, lies. */
export const lyingSource = async (diskBytes: number, lie: Lie) => {
  const { host, caller } = await hostWith(diskBytes, false);
  const manifest = {
    container: 'c1',
    server: 'lxd',
    architecture: 'x86_64',
    profiles: ['p'],
    usedBytes: 10,
  };
  const isReady = vi.fn();
  const request = { command, transferId: `${id}-1`, ticket, sourcePool: 'two', manifest };
  const received = failureOf(() => caller.stream('ReceiveCopy', request, { onEvent: isReady }));
  await vi.waitFor(() => expect(isReady).toHaveBeenCalled());
  const open = (channel: keyof Channels) =>
    openChannel(host.streamAddress, me, new TlsIdentity(of('two')), { ticket, channel });
  await lie({ control: await open('control'), fs: await open('fs') });
  const failed = await received;
  expect(await caller.call('DescribeHost', {}, { deadlineMs: 5000 })).toMatchObject({ pool: 'one' });
  return failed;
};

/** The result of a copy whose destination, `three`, lies. */
export const lyingDestination = async (diskBytes: number, lie: Lie) => {
  const { caller } = await hostWith(diskBytes, true);
  const liar = new StreamListener(new TlsIdentity(of('three')), log);
  undo.push(() => liar.close());
  const port = await liar.listen('127.0.0.1', 0);
  const options = { timeoutMs: 10_000, signal: new AbortController().signal };
  const arriving = liar.expect(ticket, me, ['control', 'fs'], options);
  const way = { destinationPool: 'three', destinationAddress: `127.0.0.1:${port}` };
  const request = { command, transferId: `${id}-1`, ticket, ...way };
  const sent = failureOf(() => caller.stream('SendCopy', request, { onEvent: () => undefined }));
  const channels = await arriving;
  await lie({
    control: channels.get('control') as TLSSocket,
    fs: channels.get('fs') as TLSSocket,
  });
  const failed = await sent;
  for (const socket of channels.values()) socket.destroy();
  expect(await caller.call('DescribeHost', {}, { deadlineMs: 5000 })).toMatchObject({ pool: 'one' });
  return failed;
};
