// Aim: all pairs of few pools measure their links, and of many a stable sample; agents are sent their peers once, and again
// after a start. Method: pure plans; agents as functions.
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LinkPeers } from '../../controller/links/link-peers.js';
import { neighboursMax, planLinks, type LinkPairs } from '../../controller/links/plan.js';
import { CopaError } from '../../common/errors.js';
import { HostState } from '../../controller/inventory/host-state.js';
import { Statuses } from '../../controller/inventory/containers.js';
import type { LinkPeer } from '../../proto/gen/copa/agent/v1/LinkPeer.js';

const pools = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    name: `pool${at}`,
    labels: { site: at % 2 === 0 ? 'a' : 'b' },
  }));

describe('the plan', () => {
  test('is all pairs of up to 20 pools', () => {
    const plan = planLinks(pools(20), 'auto');
    expect([...plan.values()].map((peers) => peers.length)).toEqual(Array(20).fill(19));
    expect(plan.get('pool3')).not.toContain('pool3');
  });

  test('is 8 neighbours of each of more, and one that leaves changes few', () => {
    const before = planLinks(pools(200), 'auto');
    expect([...before.values()].every((peers) => peers.length === neighboursMax)).toBe(true);
    const after = planLinks(pools(199), 'auto');
    const changed = [...after].filter(([name, peers]) => peers.join() !== before.get(name)?.join());
    expect(changed.length).toBeLessThan(30);
    const degree = new Map<string, number>();
    for (const peers of before.values())
      for (const peer of peers) degree.set(peer, (degree.get(peer) ?? 0) + 1);
    expect(Math.max(...degree.values())).toBeLessThan(40);
  });

  test('is quick for a thousand', () => {
    const started = performance.now();
    planLinks(pools(1000), 'auto');
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('keeps to pools with the same label, or is empty', () => {
    const plan = planLinks(pools(10), { label: 'site' });
    expect(plan.get('pool0')).toEqual(['pool2', 'pool4', 'pool6', 'pool8']);
    expect(planLinks(pools(10), { label: 'rack' }).size).toBe(0);
    expect(planLinks(pools(10), 'off').size).toBe(0);
  });
});

describe('peers', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  const setUp = (pairs: LinkPairs = 'auto', count = 3) => {
    const states = pools(count).map(({ name }, at) => {
      const state = new HostState(name, `10.0.0.${at + 1}`, new Statuses(), 0);
      state.state = 'up';
      state.probePort = 8001 + at;
      return state;
    });
    const calls: { readonly pool: string; readonly peers: readonly LinkPeer[] }[] = [];
    const failing = new Set<string>();
    const peers = new LinkPeers({
      inventory: { all: () => states },
      host: (name) => {
        const state = states.find((each) => each.name === name);
        return state && { name, address: state.address, addedAt: 'then', revision: 1 };
      },
      agentOf: ({ name }) => ({
        call: (_method, request) => {
          if (failing.has(name)) return Promise.reject(new CopaError('unavailable', 'it is off'));
          calls.push({ pool: name, peers: (request as { peers: LinkPeer[] }).peers });
          return Promise.resolve({} as never);
        },
      }),
      secret: () => Buffer.alloc(32, 1),
      ...{ pairs, agentPort: 8001, log: pino({ level: 'silent' }) },
    });
    return { states, calls, failing, peers };
  };

  test('come once to each agent, with the same key at both ends', async () => {
    const { calls, peers } = setUp();
    peers.changed();
    peers.changed();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(calls.map(({ pool }) => pool).sort()).toEqual(['pool0', 'pool1', 'pool2']);
    const keyOf = (pool: string, peer: string) =>
      calls
        .find((call) => call.pool === pool)
        ?.peers.find((each) => each.pool === peer)
        ?.key?.toString('hex');
    expect(keyOf('pool0', 'pool1')).toBe(keyOf('pool1', 'pool0'));
    expect(keyOf('pool0', 'pool1')).not.toBe(keyOf('pool0', 'pool2'));
    expect(calls[0]?.peers[0]).toMatchObject({ address: '10.0.0.2', port: 8002, isProbed: true });
    peers.changed();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls.length).toBe(3);
    peers.answered('pool1');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(calls.slice(3).map(({ pool }) => pool)).toEqual(['pool1']);
    peers.close();
  });

  test('come later to an agent that did not answer, and not to one without a port', async () => {
    const { calls, failing, peers, states } = setUp();
    const [, , off] = states;
    if (off) off.probePort = 0;
    failing.add('pool1');
    peers.changed();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(calls.map(({ pool }) => pool)).toEqual(['pool0']);
    expect(calls[0]?.peers.map(({ pool }) => pool)).toEqual(['pool1']);
    failing.clear();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls.map(({ pool }) => pool)).toEqual(['pool0', 'pool1']);
    peers.close();
  });

  test('are none when links are not to be measured', async () => {
    const { calls, peers } = setUp('off');
    peers.changed();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(calls.map((call) => call.peers)).toEqual([[], [], []]);
    peers.close();
  });

  test('of a neighbour that does not measure the link back only get replies', async () => {
    const { calls, peers } = setUp('auto', 60);
    peers.changed();
    await vi.advanceTimersByTimeAsync(1_000);
    for (const call of calls)
      expect(call.peers.filter(({ isProbed }) => isProbed).length).toBe(neighboursMax);
    const asked = calls.flatMap((call) => call.peers.map((peer) => ({ from: call.pool, ...peer })));
    for (const { from, pool, isProbed } of asked.filter((each) => each.isProbed)) {
      expect(isProbed).toBe(true);
      expect(asked.some((each) => each.from === pool && each.pool === from)).toBe(true);
    }
    peers.close();
  });
});
