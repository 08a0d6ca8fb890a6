// Aim: hosts are sent what changed in a network, and have exactly what they are to have nevertheless, whoever sends, whatever
// is lost, and also after a restore of etcd. Method: one or two controllers' books over a store in memory, and the agents'
// reconcilers over hosts in memory, in random histories; and the messages of one move.
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { checkNetworks } from '../../agent/networks/desired.js';
import { NetworkReconciler } from '../../agent/networks/reconciler.js';
import type { NetworkState } from '../../agent/networks/state-file.js';
import { systemClock } from '../../common/async/clock.js';
import { CopaError } from '../../common/errors.js';
import { macOf } from '../../common/net/networks.js';
import type { AgentCaller } from '../../controller/hosts/methods.js';
import type { LeaseRecord } from '../../controller/model/network.js';
import { NetworkBook } from '../../controller/networks/book.js';
import { networksMatter, stationsSince } from '../../controller/networks/desired.js';
import { Distribution } from '../../controller/networks/distribution.js';
import { keys } from '../../controller/store/keys.js';
import type { HostNetwork } from '../../proto/gen/copa/agent/v1/HostNetwork.js';
import { MemoryKeys } from '../support/fakes/memory-keys.js';
import { NetworkHost } from '../support/fakes/network-host.js';
import { MemoryStore } from '../support/memory-store.js';

const pools = ['one', 'two', 'three'] as const;
const clock = { ...systemClock, every: () => () => undefined };
const settled = () => new Promise((done) => setTimeout(done, 0));

/** One host and its agent, which can be killed, and whose answers can be lost. */
class Agent {
  readonly host: NetworkHost;
  #state: NetworkState = { networks: [], made: [] };
  #reconciler: NetworkReconciler;
  /** What it was sent. */
  readonly sent: HostNetwork[][] = [];
  losesReplies = false;

  constructor(readonly underlay: string) {
    this.host = new NetworkHost(underlay);
    this.#reconciler = this.#fresh();
  }

