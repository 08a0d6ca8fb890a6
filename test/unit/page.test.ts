// Aim: the page shows what the events say, wherever the network cuts them, and draws only what is visible. Method:
// the page's pure parts, without a browser.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ago, bytes, duration, percent, ratePair } from '../../page/model/format.js';
import { everything, shownContainers, type Facet } from '../../page/state/filter.js';
import { changeOf, poolOf, secondCopyOf, tallyOf, type Pool } from '../../page/state/fleet.js';
import { cardsInView, layOut, rowsInView, sizes } from '../../page/state/layout.js';
import { fractionOf, headingOf, stagesBehind } from '../../page/state/phases.js';
import { sentenceOf } from '../../page/state/sentence.js';
import { linePath, samplesMax, withSample } from '../../page/state/usage.js';
import { columnsOf, matrixOf } from '../../page/model/history.js';
import type { WireContainer, WireEvent, WireMigration } from '../../page/model/api-types.js';
import { machine } from '../../controller/migration/machine.js';
import { phaseFields } from '../../controller/migration/stages.js';
import { phases } from '../../controller/model/migration.js';

const at = '2026-05-01T10:00:00Z';

function container(name: string, more: Partial<WireContainer> = {}): WireContainer {
  return {
    name,
    status: 'Running',
    created_at: at,
    image: 'debian/12',
    addresses: ['10.0.0.9'],
    cpu_limit: null,
    memory_limit: null,
    snapshots: 0,
    labels: {},
    rules: {},
    migration: null,
    ...more,
  };
}

function pool(name: string, containers: readonly WireContainer[]): Pool {
  return poolOf({
    name,
    ip: '10.1.1.1',
    state: 'up',
    reason: null,
    since: at,
    daemon: 'lxd',
    daemon_version: '5.0.2',
    translations: { storage: {}, networks: {}, profiles: {} },
    labels: {},
    scheduling: 'active',
    containers,
  });
}

describe('the fleet', () => {
  const before = pool('alpha', [container('web10'), container('web2')]);
  const after = (event: WireEvent): Pool | undefined => {
    const change = changeOf(event, (name) => (name === 'alpha' ? before : undefined));
    return change?.kind === 'put' ? change.pool : undefined;
  };
  const names = (of: Pool | undefined) => of?.containers.map(({ name }) => name);

  test('is sorted in natural order, and stays so', () => {
    expect(names(before)).toEqual(['web2', 'web10']);
    const created = after({ type: 'container.created', at, pool: 'alpha', container: container('web3') });
    expect(names(created)).toEqual(['web2', 'web3', 'web10']);
  });

  test('a change replaces, a renaming moves, a deletion removes', () => {
    const stopped = container('web2', { status: 'Stopped' });
    const changed = after({ type: 'container.stopped', at, pool: 'alpha', container: stopped });
    expect(changed?.containers[0]).toBe(stopped);
    expect(changed && tallyOf(changed)).toEqual({ running: 1, stopped: 1, frozen: 0, other: 0 });
    const renamed = { type: 'container.renamed', at, pool: 'alpha', old_name: 'web2' } as const;
    expect(names(after({ ...renamed, container: container('xyz') }))).toEqual(['web10', 'xyz']);
    const deleted = { type: 'container.deleted', at, pool: 'alpha', container: { name: 'web2' } } as const;
    expect(names(after(deleted))).toEqual(['web10']);
  });

  test('a pool that goes down keeps its containers, with the reason', () => {
    const down = after({ type: 'pool.down', at, pool: 'alpha', reason: 'no answer' });
    expect(down).toMatchObject({
      state: 'down',
      reason: 'no answer',
      since: at,
      containers: before.containers,
    });
  });

  test('an event of a pool that is not known changes nothing', () => {
    expect(
      changeOf({ type: 'container.created', at, pool: 'beta', container: container('a') }, () => undefined),
    ).toBe(undefined);
  });
});

