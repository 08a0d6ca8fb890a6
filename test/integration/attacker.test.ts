// Aim: attacks on every port are refused, the log shows the attacker and the reason, and the service continues.
// Method: each row is one attack on a real agent or a whole controller, with the expected log line. After each of
// them a normal call has to succeed.
import { Client, credentials } from '@grpc/grpc-js';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { joinController } from '../../agent/enrollment/join.js';
import { frameHeader } from '../../agent/transport/frames.js';
import { StreamListener } from '../../agent/transport/listener.js';
import { AgentClient } from '../../controller/hosts/client.js';
import { CertificateAuthority } from '../../controller/pki/certificate-authority.js';
import { createSigningRequest } from '../../common/pki/csr.js';
import type { Credentials, Identity } from '../../common/pki/identity.js';
import { agentService, replyBytesMax, frameBytesMax, requestBytesMax } from '../../proto/loader.js';
import { decodeJoinToken, encodeJoinToken, type JoinToken } from '../../common/pki/enrollment.js';
import { TlsIdentity } from '../../common/pki/tls-identity.js';
import { openChannel, type Hello } from '../../common/net/stream-channel.js';
import { AgentDouble } from '../support/agent-double.js';
import { etcdObstacle } from '../support/etcd.js';
import { emptyDaemon, startAgent, type RunningAgent } from '../support/fakes/agent.js';
import { failure, FakeLxd, operation, sync, type Answering } from '../support/fakes/lxd.js';
import { failureOf } from '../support/failures.js';
import { Cluster } from '../support/cluster.js';

/** The expected log line of an attack. */
interface Told {
  readonly msg: string;
  readonly from?: string;
  readonly who?: string | RegExp;
  readonly reason: RegExp;
}

type Line = Readonly<Record<string, unknown>>;
const lines: Line[] = [];
const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as Line) });

async function logged({ msg, from = '127.0.0.1', who, reason }: Told): Promise<void> {
  const line = {
    msg,
    from,
    reason: expect.stringMatching(reason) as string,
    ...(who === undefined ? {} : { who: expect.stringMatching(who) as string }),
  };
  await vi.waitFor(() => expect(lines).toContainEqual(expect.objectContaining(line)), { timeout: 10_000 });
  const found = lines.find(({ reason: why }) => typeof why === 'string' && reason.test(why));
  expect(found?.['level']).toBeGreaterThanOrEqual(pino.levels.values['info'] ?? 0);
}

const ends = (address: string) => {
  const [host = '', port = ''] = address.split(':');
  return { host, port: Number(port) };
};

/** The reply to `text` until the other side disconnects. A TLS alert is not a reply. */
function heard(socket: Socket, text: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let words = '';
    socket.write(text);
    socket.on('data', (chunk: Buffer) => (words += chunk[0] === 0x15 ? '' : String(chunk)));
    socket.on('error', () => undefined).on('close', () => resolve(words));
  });
}

const plain = (address: string, text: string | Buffer = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n') =>
  heard(createConnection(ends(address)), text);
/** Connects with these credentials, or with none. */
const secure = (address: string, as: Partial<Credentials>, text: string | Buffer = '') =>
  heard(connect({ ...ends(address), rejectUnauthorized: false, ...as }), text);

/** Sends one byte per second for ever, each in time, but never all of them. */
function drip(socket: Socket, text: string): Promise<string> {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), 1000);
  socket.once('close', () => clearInterval(timer));
  return heard(socket, '');
}

