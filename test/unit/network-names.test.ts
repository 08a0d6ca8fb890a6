// Aim: a name resolves to the address of the container that was attached first, in its own network alone; whatever comes in
// as a question does no harm. Method: messages of DNS, and a book over a store in memory.
import { decode, encode, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { answerTo } from '../../agent/networks/names/answer.js';
import { checkNames } from '../../agent/networks/names/names.js';
import { NameServer } from '../../agent/networks/names/name-server.js';
import { dnsmasqLines, namesAddress } from '../../agent/networks/names/upstream.js';
import { systemClock } from '../../common/async/clock.js';
import { macOf, vniMax, vniMin } from '../../common/net/networks.js';
import { NetworkBook } from '../../controller/networks/book.js';
import { desiredNames, namesIn, namesMatter } from '../../controller/networks/names.js';
import { keys } from '../../controller/store/keys.js';
import type { Store } from '../../controller/store/store.js';
import { MemoryStore } from '../support/memory-store.js';

const addressOf = (name: string) => (name === 'web' ? '10.50.0.2' : undefined);
const question = (name: string, type: 'A' | 'AAAA' | 'TXT' = 'A') =>
  encode({ type: 'query', id: 7, flags: 256, questions: [{ name, type, class: 'IN' }] });
const asked = (...[name, type]: Parameters<typeof question>) => {
  const answer = answerTo(question(name, type), 'lan', addressOf);
  return decode(answer as Buffer) as unknown as Packet & { readonly rcode: string };
};

describe('a question', () => {
  test.each(['web', 'web.lan', 'WEB.Lan'])('%s has the address', (name) => {
    const { id, rcode, answers, questions } = asked(name);
    expect({ id, rcode, questions }).toMatchObject({ id: 7, rcode: 'NOERROR', questions: [{ name }] });
    expect(answers).toMatchObject([{ type: 'A', name, ttl: 5, data: '10.50.0.2' }]);
  });

  test.each(['AAAA', 'TXT'] as const)('%s of a name that exists has an empty answer', (type) => {
    expect(asked('web.lan', type)).toMatchObject({ rcode: 'NOERROR', answers: [] });
  });

  test.each(['nobody', 'nobody.lan', 'lan', 'web.shop', 'a.web.lan'])('%s has none', (name) => {
    expect(asked(name)).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
  });

  test('anything else does no harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        answerTo(Buffer.from(bytes), 'lan', addressOf);
      }),
      { numRuns: 2000 },
    );
    const answer = encode({ type: 'response', questions: [{ name: 'web', type: 'A' }] });
    expect(answerTo(answer, 'lan', addressOf)).toBeUndefined();
    expect(answerTo(Buffer.alloc(0), 'lan', addressOf)).toBeUndefined();
  });
});

test.each(['web.lan', 'a b', '-a', '', 'x'.repeat(64), 'web\nserver=1.2.3.4'])('%j is no name', (name) => {
  expect(() => checkNames([{ network: 'lan', name, address: '10.50.0.2' }])).toThrow('is not valid');
});

test('each network has an address of its own on loopback, and none that programs use', () => {
  const vni = fc.integer({ min: vniMin, max: vniMax });
  fc.assert(
    fc.property(vni, vni, (one, other) => {
      expect(namesAddress(one) === namesAddress(other)).toBe(one === other);
      expect(namesAddress(one)).not.toMatch(/^127\.0\.0\./);
    }),
  );
  expect(dnsmasqLines('lan', 5000)).toBe(
    'server=/lan/127.0.19.136#14789\nserver=//127.0.19.136#14789\ndomain=lan\ndhcp-ignore-names',
  );
});

describe('the names of a network', () => {
  const store = new MemoryStore();
  const put = (address: string, container: string, pool: string, at: string) =>
    store.put(keys.lease('lan', address), {
      ...{ kind: 'container', container, pool, mac: macOf(address), device: 'eth0', isSeen: true, at },
    });
  const record = { name: 'lan', subnet: '10.50.0.0/24', vni: 5000, mtu: 1450, pools: 'all' };
  store.put(keys.network('lan'), { ...record, isDeleted: false, createdAt: '' });
  for (const [index, pool] of ['h1', 'h2'].entries())
    store.put(keys.lease('lan', `10.50.0.${254 - index}`), {
      ...{ kind: 'host', pool, underlay: `192.0.2.${index + 1}`, isLeaving: false },
    });
  put('10.50.0.2', 'web', 'h1', '2026-01-02');
  put('10.50.0.3', 'WEB', 'h2', '2026-01-01');
  put('10.50.0.4', 'db', 'h2', '2026-01-03');
  const book = new NetworkBook(() => undefined);
  book.follow(store as unknown as Pick<Store, 'watch'>);
  store.ready();
  const settled = () => new Promise((done) => setTimeout(done, 1));

  test('are of those that were attached first', () => {
    expect(namesIn(book, 'lan')).toEqual([
      { network: 'lan', name: 'db', address: '10.50.0.4' },
      { network: 'lan', name: 'web', address: '10.50.0.3' },
    ]);
  });

  test('are one list for all hosts of it, which a move does not change', async () => {
    const before = desiredNames(book, 'h1');
    expect(desiredNames(book, 'h2')).toBe(before);
    expect(desiredNames(book, 'h9')).toEqual([]);
    put('10.50.0.4', 'db', 'h1', '2026-01-03');
    await settled();
    expect(desiredNames(book, 'h1')).toBe(before);
    store.remove(keys.lease('lan', '10.50.0.3'));
    await settled();
    expect(desiredNames(book, 'h1')).toContainEqual({ network: 'lan', name: 'web', address: '10.50.0.2' });
  });
});

describe('names that have not changed', () => {
  const server = () =>
    new NameServer({
      ...{ networks: () => [], clock: { ...systemClock, every: () => () => undefined }, log },
      file: {
        read: () => Promise.resolve([]),
        write: () => {
          writes++;
          return Promise.resolve();
        },
      },
    });
  let writes = 0;
  const log = pino({ level: 'silent' });
  const web = { network: 'lan', name: 'web', address: '10.50.0.2' };

  test('are not sent again, except to an agent that does not have them', async () => {
    const one = server();
    expect(await one.apply({ names: [], since: 5 }, 7)).toEqual({ generation: 0, needsAll: true });
    expect(await one.apply({ names: [web], since: 0 }, 7)).toEqual({ generation: 7, needsAll: false });
    expect(await one.apply({ names: [], since: 7 }, 9)).toEqual({ generation: 9, needsAll: false });
    // Another controller is behind.
    expect(await one.apply({ names: [], since: 7 }, 8)).toEqual({ generation: 9, needsAll: false });
    expect(writes).toBe(1);
  });

  test('need one short message of a controller', async () => {
    const sent: unknown[] = [];
    const call = (_: string, request: object) => {
      sent.push(request);
      return Promise.resolve({ generation: 9, needsAll: sent.length === 1 });
    };
    const wanted = [web];
    const send = (confirmed?: { wanted: (typeof web)[]; generation: number }) =>
      namesMatter.send({ call } as never, {
        book: {} as never,
        pool: 'h1',
        wanted,
        generation: 9,
        confirmed,
      });
    await send({ wanted, generation: 7 });
    await send({ wanted: [web], generation: 7 });
    expect(sent).toEqual([
      { names: [], since: 7, generation: 9 },
      { names: [web], since: 0, generation: 9 },
      { names: [web], since: 0, generation: 9 },
    ]);
  });
});