test.each([
  ['Running', undefined, undefined],
  ['Running', 'Stopped', 'stopped'],
  ['Stopped', 'Stopped', 'stopped'],
  ['Stopped', 'Running', 'stopped'],
  ['Frozen', 'Running', 'frozen'],
] as const)(
  'of a container that moves (%s, and its copy %s) the copy not counted is %s',
  (old, copy, kind) => {
    const move = { id: 'a1', container: 'web', new_name: 'web-b' };
    const source = pool('alpha', [container('web', { status: old, migration: 'a1' })]);
    const held = copy ? [container('web-b', { status: copy, migration: 'a1' })] : [];
    expect(secondCopyOf(move, source, pool('beta', [container('web-a'), ...held]))).toBe(kind);
    const other = pool('beta', [container('web-b', { migration: 'b2' })]);
    expect(secondCopyOf(move, source, other)).toBe(undefined);
  },
);

describe('search and filters', () => {
  const some = pool('alpha', [
    container('web'),
    container('db', { status: 'Stopped', addresses: ['10.9.9.9'] }),
  ]);
  const shown = (query: string, facet: Facet = 'all', moves: readonly string[] = []) =>
    shownContainers(some, { query, facet }, (_, name) => moves.includes(name))?.map(({ name }) => name);

  test('every word has to be found, in the container or its pool', () => {
    expect(shown('')).toEqual(['db', 'web']);
    expect(shown('alpha')).toEqual(['db', 'web']);
    expect(shown('alpha 10.9')).toEqual(['db']);
    expect(shown('WEB debian')).toEqual(['web']);
    expect(shown('web nowhere')).toBe(undefined);
  });

  test('labels are found, of containers and of pools', () => {
    const labelled = { ...pool('beta', [container('web', { labels: { app: 'shop' } })]), labels: ['rack=a'] };
    const found = (query: string) => shownContainers(labelled, { query, facet: 'all' }, () => false);
    expect([found('app=shop'), found('rack=a')].map((all) => all?.length)).toEqual([1, 1]);
    expect(found('rack=b')).toBe(undefined);
  });

  test('a facet shows its own', () => {
    expect(shown('', 'stopped')).toEqual(['db']);
    expect(shown('', 'moving', ['web'])).toEqual(['web']);
    expect(shown('', 'down')).toBe(undefined);
    expect(
      shownContainers({ ...some, state: 'down' }, { ...everything, facet: 'down' }, () => false),
    ).toHaveLength(2);
  });
});

describe('the layout', () => {
  const items = (amount: number, containers: number) =>
    Array.from({ length: amount }, (_, index) => ({ name: `p${index}`, containers, expanded: false }));

  test('no card overlaps another one, and all are inside', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ containers: fc.nat(60), expanded: fc.boolean() }), { maxLength: 40 }),
        fc.integer({ min: 300, max: 3000 }),
        (some, width) => {
          const board = layOut(
            some.map((item, index) => ({ ...item, name: `p${index}` })),
            width,
          );
          expect(board.cards).toHaveLength(some.length);
          for (const [index, card] of board.cards.entries()) {
            expect(card.left + card.width).toBeLessThanOrEqual(width);
            expect(card.top + card.height).toBeLessThanOrEqual(board.height);
            const above = board.cards[index - board.columns];
            if (above) expect(card.top).toBeGreaterThanOrEqual(above.top + above.height + sizes.gap);
          }
        },
      ),
    );
  });

  test('each group begins in a row of its own, under its heading', () => {
    const grouped = ['a', 'a', 'b', 'c', 'c', 'c', 'c'].map((group, index) => ({
      ...{ name: `p${index}`, containers: 2, expanded: false, group },
    }));
    const { cards, headings, columns, height } = layOut(grouped, 1400);
    expect(columns).toBe(4);
    expect(headings.map(({ text }) => text)).toEqual(['a', 'b', 'c']);
    expect(cards.map(({ left }) => left === 0)).toEqual([true, false, true, true, false, false, false]);
    for (const [index, { text, top }] of headings.entries()) {
      const under = cards.filter((_, card) => grouped[card]?.group === text);
      expect(under.map((card) => card.top)).toEqual(under.map(() => top + sizes.heading));
      const next = headings[index + 1]?.top ?? height + sizes.gap;
      expect(Math.max(...under.map((card) => card.top + card.height))).toBe(next - sizes.gap);
    }
  });

  test('only a screenful of 300 pools is in view', () => {
    const board = layOut(items(300, 33), 1400);
    expect(cardsInView(board, 20_000, 900).length).toBeLessThanOrEqual(12);
    expect(cardsInView(board, 0, 900)[0]?.name).toBe('p0');
    expect(cardsInView(board, board.height - 900, 900).at(-1)?.name).toBe('p299');
  });

  test('of an opened card only the rows in view', () => {
    const [card] = layOut([{ name: 'p', containers: 5000, expanded: true }], 1400).cards;
    if (!card) throw new Error('there is no card');
    const [first, end] = rowsInView(card, 50_000, 800);
    expect(end - first).toBeLessThanOrEqual(Math.ceil(800 / sizes.row) + 1);
    expect(card.top + sizes.head + first * sizes.row).toBeLessThanOrEqual(50_000);
    expect(card.top + sizes.head + end * sizes.row).toBeGreaterThanOrEqual(50_800);
    expect(rowsInView(card, 0, 100)).toEqual([0, 0]);
  });
});