describe('the ports of an agent', () => {
  const undo: (() => Promise<void> | void)[] = [];
  let ours: CertificateAuthority;
  let theirs: CertificateAuthority;
  let agent: RunningAgent;
  let slow: Promise<string[]>;
  const certificates: Record<string, Credentials> = {};
  const of = (name: string) => certificates[name] as Credentials;
  const ticket = 'ab'.repeat(32);
  const me = { role: 'agent', name: 'one' } as const;

  beforeAll(async () => {
    ({ authority: ours } = await CertificateAuthority.create('ours'));
    ({ authority: theirs } = await CertificateAuthority.create('theirs'));
    const issue = async (key: string, identity: Identity, by = ours, lifetimeMs?: number) => {
      const validity =
        lifetimeMs === undefined ? {} : { issuedAtMs: Date.now() + lifetimeMs - 1000, lifetimeMs: 1 };
      certificates[key] = { ...(await by.issue(identity, validity)), ca: ours.certificate };
    };
    await issue('controller', { role: 'controller', name: 'c' });
    for (const name of ['one', 'two', 'three', 'four', 'five', 'gone'])
      await issue(name, { role: 'agent', name });
    await issue('foreign controller', { role: 'controller', name: 'c' }, theirs);
    await issue('foreign two', { role: 'agent', name: 'two' }, theirs);
    await issue('expired controller', { role: 'controller', name: 'c' }, ours, -1000);
    await issue('expired two', { role: 'agent', name: 'two' }, ours, -1000);
    certificates['web server'] = await ours.sign({
      commonName: 'x',
      names: [{ type: 'dns', value: 'copa.example.org' }],
    });
    agent = await startAgent(of('one'), emptyDaemon, log);
    const revoked = [{ pool: 'gone', issuedUntilMs: Date.now() + 60_000 }];
    agent.tlsIdentity.change({ credentials: agent.tlsIdentity.credentials, revoked });
    // They are slow, while all the others connect and disconnect.
    const greeting = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaaaaaa';
    slow = Promise.all([
      heard(createConnection(ends(agent.address)), ''),
      drip(createConnection(ends(agent.streamAddress)), greeting),
      secure(agent.streamAddress, of('three')),
      drip(connect({ ...ends(agent.streamAddress), ...of('two'), rejectUnauthorized: false }), '{"ticket":'),
    ]);
  });
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });
  afterAll(() => agent.stop());

  const call = (as: Credentials, connectMs?: number) => {
    const host = new AgentClient(
      { pool: 'one', address: agent.address, pools: 1 },
      new TlsIdentity(as),
      connectMs,
    );
    undo.push(() => host.close());
    return host;
  };
  const goesOn = async () => {
    expect(await call(of('controller')).call('DescribeHost', {}, { deadlineMs: 5000 })).toMatchObject({
      pool: 'one',
    });
    const probe = { ticket: '', channel: 'probe' } as const;
    (await openChannel(agent.streamAddress, me, new TlsIdentity(of('two')), probe)).destroy();
  };

  describe.each([
    ['gRPC', 'controller', 'connection refused', () => agent.address],
    ['stream', 'two', 'stream refused', () => agent.streamAddress],
  ] as const)('%s', (_, role, msg, address) => {
    const uri = role === 'controller' ? 'copa://controller/c' : 'copa://agent/two';
    test.each<[string, () => Promise<string>, Omit<Told, 'msg'>]>([
      ['no certificate', () => secure(address(), {}, 'x'), { reason: /^shows no certificate$/ }],
      [
        "another CA's certificate",
        () => secure(address(), of(`foreign ${role}`), 'x'),
        { who: `unknown, says ${uri}`, reason: /not from a trusted CA/ },
      ],
      [
        'an expired certificate',
        () => secure(address(), of(`expired ${role}`), 'x'),
        { who: `unknown, says ${uri}`, reason: /the certificate has expired: it was valid until/ },
      ],
      [
        'a certificate of our CA for something else',
        () => secure(address(), of('web server'), 'x\n'),
        { reason: /has no identity of COPA/ },
      ],
      [
        'a revoked certificate',
        () => secure(address(), of('gone'), 'x\n'),
        { who: 'copa://agent/gone', reason: /certificate of copa:\/\/agent\/gone was revoked/ },
      ],
      ['plaintext', () => plain(address()), { reason: /^speaks HTTP, and not TLS$/ }],
      ['plaintext HTTP/2', () => plain(address(), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), { reason: /TLS/ }],
      [
        'an old TLS',
        () => heard(connect({ ...ends(address()), maxVersion: 'TLSv1.2', rejectUnauthorized: false }), ''),
        { reason: /older TLS/ },
      ],
    ])('%s', async (_name, play, told) => {
      const words = await play();
      // A peer with a certificate of COPA's CA may get the reason, in one line.
      expect(words).toMatch(/^(\{"error":".*"\}\n)?$/);
      await logged({ msg, ...told });
      await goesOn();
    });
  });

  test("gRPC: an agent's certificate used as a controller's", async () => {
    const refused = call(of('two'), 600).call('DescribeHost', {}, { deadlineMs: 5000 });
    expect(await failureOf(() => refused)).toMatch(/^unavailable/);
    const reason = /^only a controller may command this agent/;
    await logged({ msg: 'connection refused', who: 'copa://agent/two', reason });
    await goesOn();
  });

  test.each([
    ['StartContainer', { container: '../../etc' }, /^StartContainer: container ".*etc" is not valid/],
    ['CreateSnapshot', { container: 'c', snapshot: '..' }, /^CreateSnapshot: snapshot/],
    ['ProbeStream', { address: 'localhost:22', pool: 'two' }, /^ProbeStream: address/],
    ['UpdateTrust', { trust: { ca: 'x', revoked: [] } }, /^UpdateTrust: trust/],
  ] as const)(
    'gRPC: names and bodies of a controller that was taken over: %s',
    async (method, request, reason) => {
      const asked = call(of('controller')).call(method, request as object, { deadlineMs: 5000 });
      expect(await failureOf(() => asked)).toMatch(/^invalid_argument/);
      expect(agent.fake.requests.filter(({ path }) => path !== '/1.0')).toEqual([]);
      await logged({ msg: 'call refused', who: 'copa://controller/c', reason });
      await goesOn();
    },
  );

  test('gRPC: more connections than all controllers need', async () => {
    const sockets: TLSSocket[] = [];
    for (let one = 0; one < 70; one++) {
      const as = { ...of('controller'), ALPNProtocols: ['h2'], rejectUnauthorized: false };
      const socket = connect({ ...ends(agent.address), ...as });
      socket.on('error', () => undefined);
      sockets.push(socket);
      await new Promise((resolve) => socket.once('secureConnect', resolve).once('close', resolve));
    }
    const reason = /^there are 64 connections already$/;
    await logged({ msg: 'connection refused', who: 'copa://controller/c', reason });
    for (const socket of sockets) socket.destroy();
    await vi.waitFor(goesOn, { timeout: 10_000 });
  }, 20_000);

  test('gRPC: messages that are too long, either way', async () => {
    const { ca, cert, key } = of('controller');
    const bytes = [ca, key, cert].map((pem) => Buffer.from(pem)) as [Buffer, Buffer, Buffer];
    const tls = credentials.createSsl(...bytes, { checkServerIdentity: () => undefined });
    const careless = new Client(agent.address, tls, {
      'grpc.max_send_message_length': -1,
      'grpc.ssl_target_name_override': 'copa-agent',
    });
    undo.push(() => careless.close());
    const { path, requestSerialize, responseDeserialize } = agentService.StartContainer;
    const refused = await new Promise<string>((resolve) => {
      const request = { container: 'x'.repeat(requestBytesMax + frameBytesMax + 1) };
      careless.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error) =>
        resolve(error?.message ?? 'taken'),
      );
    });
    expect(refused).toMatch(/^8 RESOURCE_EXHAUSTED: .*larger than max/);
    await goesOn();

    let names = ['x'.repeat(replyBytesMax + 1)];
    const liar = await AgentDouble.start(of('one'), { ListContainers: () => ({ names }) });
    undo.push(() => liar.kill());
    const host = new AgentClient(
      { pool: 'one', address: liar.address, pools: 1 },
      new TlsIdentity(of('controller')),
    );
    undo.push(() => host.close());
    const ask = () => host.call('ListContainers', {}, { deadlineMs: 20_000 });
    expect(await failureOf(ask)).toMatch(/^resource_exhausted: .*ListContainers/);
    names = ['c1'];
    expect(await ask()).toEqual({ names: ['c1'] });
  }, 30_000);

  describe('stream: a ticket', () => {
    const open = (as: string, hello: Hello) =>
      openChannel(agent.streamAddress, me, new TlsIdentity(of(as)), hello);
    const good = { ticket, channel: 'fs' } as const;
    const opened = async (as: string, hello: Hello) => {
      const socket = await open(as, hello);
      undo.push(() => void socket.destroy());
    };

    // A different name each time, because equal refusals within a minute are one line.
    test.each<[string, string, (as: string) => Promise<unknown>, RegExp]>([
      ['of another peer', 'two', () => open('three', good), /this ticket is for another peer/],
      [
        'that nobody gave',
        'three',
        (as) => open(as, { ...good, ticket: 'cd'.repeat(32) }),
        /is not valid here/,
      ],
      [
        'a second time for a channel',
        'four',
        async (as) => {
          await opened(as, good);
          return open(as, good);
        },
        /is not valid here, or was used/,
      ],
      [
        'after all of its channels have come',
        'five',
        async (as) => {
          for (const channel of ['fs', 'control'] as const) await opened(as, { ticket, channel });
          return open(as, good);
        },
        /is not valid here, or was used/,
      ],
    ])('%s', async (name, as, play, reason) => {
      const over = new AbortController();
      undo.push(() => over.abort(new Error('over')));
      const options = { timeoutMs: 20_000, signal: over.signal };
      agent.listener
        .expect(ticket, { role: 'agent', name: as }, ['control', 'fs'], options)
        .catch(() => undefined);
      expect(await failureOf(() => play(as))).toMatch(/^permission_denied: .*refuses the stream/);
      const who = name === 'of another peer' ? 'three' : as;
      await logged({ msg: 'stream refused', who: `copa://agent/${who}`, reason });
      await goesOn();
    });
  });

  test('endless ones: a greeting without end, and too many connections', async () => {
    expect(await secure(agent.streamAddress, of('two'), 'x'.repeat(5_000))).toMatch(/error/);
    await logged({ msg: 'stream refused', who: 'copa://agent/two', reason: /a line of more than/ });
    for (const [address, msg] of [
      [agent.streamAddress, 'stream refused'],
      [agent.address, 'connection refused'],
    ] as const) {
      const sockets = Array.from({ length: 70 }, () => createConnection(ends(address)));
      for (const each of sockets) each.on('error', () => undefined);
      await logged({ msg, reason: /^too many unauthenticated connections$/ });
      // Clients from elsewhere are served meanwhile.
      const socket = createConnection({ ...ends(address), localAddress: '127.0.0.2' });
      const other = connect({ socket, ...of('two'), rejectUnauthorized: false });
      await new Promise((resolve, reject) => other.once('secureConnect', resolve).once('error', reject));
      other.destroy();
      for (const each of sockets) each.destroy();
      await vi.waitFor(goesOn, { timeout: 5000 });
    }
  }, 20_000);

  describe('a peer that lies about sizes, or never ends', () => {
    const id = '0123456789abcdef';
    const command = { migrationId: id, fence: 7, container: 'c1' };
    const binary = (payload: Buffer) => Buffer.concat([frameHeader(0, payload.length), payload]);
    const heartbeat = frameHeader(2, 0);
    /** In the format of a daemon's websocket. */
    const message = Buffer.concat([Buffer.from([0x82, 126, 0xff, 0xff]), Buffer.alloc(0xffff)]);

    /** A host whose daemon accepts and offers everything, and never ends. */
    const hostWith = async (diskBytes: number, asSource: boolean) => {
      const instance = {
        name: 'c1',
        status: 'Stopped',
        type: 'container',
        config: asSource
          ? { 'user.copa.migration': id, 'user.copa.role': 'source', 'user.copa.fence': '7' }
          : {},
        profiles: [],
        devices: {},
        expanded_devices: { root: { type: 'disk', path: '/', pool: 'default' } },
      };
      const answer: Answering = (request) => {
        const { method, path } = request;
        if (path.endsWith('/resources')) return sync({ space: { total: diskBytes, used: 0 } });
        if (path.endsWith('/snapshots')) return sync([]);
        if (path.startsWith('/1.0/operations?')) return sync({});
        if (path.startsWith('/1.0/profiles/'))
          return sync({ config: {}, devices: instance.expanded_devices });
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
    type Lie = (channels: Channels) => Promise<unknown>;

    /** Sends `words` on one channel without end, while the other agent reports no error. */
    const saying =
      (channel: keyof Channels, words: Buffer): Lie =>
      async (channels) => {
        const { control } = channels;
        const beat = setInterval(() => control.writable && control.write(heartbeat), 500);
        await endlessly(channels[channel], words);
        clearInterval(beat);
      };
    const silence: Lie = ({ control }) => new Promise((resolve) => control.resume().once('close', resolve));

    const smallDisk = 1024 ** 2;
    /** An offer with one field that nobody knows. */
    const oneField = Buffer.concat([Buffer.from([0x7a, 0xfc, 0xff, 0x3f]), Buffer.alloc(1024 ** 2 - 4)]);
    const lies: [string, number, Lie, RegExp][] = [
      [
        'more than the disk could hold',
        smallDisk,
        saying('fs', binary(message)),
        /has sent \d+ bytes: 4 times/,
      ],
      [
        'a frame that says it has 4 GiB',
        smallDisk,
        saying('fs', Buffer.from([0, 255, 255, 255, 255])),
        /holds no valid frame/,
      ],
      [
        'words where there are none',
        smallDisk,
        saying('fs', Buffer.from('GET / HTTP/1.1\r\n\r\n')),
        /holds no valid frame/,
      ],
      [
        'control without end',
        1024 ** 4,
        saying('control', binary(oneField)),
        /channel control.*more than 268435456 bytes arrived/,
      ],
    ];

    /** The result of a copy whose source, `two`, lies. */
    const lyingSource = async (diskBytes: number, lie: Lie) => {
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
    const lyingDestination = async (diskBytes: number, lie: Lie) => {
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

    describe.each([
      ['source', 'two', lyingSource],
      ['destination', 'three', lyingDestination],
    ] as const)('a %s', (_, name, play) => {
      test.each(lies)(
        '%s',
        async (_name, diskBytes, lie, reason) => {
          expect(await play(diskBytes, lie)).toMatch(reason);
          await logged({ msg: 'a pass has ended early', who: `copa://agent/${name}`, reason });
          await goesOn();
        },
        30_000,
      );
    });

    const field = (number: number, content: Buffer | string) => {
      const bytes = Buffer.from(content);
      return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
    };
    const pair = (key: string, value: string) => Buffer.concat([field(1, key), field(2, value)]);
    /** A daemon's offer with a snapshot `s1`. */
    const offering = (...fields: Buffer[]): Lie => {
      const snapshot = Buffer.concat([field(1, 's1'), ...fields]);
      return saying('control', binary(field(5, snapshot)));
    };
    const volume = [
      pair('type', 'disk'),
      pair('path', '/x'),
      pair('pool', 'default'),
      pair('source', 'theirs'),
    ];
    const map = '[{"Isuid":true,"Isgid":true,"Hostid":0,"Nsid":0,"Maprange":65536}]';

    test.each<[string, Lie, RegExp]>([
      ['a config key of the host', offering(field(2, pair('raw.lxc', 'x'))), /snapshot "s1": raw.lxc/],
      [
        'the ids of the host',
        offering(field(2, pair('volatile.idmap.next', map))),
        /snapshot "s1": volatile.idmap/,
      ],
      [
        'a volume of the destination',
        offering(field(5, Buffer.concat([field(1, 'd'), ...volume.map((each) => field(2, each))]))),
        /snapshot "s1": device "d" \(theirs\)/,
      ],
      [
        'a key of a later daemon',
        offering(field(2, pair('security.of_tomorrow', '1'))),
        /snapshot "s1": security.of_tomorrow is a setting that the agent .* does not know/,
      ],
      ['what only the daemon can read', offering(Buffer.from([0x13, 0x14])), /offer cannot be read/],
      ['too much to read', saying('control', binary(Buffer.alloc(1024 ** 2))), /offer cannot be read/],
    ])(
      'a source that hides in a snapshot: %s',
      async (_, lie, reason) => {
        const failed = await lyingSource(1024 ** 4, lie);
        expect(failed).toMatch(/^permission_denied/);
        expect(failed).toMatch(reason);
        await logged({ msg: 'a pass has ended early', who: 'copa://agent/two', reason });
        await goesOn();
      },
      30_000,
    );

    test('either of them: no data', async () => {
      const reason = /nothing received for 6 s/;
      // Each takes 6 s.
      const failed = await Promise.all([
        lyingSource(smallDisk, silence),
        lyingDestination(smallDisk, silence),
      ]);
      for (const each of failed) expect(each).toMatch(reason);
      for (const name of ['two', 'three']) {
        await logged({ msg: 'a pass has ended early', who: `copa://agent/${name}`, reason });
      }
      await goesOn();
    }, 30_000);
  });

  test('slow ones: no data, half of a greeting, no ticket, or a byte per second', async () => {
    expect((await slow).slice(0, 2)).toEqual(['', '']);
    const reason = /^did not finish the TLS handshake in time$/;
    await logged({ msg: 'connection refused', reason });
    await logged({ msg: 'stream refused', reason });
    const silent = /^sent no valid request within 5 s$/;
    for (const name of ['two', 'three']) {
      await logged({ msg: 'stream refused', who: `copa://agent/${name}`, reason: silent });
    }
    await goesOn();
  }, 20_000);

  test('a hundred times the same refusal is one line', async () => {
    lines.length = 0;
    for (let time = 0; time < 100; time++) await plain(agent.streamAddress);
    expect(lines.filter(({ msg }) => msg === 'stream refused').length).toBeLessThanOrEqual(1);
    await goesOn();
  });
});

describe.skipIf(etcdObstacle !== undefined)('the ports of a controller', () => {
  let cluster: Cluster;
  let directory: string;
  let daemon: FakeLxd;
  let admin: string;
  let ca: string;
  let rest: string;
  let joinAddress: string;
  let slow: Promise<unknown>;
  let hosts = 0;

  beforeAll(async () => {
    // Every port is reachable from everywhere, so REST uses TLS and tokens.
    const settings = { host: '0.0.0.0', joinListen: { host: '127.0.0.1', port: 0 } };
    cluster = await Cluster.start(undefined, settings, undefined, log);
    ca = ((await cluster.client.ask({ path: '/REST/ca' })).body as { bundle: string }).bundle;
    admin = await create({ name: 'admin', role: 'admin' });
    rest = `127.0.0.1:${cluster.controller.port}`;
    joinAddress = decodeJoinToken(await create({ kind: 'join' })).addresses[0] ?? '';
    directory = mkdtempSync(join(tmpdir(), 'copa-attacker-'));
    daemon = await FakeLxd.start(join(directory, 'socket'), emptyDaemon);
    // They are slow, while all the others connect and disconnect.
    const half = Buffer.from([0x16, 3, 1]);
    const tls = (address: string) => connect({ ...ends(address), rejectUnauthorized: false });
    slow = Promise.all([
      heard(createConnection(ends(rest)), half),
      heard(createConnection(ends(joinAddress)), half),
      drip(tls(rest), 'GET /clock HTTP/1.1 '),
      drip(tls(joinAddress), 'GET /clock HTTP/1.1 '),
    ]);
  });
  afterAll(async () => {
    await daemon.close();
    rmSync(directory, { recursive: true });
    await cluster.stop();
  });

  const create = async (form: Record<string, string>) => {
    const all = { operation: 'create', ...form };
    const { body } = await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form: all });
    return (body as { token: string }).token;
  };
  const ask = (path: string, headers: Record<string, string> = {}, body?: string) =>
    new Promise<number>((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
      httpsRequest(
        { ...ends(rest), ca, agent: false, path, method, headers: { ...type, ...headers } },
        (answer) => {
          resolve(answer.statusCode ?? 0);
          answer.resume();
        },
      )
        .on('error', reject)
        .end(body);
    });
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  const goesOn = async () => {
    expect(await ask('/REST/pools', bearer(admin))).toBe(200);
    expect(await secure(joinAddress, {}, 'GET /clock HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/"time"/);
  };
  const wire = (head: string, body = '') =>
    secure(rest, {}, `${head}\r\nHost: x\r\nAuthorization: Bearer ${admin}\r\n${body}`);

  const unknown = `copa_${'0'.repeat(16)}_${'A'.repeat(43)}`;
  const form = (more: Record<string, string>) => String(new URLSearchParams(more));
  const start = { operation: 'start', container_pool: 'p' };

  test.each<[string, () => Promise<number>, number, Omit<Told, 'msg'>]>([
    ['no token', () => ask('/REST/pools'), 401, { reason: /GET \/REST\/pools: 401 a token is needed/ }],
    [
      'a token that nobody made',
      () => ask('/REST/pools', bearer(unknown)),
      401,
      { reason: /401 this token is not valid/ },
    ],
    [
      'a page of another site',
      () => ask('/REST/pools', { ...bearer(admin), Origin: 'https://evil.example' }),
      403,
      { reason: /403 a page of another site/ },
    ],
    [
      'a path that climbs',
      () => ask('/REST/%2e%2e/%2e%2e/etc/passwd', bearer(admin)),
      404,
      { who: 'admin', reason: /%2e%2e.*404 there is nothing at/ },
    ],
    [
      'a path that climbs, of the page',
      () => ask('/assets/..%2f..%2fetc/passwd', bearer(admin)),
      404,
      { reason: /etc\/passwd: 404/ },
    ],
    [
      'a name that is a path',
      () => ask('/REST/container', bearer(admin), form({ ...start, container_name: '../../x' })),
      400,
      { who: 'admin', reason: /400 container_name ".*" is not valid/ },
    ],
    [
      'a name with a line of a log in it',
      () => ask('/REST/container', bearer(admin), form({ ...start, container_name: 'x\n{"level":30}' })),
      400,
      { who: 'admin', reason: /400 container_name/ },
    ],
    [
      'a parameter twice',
      () => ask('/REST/container?container_pool=p', bearer(admin), form({ ...start, container_name: 'x' })),
      400,
      { who: 'admin', reason: /400 .*container_pool/ },
    ],
    [
      'a body that is too long',
      () => ask('/REST/container', bearer(admin), `operation=${'x'.repeat(2_000_000)}`),
      413,
      { who: 'admin', reason: /413/ },
    ],
  ])('REST: %s', async (_name, play, status, told) => {
    expect(await play()).toBe(status);
    await logged({ msg: 'refused', ...told });
    await goesOn();
  });

  test('REST: a role without the permission', async () => {
    const viewer = await create({ name: 'looks-on', role: 'viewer' });
    const add = form({ operation: 'add', container_pool: 'x', ip: '192.0.2.1' });
    expect(await ask('/REST/pools', bearer(viewer), add)).toBe(403);
    await logged({ msg: 'refused', who: 'looks-on', reason: /403 token "looks-on" has the role viewer/ });
    await goesOn();
  });

  test('REST: an expired token, and a revoked one', async () => {
    const short = await create({ name: 'short', role: 'viewer', ttl: '1s' });
    const revoked = await create({ name: 'revoked', role: 'viewer' });
    const revoke = { operation: 'revoke', name: 'revoked' };
    await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form: revoke });
    await vi.waitFor(async () => expect(await ask('/REST/overview', bearer(revoked))).toBeGreaterThan(400));
    await vi.waitFor(
      async () => expect(await ask('/REST/migrations', bearer(short))).toBeGreaterThan(400),
      5000,
    );
    await logged({ msg: 'refused', reason: /\/REST\/overview: 4/ });
    await logged({ msg: 'refused', reason: /\/REST\/migrations: 4/ });
    await goesOn();
  });

  test.each<[string, () => Promise<string>, RegExp, RegExp]>([
    [
      'headers without end',
      () => wire(`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`),
      /^HTTP\/1.1 431/,
      /headers are too long/,
    ],
    [
      'a header with a line in it',
      () => wire('GET / HTTP/1.1\r\nX: a\rSet-Cookie: b'),
      /^HTTP\/1.1 400/,
      /well-formed/,
    ],
    [
      'two lengths',
      () => wire('POST /REST/pools HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked'),
      /^HTTP\/1.1 400/,
      /well-formed/,
    ],
    ['no TLS', () => plain(rest), /^$/, /^speaks HTTP, and not TLS$/],
    [
      'an old TLS',
      () =>
        heard(
          connect({
            ...ends(rest),
            maxVersion: 'TLSv1.1',
            minVersion: 'TLSv1',
            ciphers: 'ALL:@SECLEVEL=0',
            rejectUnauthorized: false,
          }),
          '',
        ),
      /^$/,
      /older TLS/,
    ],
  ])('REST, on the wire: %s', async (_name, play, answer, reason) => {
    expect(await play()).toMatch(answer);
    await logged({ msg: 'refused', reason });
    await goesOn();
  });

  describe('joining', () => {
    const host = (token: string, name: string | undefined = `host${++hosts}`) =>
      joinController({
        token,
        identity: join(directory, `identity${hosts}`),
        socket: join(directory, 'socket'),
        name,
        address: `127.0.1.${hosts}`,
        port: 8001,
        again: false,
      });
    const edited = (token: string, change: Partial<JoinToken>) =>
      encodeJoinToken({ ...decodeJoinToken(token), ...change });

    test.each<[string, () => Promise<unknown>, RegExp, RegExp]>([
      [
        'a token a second time',
        async () => {
          const token = await create({ kind: 'join' });
          await host(token);
          return host(token);
        },
        /^failed_precondition: .*used already/,
        /used already, by pool "host/,
      ],
      [
        'a token with another secret',
        async () => host(edited(await create({ kind: 'join' }), { secret: 'x'.repeat(43) })),
        /^permission_denied: .*is unknown here/,
        /is unknown here/,
      ],
      [
        'a token that was made for another pool',
        async () => {
          const token = await create({ kind: 'join', container_pool: 'this' });
          return host(edited(token, { pool: 'that' }), 'that');
        },
        /^permission_denied: /,
        /is for pool "this", not for "that"/,
      ],
      [
        'an expired token',
        async () => {
          const token = await create({ kind: 'join', ttl: '1s' });
          await new Promise((resolve) => setTimeout(resolve, 1100));
          return host(token);
        },
        /^failed_precondition: .*expired at/,
        /expired at/,
      ],
    ])('%s', async (_name, play, failure, reason) => {
      expect(await failureOf(play)).toMatch(failure);
      await logged({ msg: 'a join was refused', reason });
      await goesOn();
    });

    test('a request to join that is sent again after its pool was removed', async () => {
      const { id, secret } = decodeJoinToken(await create({ kind: 'join' }));
      const { request } = await createSigningRequest();
      const replayed = JSON.stringify({ id, secret, pool: 'replayed', address: '127.0.9.9', request });
      expect(await post(replayed)).toMatch(/^HTTP\/1.1 200 /);
      // Its host may not have got the answer.
      expect(await post(replayed)).toMatch(/^HTTP\/1.1 200 /);
      const removal = { operation: 'delete', container_pool: 'replayed' };
      const removed = await cluster.client.ask({ method: 'POST', path: '/REST/pools', form: removal });
      expect(removed.status).toBe(200);
      for (let again = 0; again < 2; again++) {
        expect(await post(replayed)).toMatch(/^HTTP\/1.1 409 [^]*used already, by pool \\"replayed\\"/);
      }
      await logged({ msg: 'a join was refused', reason: /used already, by pool "replayed"/ });
      const { body } = await cluster.client.ask({ path: '/REST/pools' });
      expect(JSON.stringify(body)).not.toContain('replayed');
      await goesOn();
    });

    const post = (body: string) =>
      secure(
        joinAddress,
        {},
        `POST /join HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );

    test.each<[string, () => Promise<string>, RegExp, RegExp]>([
      [
        'a path that climbs',
        () => secure(joinAddress, {}, 'GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n'),
        /^HTTP\/1.1 404/,
        /hosts join here/,
      ],
      [
        'a name that is a path',
        () =>
          post(
            JSON.stringify({
              id: '0'.repeat(16),
              secret: 'x'.repeat(43),
              pool: '../x',
              address: '1.1.1.1',
              request: '',
            }),
          ),
        /^HTTP\/1.1 400/,
        /pool/,
      ],
      [
        'a body that is too long',
        () => post('x'.repeat(20_000)),
        /^(HTTP\/1.1 400|$)/,
        /more than 16384 bytes/,
      ],
      ['plaintext', () => plain(joinAddress), /^$/, /^speaks HTTP, and not TLS$/],
      [
        'an old TLS',
        () => heard(connect({ ...ends(joinAddress), maxVersion: 'TLSv1.2', rejectUnauthorized: false }), ''),
        /^$/,
        /older TLS/,
      ],
    ])('%s', async (_name, play, answer, reason) => {
      expect(await play()).toMatch(answer);
      await logged({ msg: 'a join was refused', reason });
      await goesOn();
    });

    test('guessing: after ten failures the replies explain nothing, and a valid token still works', async () => {
      for (let guess = 0; guess < 12; guess++) await post('{}');
      expect(await post('{}')).toMatch(/^HTTP\/1.1 429 [^]*"code":"resource_exhausted"/);
      await logged({ msg: 'a join was refused', reason: /^too many joins from this address were refused/ });
      expect(await host(await create({ kind: 'join' }))).toMatchObject({ pool: `host${hosts}` });
      await goesOn();
    });

    test('too many connections', async () => {
      const sockets = Array.from({ length: 20 }, () => createConnection(ends(joinAddress)));
      for (const socket of sockets) socket.on('error', () => undefined);
      await logged({ msg: 'a join was refused', reason: /^too many connections at a time$/ });
      for (const socket of sockets) socket.destroy();
      await vi.waitFor(goesOn, { timeout: 5000 });
    });
  });

  test('slow ones: half a greeting, and headers with a byte per second', async () => {
    await slow;
    const handshake = /^did not finish the TLS handshake in time$/;
    await logged({ msg: 'refused', reason: handshake });
    await logged({ msg: 'a join was refused', reason: handshake });
    await logged({ msg: 'refused', reason: /did not arrive in time/ });
    await logged({ msg: 'a join was refused', reason: /no well-formed HTTP in time/ });
    await goesOn();
  }, 30_000);
});
