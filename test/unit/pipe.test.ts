// Aim: one daemon's data on a bulk channel arrives at the other one complete and in its own frames, however the
// network cuts it. Method: real websocket servers on unix sockets as daemons, two real pipes with real TLS between.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createPlainServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { LxdClient } from '../../agent/lxd/client.js';
import { frameHeaderBytes } from '../../agent/transport/frames.js';
import { Masker } from '../../agent/transport/masker.js';
import { Pipe } from '../../agent/transport/pipe.js';

describe('masking', () => {
  /** A server's frame of a given size, and the client's equivalent. */
  const frame = (first: number, bytes: number) => {
    const payload = Buffer.alloc(bytes, first);
    const length =
      bytes < 126
        ? Buffer.from([bytes])
        : bytes < 65_536
          ? Buffer.from([126, bytes >> 8, bytes & 0xff])
          : Buffer.concat([
              Buffer.from([127]),
              Buffer.from(BigInt(bytes).toString(16).padStart(16, '0'), 'hex'),
            ]);
    const masked = Buffer.from(length);
    masked[0] = (masked[0] ?? 0) | 0x80;
    return {
      server: Buffer.concat([Buffer.from([first]), length, payload]),
      client: Buffer.concat([Buffer.from([first]), masked, Buffer.alloc(4), payload]),
    };
  };

  it('changes headers only, wherever the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.constantFrom(0x82, 0x02, 0x80, 0x81), fc.constantFrom(0, 1, 125, 126, 4096, 65_536)),
          {
            minLength: 1,
            maxLength: 8,
          },
        ),
        fc.array(fc.integer({ min: 1, max: 5000 })),
        (sizes, cuts) => {
          const frames = sizes.map(([first, bytes]) => frame(first, bytes));
          const stream = Buffer.concat(frames.map(({ server }) => server));
          const masker = new Masker();
          const out: Buffer[] = [];
          for (let at = 0, next = 0; at < stream.length; next++) {
            const end = at + (cuts[next] ?? stream.length);
            out.push(...masker.push(stream.subarray(at, end)));
            at = end;
          }
          expect(Buffer.concat(out).equals(Buffer.concat(frames.map(({ client }) => client)))).toBe(true);
          expect(masker.betweenFrames).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('refuses a frame that is masked already', () => {
    expect(() => new Masker().push(Buffer.from([0x82, 0x81]))).toThrow('masked');
  });
});

describe('a pipe', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'copa-pipe-'));
    const options = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=pipe';
    execFileSync('openssl', ['req', ...options.split(' '), '-keyout', 'key', '-out', 'cert'], {
      cwd: directory,
      stdio: 'ignore',
    });
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** A daemon's operation websocket, and the raw socket that an agent opened to it. */
  async function daemon(name: string) {
    const socketPath = join(directory, name);
    const http = createHttpServer().listen(socketPath);
    const server = new WebSocketServer({ server: http, perMessageDeflate: false });
    const accepted = once(server, 'connection') as Promise<[WebSocket]>;
    const bare = await new LxdClient(socketPath).bareWebsocket('operation', 'secret', frameHeaderBytes);
    const [said] = await accepted;
    return { said, bare, close: () => http.close() };
  }

  async function tlsPair(): Promise<[TLSSocket, TLSSocket]> {
    const [key, cert] = [readFileSync(join(directory, 'key')), readFileSync(join(directory, 'cert'))];
    const server = createServer({ key, cert }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const arrived = once(server, 'secureConnection') as Promise<[TLSSocket]>;
    const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    const [there] = await arrived;
    server.close();
    return [client, there];
  }

  async function joined(packZeros = false) {
    const [one, other, [here, there]] = await Promise.all([daemon('one'), daemon('other'), tlsPair()]);
    const broken: string[] = [];
    let moved = 0;
    const events = {
      moved: (bytes: number) => void (moved += bytes),
      received: () => undefined,
      broken: (error: Error) => void broken.push(error.message),
      packZeros,
    };
    const pipes = [new Pipe('fs', one.bare, here, events), new Pipe('fs', other.bare, there, events)];
    const down = () => {
      for (const pipe of pipes) pipe.close();
      one.close();
      other.close();
    };
    return { one: one.said, other: other.said, broken, moved: () => moved, down };
  }

  it('carries runs of zeros of every length, packed or not, and nothing else becomes one', async () => {
    for (const packZeros of [true, false]) {
      const { one, other, broken, down } = await joined(packZeros);
      const got: Buffer[] = [];
      other.on('message', (data: Buffer) => got.push(data));
      const sent = [1, 4095, 4096, 8191, 8192, 12_289, 300_000].flatMap((bytes) => [
        Buffer.alloc(bytes),
        Buffer.concat([Buffer.from('a'), Buffer.alloc(bytes), Buffer.from('b'), Buffer.alloc(bytes)]),
        Buffer.alloc(bytes, 'x'),
      ]);
      for (const message of sent) one.send(message);
      await expect.poll(() => got.length).toBe(sent.length);
      expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true);
      expect(broken).toEqual([]);
      down();
    }
  });

  it('carries messages of every size in both directions, including text and empty ones', async () => {
    const { one, other, broken, down } = await joined();
    const got: [string, boolean][] = [];
    other.on('message', (data: Buffer, binary) => got.push([data.toString('latin1'), binary]));
    const sent = [1, 125, 126, 4096, 32_768, 70_000, 1_000_000].map((bytes) => 'x'.repeat(bytes));
    for (const text of sent) one.send(Buffer.from(text), { binary: true });
    one.send('', { binary: false });
    const back = once(one, 'message');
    other.send('back', { binary: false });
    expect(String((await back)[0])).toBe('back');
    await expect.poll(() => got.length).toBe(sent.length + 1);
    expect(got).toEqual([...sent.map((text) => [text, true]), ['', false]]);
    expect(broken).toEqual([]);
    down();
  });

  it("slows a daemon down to the other one's pace, and loses nothing", async () => {
    const { one, other, moved, down } = await joined();
    other.pause();
    const piece = Buffer.alloc(32_768, 1);
    const pieces = 1500;
    let taken = 0;
    for (let n = 0; n < pieces; n++) one.send(piece, { binary: true }, () => taken++);
    await expect
      .poll(
        async () => {
          const before = moved();
          await new Promise((resolve) => setTimeout(resolve, 200));
          return moved() > 0 && moved() === before;
        },
        { timeout: 10_000 },
      )
      .toBe(true);
    expect(taken).toBeLessThan(pieces);
    let arrived = 0;
    other.on('message', (data: Buffer) => (arrived += data.length));
    other.resume();
    await expect.poll(() => arrived, { timeout: 10_000 }).toBe(pieces * piece.length);
    down();
  });

  it.each(['close', 'terminate'] as const)("tells a daemon's %s to the other daemon", async (how) => {
    const { one, other, broken, down } = await joined();
    const closed = once(other, 'close');
    one[how]();
    const [code] = (await closed) as [number];
    expect(how === 'terminate' ? code : [1000, 1005].includes(code)).toBe(how === 'terminate' ? 1000 : true);
    expect(broken).toEqual([]);
    down();
  });

  it('reports a daemon that refuses its websocket, and a server that is no daemon, without the secret', async () => {
    const refusing = join(directory, 'refusing');
    const http = createHttpServer((_request, response) => response.writeHead(404).end()).listen(refusing);
    await expect(new LxdClient(refusing).bareWebsocket('o', 's3cret', 0)).rejects.toThrow(
      /refused.*HTTP 404$/,
    );
    http.close();
    const rude = join(directory, 'rude');
    const plain = createPlainServer((socket) => socket.destroy()).listen(rude);
    await expect(new LxdClient(rude).bareWebsocket('o', 's3cret', 0)).rejects.toThrow(/^the daemon refused/);
    plain.close();
  });
});