  #fresh(): NetworkReconciler {
    return new NetworkReconciler({
      ...{
        run: this.host.run,
        lxd: this.host.lxd,
        keys: new MemoryKeys(),
        clock,
        log: pino({ level: 'silent' }),
      },
      file: {
        read: () => Promise.resolve({ ...this.#state, refused: [] }),
        write: (next) => Promise.resolve(void (this.#state = next)),
      },
    });
  }

  async restart(): Promise<void> {
    this.#reconciler = this.#fresh();
    await this.#reconciler.start();
    await this.#reconciler.close();
  }

  get caller(): AgentCaller {
    const call = async (_: string, { networks, generation }: { networks: never[]; generation: number }) => {
      this.sent.push(networks);
      const reply = await this.#reconciler.apply(networks, generation);
      if (this.losesReplies) throw new CopaError('deadline_exceeded', 'no answer');
      return reply;
    };
    return { call } as unknown as AgentCaller;
  }

  get entries(): readonly string[] {
    const tables = [...this.host.forwarding.values()].flat().filter(({ dst }) => dst !== undefined);
    return tables.map(({ mac, dst }) => `${mac} ${dst ?? ''}`).sort();
  }
}

function fleet() {
  const store = new MemoryStore();
  const agents = new Map(pools.map((pool, at) => [pool, new Agent(`192.0.2.${at + 1}`)]));
  const put = (address: string, record: LeaseRecord) => store.put(keys.lease('lan', address), record);
  store.put(keys.network('lan'), {
    ...{ name: 'lan', subnet: '10.50.0.0/24', vni: 5000, mtu: 1450, pools: 'all' },
    ...{ isDeleted: false, createdAt: '' },
  });
  const join = (pool: (typeof pools)[number], isLeaving = false) => {
    const at = pools.indexOf(pool);
    const underlay = agents.get(pool)?.underlay ?? '';
    put(`10.50.0.${254 - at}`, { kind: 'host', pool, underlay, isLeaving });
  };
  const place = (last: number, pool: string) => {
    const address = `10.50.0.${last}`;
    const mac = macOf(address);
    put(address, {
      ...{ kind: 'container', container: `c${last}`, pool, mac },
      ...{ device: 'eth0', isSeen: true, at: '2026-01-01' },
    });
  };
  const controller = () => {
    const book = new NetworkBook(() => undefined);
    book.follow(store as never);
    const host = (pool: string) => agents.get(pool as never)?.caller;
    const distribution = new Distribution({
      ...networksMatter(() => Promise.resolve()),
      book,
      host,
      isUp: () => true,
      clock,
    });
    return { book, distribution };
  };
  for (const pool of pools) join(pool);
  return { store, agents, join, place, controller };
}

/** What a host's tables are to have, from all that the book has. */
function wantedOn(book: NetworkBook, pool: string): readonly string[] {
  const { stations } = stationsSince(book, { network: 'lan', pool, since: 0 });
  return stations.map(({ mac, underlay }) => `${mac ?? ''} ${underlay ?? ''}`).sort();
}

describe('a move', () => {
  test('sends each host its one change, and to the host of the container that it is gone', async () => {
    const { store, agents, place, controller } = fleet();
    for (let last = 2; last < 100; last++) place(last, 'one');
    const { distribution } = controller();
    store.ready();
    expect(await distribution.deliver(1_000)).toEqual([]);
    place(7, 'two');
    await settled();
    expect(await distribution.deliver(1_000)).toEqual([]);
    const moved = { address: '10.50.0.7', mac: macOf('10.50.0.7'), underlay: '192.0.2.2', isHost: false };
    const lastOf = (pool: (typeof pools)[number]) => agents.get(pool)?.sent.at(-1)?.[0];
    expect(lastOf('one')).toMatchObject({ stations: [moved], gone: [] });
    expect(lastOf('two')).toMatchObject({ stations: [], gone: ['10.50.0.7'] });
    expect(agents.get('three')?.host.changes.at(-1)).toBe(
      'bridge fdb replace 02:c0:0a:32:00:07 dev cvx5000 self master dst 192.0.2.2 static',
    );
    expect([...agents.values()].map(({ sent }) => sent.length)).toEqual([2, 2, 2]);
  });

  test('to an agent that has restarted sends all of it again', async () => {
    const { store, agents, place, controller } = fleet();
    for (let last = 2; last < 10; last++) place(last, 'one');
    const { book, distribution } = controller();
    store.ready();
    await distribution.deliver(1_000);
    await agents.get('three')?.restart();
    place(7, 'two');
    await settled();
    expect(await distribution.deliver(1_000)).toEqual([]);
    const sent = agents.get('three')?.sent.map(([network]) => network?.stations?.length);
    expect(sent).toEqual([10, 1, 10]);
    expect(agents.get('three')?.entries).toEqual(wantedOn(book, 'three'));
  });
});

test('changes of what a host never had are refused, and change nothing', async () => {
  const { agents, place, store, controller } = fleet();
  place(7, 'one');
  const { book, distribution } = controller();
  store.ready();
  await distribution.deliver(1_000);
  const agent = agents.get('two') as Agent;
  const [network] = agent.sent[0] ?? [];
  const send = (since: number, generation: number) =>
    agent.caller.call(
      'ApplyNetworks',
      { networks: [{ ...network, stations: [], since }], generation },
      {
        deadlineMs: 1,
      },
    );
  expect(await send(book.revision + 5, book.revision + 5)).toMatchObject({ needsAll: true });
  expect(await send(book.revision, book.revision + 1)).toMatchObject({ needsAll: false });
  // Another controller is behind: its changes end before what this host has.
  expect(await send(book.revision, book.revision)).toMatchObject({ generation: book.revision + 1 });
  expect(agent.entries).toEqual(wantedOn(book, 'two'));
  expect(() => checkNetworks([{ ...network, since: 1 }])).toThrow('are not whole');
});

const event = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('place' as const),
      last: fc.integer({ min: 2, max: 9 }),
      pool: fc.constantFrom(...pools),
    }),
  },
  fc.record({ do: fc.constant('free' as const), last: fc.integer({ min: 2, max: 9 }) }),
  fc.record({ do: fc.constantFrom('leave' as const, 'join' as const), pool: fc.constantFrom(...pools) }),
  fc.record({
    do: fc.constantFrom('restart' as const, 'lose' as const, 'find' as const),
    pool: fc.constantFrom(...pools),
  }),
  fc.record({ do: fc.constant('read anew' as const) }),
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('send' as const), controller: fc.constantFrom(0, 1) }),
  },
);

test('whatever happens, hosts have what they are to have once somebody has sent it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
      const { store, agents, place, join, controller } = fleet();
      const controllers = [controller(), controller()];
      store.ready();
      for (const each of events) {
        if (each.do === 'place') place(each.last, each.pool);
        else if (each.do === 'free') store.remove(keys.lease('lan', `10.50.0.${each.last}`));
        else if (each.do === 'leave' || each.do === 'join') join(each.pool, each.do === 'leave');
        else if (each.do === 'restart') await agents.get(each.pool)?.restart();
        else if (each.do === 'lose' || each.do === 'find')
          Object.assign(agents.get(each.pool) as Agent, { losesReplies: each.do === 'lose' });
        else if (each.do === 'read anew') store.ready();
        else {
          await settled();
          await controllers['controller' in each ? each.controller : 0]?.distribution.deliver(1_000);
        }
      }
      await settled();
      for (const agent of agents.values()) agent.losesReplies = false;
      const [first] = controllers;
      if (!first) return;
      expect(await first.distribution.deliver(1_000)).toEqual([]);
      for (const [pool, agent] of agents) {
        const isIn = first.book.hosts('lan').some(({ record }) => record.pool === pool && !record.isLeaving);
        expect(agent.entries).toEqual(isIn ? wantedOn(first.book, pool) : []);
      }
    }),
    { numRuns: 150 },
  );
});
