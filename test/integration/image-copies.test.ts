// Aim: an image comes from a pool that has it: once for all who want it, unchanged or not at all, with its aliases,
// from agent to agent or through the controller, also with two controllers, and never into a host that is full.
// Method: real agents with real TLS over daemons that keep images in memory; the use case as it is.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { TlsIdentity } from '../../common/pki/tls-identity.js';
import { AgentClient, type HostCalls } from '../../controller/hosts/client.js';
import { Relay } from '../../controller/migration/relay.js';
import { CertificateAuthority } from '../../controller/pki/certificate-authority.js';
import { ImageCopies } from '../../controller/images/image-copies.js';
import { Images } from '../../controller/images/images.js';
import { startAgent, type RunningAgent } from '../support/fakes/agent.js';
import { failure, sync, type Answer } from '../support/fakes/lxd.js';
import { failureOf } from '../support/failures.js';

const log = pino({ level: 'silent' });
const undo: (() => Promise<void> | void)[] = [];
let authority: CertificateAuthority;

beforeAll(async () => {
  ({ authority } = await CertificateAuthority.create('ours'));
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Stored {
  readonly content: Buffer;
  readonly properties: string;
  readonly size?: number;
  readonly architecture?: string;
}

const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** A daemon that keeps images. It refuses a content with another fingerprint, as LXD and Incus do. */
class ImageDaemon {
  readonly images = new Map<string, Stored>();
  readonly aliases = new Map<string, string>();
  uploads = 0;
  exports = 0;
  /** Uploads wait for this before they are read. */
  mayRead: Promise<unknown> = Promise.resolve();
  /** What an export sends; by default the content. */
  exported = (content: Buffer): Readable =>
    Readable.from([content.subarray(0, 1000), content.subarray(1000)]);

  constructor(private readonly server: 'lxd' | 'incus') {}

  add(text: string, aliases: readonly string[] = [], more: Partial<Stored> = {}): string {
    const content = Buffer.from(text.repeat(1000));
    const fingerprint = hashOf(content);
    this.images.set(fingerprint, { content, properties: 'os=Tiny', ...more });
    for (const alias of aliases) this.aliases.set(alias, fingerprint);
    return fingerprint;
  }

  readonly answer = ({ method, path, body }: { method: string; path: string; body: unknown }): Answer => {
    if (path === '/1.0') return sync(this.#describe());
    if (path.startsWith('/1.0/images?')) return sync(this.#list());
    const [, exported] = /^\/1\.0\/images\/(\w+)\/export$/.exec(path) ?? [];
    const stored = this.images.get(exported ?? '');
    if (stored) {
      this.exports++;
      const type = 'multipart/form-data; boundary=x';
      return { body: null, file: { type, content: this.exported(stored.content) } };
    }
    if (method === 'POST' && path === '/1.0/images/aliases') {
      const { name, target } = body as { name: string; target: string };
      this.aliases.set(name, target);
      return sync(null);
    }
    if (path.startsWith('/1.0/operations/')) {
      return sync({ id: 'x', status: 'Success', err: '', description: '' });
    }
    return failure(404, 'not found');
  };

  readonly upload = async (request: IncomingMessage): Promise<Answer> => {
    this.uploads++;
    await this.mayRead;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const content = Buffer.concat(parts);
    const vendor = this.server === 'lxd' ? 'x-lxd' : 'x-incus';
    const fingerprint = String(request.headers[`${vendor}-fingerprint`]);
    if (hashOf(content) !== fingerprint) return failure(500, "fingerprints don't match");
    expect(request.headers['content-type']).toBe('multipart/form-data; boundary=x');
    this.images.set(fingerprint, { content, properties: String(request.headers[`${vendor}-properties`]) });
    return { status: 202, body: { type: 'async', metadata: { id: 'x', status: 'Running' } } };
  };

  #describe() {
    const environment = { server: this.server, server_version: '5.0', architectures: ['x86_64', 'i686'] };
    return { api_extensions: [], environment };
  }

  #list() {
    return [...this.images].map(([fingerprint, { content, properties, size, architecture }]) => ({
      fingerprint,
      aliases: [...this.aliases].filter(([, of]) => of === fingerprint).map(([name]) => ({ name })),
      size: size ?? content.length,
      architecture: architecture ?? 'x86_64',
      type: 'container',
      properties: Object.fromEntries(new URLSearchParams(properties)),
    }));
  }
}

interface FakePool {
  readonly daemon: ImageDaemon;
  readonly agent: RunningAgent;
}

async function startPool(name: string, server: 'lxd' | 'incus' = 'lxd'): Promise<FakePool> {
  const daemon = new ImageDaemon(server);
  const agent = await startAgent(await authority.issue({ role: 'agent', name }), daemon.answer);
  agent.fake.onUpload = daemon.upload;
  undo.push(() => agent.stop());
  return { daemon, agent };
}

/** The use case of one controller. `wrapped` changes what its calls do. */
async function controllerOf(
  agents: Readonly<Record<string, RunningAgent>>,
  wrapped: (calls: AgentClient) => HostCalls = (calls) => calls,
): Promise<ImageCopies> {
  const identity = new TlsIdentity(await authority.issue({ role: 'controller', name: 'c' }));
  const clients = new Map(
    Object.entries(agents).map(([pool, { address }]) => {
      const client = new AgentClient({ pool, address, pools: 2 }, identity);
      undo.push(() => client.close());
      return [pool, client] as const;
    }),
  );
  const hosts = [...clients.keys()].map((name) => ({ name, address: '', addedAt: '', revision: 1 }));
  const pools = {
    list: () => Promise.resolve(hosts),
    get: (name: string) => Promise.resolve(hosts.find((host) => host.name === name) as (typeof hosts)[0]),
  };
  const host = ({ name }: { readonly name: string }) => wrapped(clients.get(name) as AgentClient);
  const images = new Images(pools, { host, lastSeen: () => undefined });
  return new ImageCopies({
    ...{ images, pools, directory: { host }, relay: new Relay(identity), log },
    isDown: () => false,
  });
}

const mayReach = () => true;

describe('an image', () => {
  test.each([
    ['lxd', 'incus'],
    ['incus', 'lxd'],
  ] as const)('comes from %s to %s, with its aliases and properties', async (from, to) => {
    const [one, two] = [await startPool('one', from), await startPool('two', to)];
    const fingerprint = one.daemon.add('tiny', ['tiny', 'small', 'other']);
    const other = two.daemon.add('another image', ['other']);
    const copies = await controllerOf({ one: one.agent, two: two.agent });
    expect(await copies.copy({ image: 'tiny', to: 'two', mayReach })).toMatchObject({
      ...{ copied: true, fingerprint, from: 'one', bytes: 4000 },
      ...{ aliasesAdded: ['tiny', 'small'], aliasesTaken: ['other'] },
    });
    expect(two.daemon.images.get(fingerprint)?.properties).toBe('os=Tiny');
    expect(two.daemon.aliases.get('other')).toBe(other);
    const start = fingerprint.slice(0, 12);
    expect(await copies.copy({ image: start, to: 'two', mayReach })).toMatchObject({ copied: false });
    expect(one.daemon.exports).toBe(1);
  });

  test('is copied once for ten at once, and for two controllers', async () => {
    const [one, two] = [await startPool('one'), await startPool('two')];
    one.daemon.add('tiny', ['tiny']);
    let read: () => void = () => undefined;
    two.daemon.mayRead = new Promise<void>((resolve) => (read = resolve));
    const agents = { one: one.agent, two: two.agent };
    let isShared = false;
    const a = await controllerOf(agents);
    const b = await controllerOf(agents, (calls) => ({
      pool: calls.pool,
      address: calls.address,
      call: calls.call.bind(calls),
      stream: (method, request, options) =>
        calls.stream(method, request, {
          ...options,
          onEvent: (event) => {
            isShared = true;
            options.onEvent(event);
          },
        }),
    }));
    const first = Array.from({ length: 5 }, () => a.copy({ image: 'tiny', to: 'two', mayReach }));
    await vi.waitFor(() => expect(two.daemon.uploads).toBe(1));
    const second = Array.from({ length: 5 }, () => b.copy({ image: 'tiny', to: 'two', mayReach }));
    // By its progress, the second controller has joined the copy of the first one.
    await vi.waitFor(() => expect([one.daemon.exports, isShared]).toEqual([1, true]), 20_000);
    read();
    const all = await Promise.all([...first, ...second]);
    expect(all.every(({ aliasesAdded }) => aliasesAdded.includes('tiny'))).toBe(true);
    expect([one.daemon.exports, two.daemon.uploads]).toEqual([1, 1]);
  });

  test('comes through the controller when the agents do not reach each other', async () => {
    const [one, two] = [await startPool('one'), await startPool('two')];
    const fingerprint = one.daemon.add('tiny', ['tiny']);
    const copies = await controllerOf({ one: one.agent, two: two.agent }, (calls) => ({
      pool: calls.pool,
      address: calls.address,
      stream: calls.stream.bind(calls),
      call: (method, request, options) =>
        method === 'ProbeStream'
          ? calls.call('ProbeStream', { address: '127.0.0.1:1', pool: 'two' }, options).then(() => {
              throw new Error('nobody listens there');
            })
          : calls.call(method, request, options),
    }));
    expect(await copies.copy({ image: 'tiny', to: 'two', mayReach })).toMatchObject({ copied: true });
    expect(two.daemon.images.has(fingerprint)).toBe(true);
  });

  test('does not arrive changed, nor in part', async () => {
    const [one, two] = [await startPool('one'), await startPool('two')];
    one.daemon.add('tiny', ['tiny']);
    const copies = await controllerOf({ one: one.agent, two: two.agent });
    const copy = () => failureOf(() => copies.copy({ image: 'tiny', to: 'two', mayReach }));
    one.daemon.exported = (content) => Readable.from([Buffer.alloc(content.length)]);
    expect(await copy()).toMatch(/^internal: .*fingerprints don't match/);
    one.daemon.exported = (content) => Readable.from([content.subarray(0, 2000)]);
    expect(await copy()).toMatch(/^aborted: .*the stream ended after 2000 of 4000 bytes/);
    one.daemon.exported = () => Readable.from([Buffer.alloc(3_000_000)]);
    expect(await copy()).toMatch(/^failed_precondition: .*the source sends more than the 4000 bytes of it/);
    expect(two.daemon.images.size).toBe(0);
    one.daemon.exported = (content) => Readable.from([content]);
    expect(await copies.copy({ image: 'tiny', to: 'two', mayReach })).toMatchObject({ copied: true });
  });

  test('comes from another pool when the stream of one breaks', async () => {
    const [one, two, three] = [await startPool('one'), await startPool('two'), await startPool('three')];
    one.daemon.add('tiny', ['tiny']);
    three.daemon.add('tiny', ['tiny']);
    one.daemon.exported = () =>
      new Readable({
        read() {
          this.destroy(new Error('the disk is broken'));
        },
      });
    const copies = await controllerOf({ one: one.agent, three: three.agent, two: two.agent });
    expect(await copies.copy({ image: 'tiny', to: 'two', mayReach })).toMatchObject({ from: 'three' });
  });

  test('that does not fit is refused before it is sent', async () => {
    const [one, two] = [await startPool('one'), await startPool('two')];
    one.daemon.add('tiny', ['tiny'], { size: 2 ** 50 });
    mkdirSync(join(two.agent.directory, 'images'));
    const copies = await controllerOf({ one: one.agent, two: two.agent });
    expect(await failureOf(() => copies.copy({ image: 'tiny', to: 'two', mayReach }))).toMatch(
      /^failed_precondition: .*does not fit: the daemon's images need 2.0 PiB, and have room for/,
    );
    expect(one.daemon.exports).toBe(0);
  });

  test('that nobody has, that cannot run there, or that is out of reach, is not found', async () => {
    const [one, two] = [await startPool('one'), await startPool('two')];
    one.daemon.add('arm', ['arm'], { architecture: 'aarch64' });
    one.daemon.add('tiny', ['tiny']);
    const copies = await controllerOf({ one: one.agent, two: two.agent });
    const bring = (image: string, reaches = mayReach) =>
      copies.bring({ image, to: 'two', mayReach: reaches });
    expect(await bring('none')).toBeUndefined();
    expect(await bring('arm')).toBeUndefined();
    expect(await bring('tiny', () => false)).toBeUndefined();
    expect(await failureOf(() => copies.copy({ image: 'arm', to: 'two', mayReach }))).toBe(
      'not_found: no other pool has an image "arm" that pool "two" can take',
    );
  });

  test('ends when nobody waits for it any more', async () => {
    const two = await startPool('two');
    const identity = new TlsIdentity(await authority.issue({ role: 'controller', name: 'c' }));
    const host = new AgentClient({ pool: 'two', address: two.agent.address, pools: 1 }, identity);
    undo.push(() => host.close());
    const leave = new AbortController();
    const ready = once(leave.signal, 'abort');
    const image = {
      ...{ fingerprint: 'ab'.repeat(32), aliases: [], size: 1, architecture: 'x86_64', type: 'container' },
      properties: {},
    };
    const order = { image, ticket: 'cd'.repeat(32), sourcePool: 'one', relayed: false };
    const onEvent = () => leave.abort();
    const first = host.stream('ReceiveImage', order, { signal: leave.signal, onEvent });
    await ready;
    expect(await failureOf(() => first)).toMatch(/^cancelled/);
    // The next one is a copy of its own, so it is ready for a stream.
    await vi.waitFor(async () => {
      const again = new AbortController();
      const events: boolean[] = [];
      const next = host.stream('ReceiveImage', order, {
        signal: again.signal,
        onEvent: (event) => {
          events.push(event.ready);
          again.abort();
        },
      });
      await next.catch(() => undefined);
      expect(events).toEqual([true]);
    });
  });
});