describe('a move', () => {
  const migration: WireMigration = {
    id: '0123456789abcdef',
    container: 'web',
    source: 'alpha',
    destination: 'beta',
    phase: 'claimed',
    state: 'running',
    ...phaseFields('claimed'),
    via: 'direct',
    live: false,
    precopy: true,
    new_name: null,
    destination_storage: null,
    destination_network: null,
    profiles: null,
    volumes: [],
    max_downtime_ms: null,
    predicted_downtime: null,
    check: null,
    passes: [{ number: 1, kind: 'running', bytes: 300, ms: 10, outcome: 'running' }],
    bytes: 300,
    rate_bytes_per_second: 100,
    estimated_seconds_left: 1,
    downtime_ms: null,
    downtime: null,
    started_at: at,
    ended_at: null,
    history: [],
    error: null,
    warnings: [],
    queue: null,
    policy: null,
    evacuation: null,
    priority: 0,
    waiting_for: null,
    waiting_since: null,
    resolve_command: null,
    choices: [],
  };

  test('has a stage exactly while it runs, and can be cancelled where the machine allows it', () => {
    for (const phase of phases) {
      const { stage, cancellable } = phaseFields(phase);
      const row = phase in machine ? machine[phase as keyof typeof machine] : undefined;
      expect([phase, stage === null, cancellable]).toEqual([phase, !row, row?.cancellable ?? false]);
    }
  });

  test('shows its stages in order on the way forward, and none on the way back', () => {
    const behind = (phase: WireMigration['phase']) => stagesBehind(phaseFields(phase));
    const forward = phases.slice(0, 9).map(behind);
    expect(forward).toEqual([0, 1, 2, 3, 3, 4, 4, 5, 5]);
    expect(behind('done')).toBe(migration.stages.length);
    expect(behind('reverting')).toBe(undefined);
    expect(headingOf(migration)).toBe('Copying while it runs');
    expect(headingOf({ ...migration, state: 'done' })).toBe('Moved');
  });

  test('has a fraction only when it is known', () => {
    expect(fractionOf(migration)).toBe(0.75);
    expect(fractionOf({ ...migration, estimated_seconds_left: null })).toBe(undefined);
    expect(fractionOf({ ...migration, state: 'failed' })).toBe(undefined);
  });

  test('shows its downtime, and why it failed', () => {
    const told = (more: Partial<WireMigration>) =>
      sentenceOf({ type: 'migration.phase', at, migration: { ...migration, ...more } });
    expect(told({ phase: 'done', state: 'done', downtime_ms: 2410 })?.text).toContain('down for 2.4 s');
    expect(told({ phase: 'failed', state: 'failed', error: 'disk full' })).toMatchObject({ tone: 'bad' });
    expect(told({ phase: 'failed', state: 'failed', error: 'disk full' })?.text).toContain('disk full');
    expect(sentenceOf({ type: 'migration.progress', at, migration })).toBe(undefined);
  });
});

