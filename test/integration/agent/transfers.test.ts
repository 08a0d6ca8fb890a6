// Aim: only the expected peer opens a stream, and no transfer hangs for ever.
// Method: real agents over fake daemons that hang or fail.
import { describe, expect, test, vi } from 'vitest';
import type { StreamListener } from '../../../agent/transport/listener.js';
import { TlsIdentity } from '../../../common/pki/tls-identity.js';
import { openChannel } from '../../../common/net/stream-channel.js';
import { emptyDaemon } from '../../support/fakes/agent.js';
import { failure, operation, sync, type Answering } from '../../support/fakes/lxd.js';
import { failureOf } from '../../support/failures.js';
import {
  ticket,
  id,
  command,
  undo,
  controller,
  agents,
  server,
  instance,
  held,
  startAgent,
  callAs,
} from './agent.js';

describe('the stream port', () => {
  const expectFrom = (agent: { listener: StreamListener }, name = 'two') => {
    const abort = new AbortController();
    const peer = { role: 'agent', name } as const;
    const channels = agent.listener.expect(ticket, peer, ['control', 'fs'], {
      timeoutMs: 5_000,
      signal: abort.signal,
    });
    channels.catch(() => undefined);
    undo.push(() => abort.abort(new Error('over')));
    return channels;
  };
  const open = (
    agent: { streamAddress: string },
    as: string,
    hello: { ticket: string; channel: 'fs' | 'control' },
  ) => openChannel(agent.streamAddress, { role: 'agent', name: 'one' }, new TlsIdentity(agents[as]), hello);

  test("opens each channel of a ticket once, for the ticket's peer", async () => {
    const agent = await startAgent('one', emptyDaemon);
    const channels = expectFrom(agent);
    expect(await failureOf(() => open(agent, 'three', { ticket, channel: 'fs' }))).toMatch(
      /this ticket is for another peer/,
    );
    expect(await failureOf(() => open(agent, 'two', { ticket: 'cd'.repeat(32), channel: 'fs' }))).toMatch(
      /is not valid here/,
    );
    const first = await open(agent, 'two', { ticket, channel: 'fs' });
    expect(await failureOf(() => open(agent, 'two', { ticket, channel: 'fs' }))).toMatch(/is not valid here/);
    const second = await open(agent, 'two', { ticket, channel: 'control' });
    expect([...(await channels).keys()].sort()).toEqual(['control', 'fs']);
    // The ticket was used.
    expect(await failureOf(() => open(agent, 'two', { ticket, channel: 'control' }))).toMatch(
      /is not valid here/,
    );
    first.destroy();
    second.destroy();
  });

  test('does not connect to another agent than the expected one', async () => {
    const agent = await startAgent('one', emptyDaemon);
    const hello = { ticket, channel: 'fs' } as const;
    const wrong = openChannel(
      agent.streamAddress,
      { role: 'agent', name: 'three' },
      new TlsIdentity(agents['two']),
      hello,
    );
    expect(await failureOf(() => wrong)).toMatch(/^permission_denied: copa:\/\/agent\/one answers/);
  });
});

/** Two agents whose daemons open their websockets. The source's daemon sends a little, and then nothing. */
const stuckPair = async (sourceAlive: () => boolean, verdict?: string) => {
  const secrets = { control: 'c', fs: 'f' };
  const common: Answering = ({ method, path }) => {
    if (path === '/1.0') return sync(server);
    if (path.endsWith('/snapshots')) return sync([]);
    if (/^\/1.0\/(profiles|networks|storage-pools)/.test(path)) return sync([]);
    if (path.startsWith('/1.0/operations?')) return sync({});
    if (method === 'POST' && path.startsWith('/1.0/instances')) return operation('op', secrets);
    // The wait never ends, as with the real one.
    return undefined;
  };
  const source = await startAgent('one', (request) => {
    if (request.path.startsWith('/1.0/instances/c1') && request.method === 'GET')
      return sync(instance(held(7)));
    if (request.path === '/1.0/operations/op') return sourceAlive() ? sync({ status: 'Running' }) : undefined;
    return common(request);
  });
  const destination = await startAgent('two', (request) => {
    if (request.path.startsWith('/1.0/instances/c1')) return failure(404, 'not found');
    if (request.path === '/1.0/operations/op') return sync({ status: 'Running' });
    if (verdict !== undefined && request.path.startsWith('/1.0/operations/op/wait')) {
      return sync({ status: 'Failure', err: verdict, description: 'Creating it' });
    }
    return common(request);
  });
  source.fake.onWebsocket = (secret, socket) => {
    if (secret === 'f') socket.send(Buffer.alloc(1000));
  };
  return { source, destination };
};

describe('a transfer that stops moving', () => {
  test('is noticed within seconds when the daemon hangs, on both sides', async () => {
    const { source, destination } = await stuckPair(() => false);
    const from = callAs(controller, source, 'one');
    const to = callAs(controller, destination, 'two');
    const shared = { command, transferId: `${id}-1`, ticket };
    let bytes = 0;
    const begun = Date.now();
    const ready = vi.fn();
    const manifest = { container: 'c1', server: 'lxd', architecture: 'x86_64' };
    const received = failureOf(() =>
      to.stream('ReceiveCopy', { ...shared, sourcePool: 'one', manifest }, { onEvent: ready }),
    );
    await vi.waitFor(() => expect(ready).toHaveBeenCalled());
    const sent = failureOf(() =>
      from.stream(
        'SendCopy',
        { ...shared, destinationPool: 'two', destinationAddress: destination.streamAddress },
        { onEvent: (event) => (bytes = event.bytes) },
      ),
    );
    expect(await sent).toMatch(/^aborted: the daemon hangs/);
    expect(await received).toMatch(/^aborted: the other side failed: the daemon hangs/);
    expect(Date.now() - begun).toBeLessThan(30_000);
    // The message and its websocket header.
    expect(bytes).toBe(1004);
    // A repeated request gets the stored outcome. Another pass has none.
    const ignore = { onEvent: () => undefined };
    expect(await failureOf(() => from.stream('SendCopy', { ...shared, attachOnly: true }, ignore))).toMatch(
      /^aborted/,
    );
    const other = { ...shared, transferId: `${id}-2`, attachOnly: true };
    expect(await failureOf(() => to.stream('ReceiveCopy', other, ignore))).toMatch(/^not_found/);
  }, 60_000);
});

test("a daemon's error arrives as such, not as a broken connection", async () => {
  const { source, destination } = await stuckPair(() => true, 'no space left');
  const from = callAs(controller, source, 'one');
  const to = callAs(controller, destination, 'two');
  const shared = { command, transferId: `${id}-3`, ticket };
  const ready = vi.fn();
  const manifest = { container: 'c1', server: 'lxd', architecture: 'x86_64' };
  const received = failureOf(() =>
    to.stream('ReceiveCopy', { ...shared, sourcePool: 'one', manifest }, { onEvent: ready }),
  );
  await vi.waitFor(() => expect(ready).toHaveBeenCalled());
  const way = { destinationPool: 'two', destinationAddress: destination.streamAddress };
  const sent = failureOf(() => from.stream('SendCopy', { ...shared, ...way }, { onEvent: () => undefined }));
  expect(await received).toMatch(/^internal: .*no space left/);
  expect(await sent).toMatch(/^aborted: the other side failed: no space left/);
}, 60_000);