describe('usage', () => {
  const load = {
    cpus: 2,
    load1: 1,
    memory_total: 4,
    memory_used: 1,
    rx_bytes_per_second: 0,
    tx_bytes_per_second: 0,
  };
  const sample = { cpu_percent: 5, memory: 1, rx_bytes_per_second: 0, tx_bytes_per_second: 0 };

  test('keeps the newest samples, and restarts after a gap', () => {
    let usage = withSample(undefined, load, { web: sample }, 0);
    for (let turn = 1; turn <= samplesMax + 5; turn += 1) {
      usage = withSample(usage, load, { web: { ...sample, cpu_percent: turn } }, turn * 2000);
    }
    expect(usage.load).toHaveLength(samplesMax);
    expect(usage.containers.get('web')?.at(-1)?.cpu_percent).toBe(samplesMax + 5);
    expect(withSample(usage, load, {}, usage.at + 60_000)).toMatchObject({ load: [load] });
    expect(withSample(usage, load, {}, usage.at + 2000).containers.has('web')).toBe(false);
  });

  test('a line ends at the right edge and stays in its box', () => {
    expect(linePath([1], 10, 100, 20)).toBe('');
    expect(linePath([0, 50], 10, 100, 20)).toMatch(/^M[\d.]+ 19\.0L100\.0 1\.0$/);
  });
});

describe('numbers and times', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [1_549_000, '1.5 MB'],
    [99_960_000, '100 MB'],
    [999_600, '1 MB'],
    [3.2e12, '3.2 TB'],
  ])('%d bytes are %s', (value, text) => expect(bytes(value)).toBe(text));

  test.each([
    [340, '340 ms'],
    [2410, '2.4 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [93_600_000, '1 d 2 h'],
  ])('%d ms are %s', (value, text) => expect(duration(value)).toBe(text));

  test('two rates share a unit', () => {
    expect(ratePair(2_300_000, 40_000)).toEqual({ one: '2.3', other: '0', unit: 'MB/s' });
    expect(ratePair(0, 0)).toEqual({ one: '0', other: '0', unit: 'B/s' });
  });

  test('percentages and ages', () => {
    expect([percent(0), percent(0.34), percent(12.6)]).toEqual(['0%', '0.3%', '13%']);
    expect(ago(at, Date.parse(at) + 61_000)).toBe('1 min ago');
  });
});

describe('histories', () => {
  const row = (seconds: number, CPU: number) => ({
    at: new Date(seconds * 1000).toISOString(),
    pool: 'a',
    CPU,
  });

  test('have a gap where nothing was measured, and not where one row is late', () => {
    const { times, values } = columnsOf([row(0, 1), row(5, 2), row(15, 3), row(60, 4)], ['CPU', 'load'], 5);
    expect(times).toEqual([0, 5, 15, 20, 60]);
    expect(values).toEqual([
      [1, 2, 3, null, 4],
      [null, null, null, null, null],
    ]);
  });

  test('make a matrix of the newest values of links', () => {
    const link = (pool: string, peer: string, ms: number) => ({
      ...{ at, pool, peer, latency_median_1to2: ms, loss_1to2: 1, uncertainty: 2 },
    });
    const { pools, links } = matrixOf([link('b', 'a', 9), link('b', 'a', 5), link('a', 'c', 7), row(0, 1)]);
    expect(pools).toEqual(['a', 'b', 'c']);
    expect(links.get('b')?.get('a')).toEqual({ latencyMs: 5, loss: 1, uncertaintyMs: 2 });
    expect(links.get('a')?.get('b')).toBeUndefined();
  });
});
