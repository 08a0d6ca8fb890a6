// Aim: a scenario's text means what docs/scenarios.md says, and each fault has its place; the same seed decides the same;
// steps begin at their time; gaps, tables, plots and comparisons are right. Method: texts, invented samples, and a
// virtual clock.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { compare } from '../../../cli/scenario/compare.js';
import { parseScenario, policyText } from '../../../cli/scenario/document.js';
import { servedOf, type Sample } from '../../../cli/scenario/gaps.js';
import { checkLimit, limitedBy } from '../../../cli/scenario/limit.js';
import { planOf, type KnownPool } from '../../../cli/scenario/plan.js';
import { plotOf } from '../../../cli/scenario/plot.js';
import { resultsOf, tablesOf, type Move, type Recorded } from '../../../cli/scenario/results.js';
import { runTimeline, type Done } from '../../../cli/scenario/timeline.js';
import { systemClock } from '../../../common/async/clock.js';
import { CopaError } from '../../../common/errors.js';
import { parsePolicy } from '../../../controller/policies/document.js';

const examples = join(import.meta.dirname, '../../../docs/scenarios');

const base = `name: trial
duration: 10s
hosts: {a: server1, b: {labels: zone=edge}}
containers:
  web: {host: a, image: tiny}
`;

const faultsOf = (text: string): string => {
  try {
    parseScenario(text);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it is valid');
};

const pool = (name: string, labels = {}, more = {}): KnownPool => ({
  ...{ name, labels, state: 'up', scheduling: 'active' },
  ...more,
});
const pools = [pool('server3', { zone: 'edge' }), pool('server1'), pool('server2', { zone: 'edge' })];

describe('the text of a scenario', () => {
  test.each(readdirSync(examples).filter((file) => file.endsWith('.yaml')))(
    'the example %s is valid',
    (file) => {
      const scenario = parseScenario(readFileSync(join(examples, file), 'utf8'));
      expect(`${scenario.name}.yaml`).toBe(file);
      const known = ['server1', 'server2', 'server3'].map((name) => pool(name));
      const plan = planOf(scenario, known);
      for (const policy of scenario.policies)
        expect(parsePolicy(policyText(policy, plan.pools)).mode).toBe('automatic');
    },
  );

  test.each([
    ['no mapping', '[]', 'line 1, column 1: a scenario is a mapping'],
    ['an unknown field', `${base}speed: 2\n`, 'line 6, column 1: "speed" is not known here'],
    [
      'a time',
      base.replace('10s', 'long'),
      'line 2, column 11: duration: a time from 100ms to 86400s is expected',
    ],
    [
      'no role',
      base.replace('host: a', 'host: c'),
      'line 5, column 15: containers.web.host: there is no role "c"',
    ],
    [
      'two actions in one',
      `${base}timeline:\n  - {at: 1s, evacuate: a, restore: a}\n`,
      'line 7, column 5: timeline.0: one of move, exec, evacuate, restore, limit, measure is expected',
    ],
    [
      'an unknown container',
      `${base}timeline:\n  - {at: 1s, move: {container: db, to: b}}\n`,
      'line 7, column 5: timeline.0: there is no container "db" in containers',
    ],
    [
      'an unknown destination',
      `${base}timeline:\n  - {at: 1s, move: {container: web, to: x}}\n`,
      'timeline.0: there is no role "x" in hosts',
    ],
    [
      'a limit without a way to the host',
      `${base}timeline:\n  - {at: 1s, limit: {host: a, mbit: 5}}\n`,
      'timeline.0: the host a needs shell and device, for tc',
    ],
    [
      'too late',
      `${base}timeline:\n  - {at: 11s, evacuate: a}\n`,
      'column 10: timeline.0.at: it is after the end',
    ],
    [
      'no end',
      `${base}timeline:\n  - {at: 1s, every: 1s, evacuate: a}\n`,
      'timeline.0: every and until go together',
    ],
    [
      'two kinds of probe',
      `${base}probes:\n  - {name: p, tcp: "web:80", http: "http://web/"}\n`,
      'line 7, column 5: probes.0: one of http, counter and tcp is expected',
    ],
    [
      'a name twice',
      `${base}probes:\n  - {name: p, tcp: "web:80"}\n  - {name: p, tcp: "web:81"}\n`,
      'line 8, column 12: probes.1.name: two probes have this name',
    ],
    [
      "a policy's role",
      `${base}policies:\n  - {name: hot, to: host.c}\n`,
      'line 7, column 5: policies.0: there is no role "c" in hosts',
    ],
    ['an alias', `${base}description: &x a\nprobes: *x\n`, 'line 7, column 9: an alias is not possible here'],
  ])('%s is a fault with its place', (_, text, fault) => {
    expect(faultsOf(text)).toContain(fault);
  });
});

describe('the plan', () => {
  const text = `${base}timeline:
  - {at: 5s, jitter: 4s, move: {container: web, to: b}}
  - {at: 1s, every: 2s, until: 5s, measure: {from: a, to: b, throughput: 1, latency: 2}}
`;

  test('the same seed decides the same, whatever the order of the pools', () => {
    const scenario = parseScenario(text);
    const plan = planOf(scenario, pools);
    expect(planOf(scenario, [...pools].reverse())).toEqual(plan);
    expect(plan.pools['a']).toBe('server1');
    const chosen = new Set(
      Array.from({ length: 20 }, (_, seed) => planOf({ ...scenario, seed }, pools).pools['b']),
    );
    expect([...chosen].sort()).toEqual(['server2', 'server3']);
  });

  test('actions repeat, are delayed within their jitter, and are in order', () => {
    const { steps } = planOf(parseScenario(text), pools);
    const times = steps.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const repeated = steps.filter(({ text: shown }) => shown.startsWith('measure'));
    expect(repeated.map(({ atMs }) => atMs)).toEqual([1000, 3000, 5000]);
    const moved = steps.find(({ text: shown }) => shown === 'move web to b');
    expect(moved?.atMs).toBeGreaterThanOrEqual(5000);
    expect(moved?.atMs).toBeLessThanOrEqual(9000);
  });

  test('a role may get another pool; one that is missing, down or cordoned is refused', () => {
    const scenario = parseScenario(base);
    expect(planOf(scenario, pools, { b: 'server1' }).pools).toEqual({ a: 'server1', b: 'server1' });
    expect(() => planOf(scenario, pools, { c: 'server1' })).toThrow('no role "c"');
    expect(() => planOf(scenario, [pool('server1', {}, { state: 'down' }), ...pools.slice(0, 1)])).toThrow(
      'role "a": pool "server1" is not there, not up, or cordoned',
    );
    const cordoned = pools.map((each) => ({ ...each, scheduling: 'cordoned' }));
    expect(() => planOf(scenario, cordoned)).toThrow('role "a"');
    expect(() => planOf(scenario, [pool('server1')])).toThrow(
      'role "b": no free pool has the labels zone=edge',
    );
  });
});

describe('the timeline, in virtual time', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  const scenario = parseScenario(
    `${base}timeline:\n${['2s', '4s', '9s'].map((at) => `  - {at: ${at}, evacuate: a}\n`).join('')}`,
  );
  const { steps } = planOf(scenario, pools);

  function start(perform: (at: number) => Promise<void>, signal = new AbortController().signal) {
    const done: Done[] = [];
    let ended: number | undefined;
    const running = runTimeline({
      ...{ clock: systemClock, steps, durationMs: 10_000, signal },
      perform: ({ atMs }) => perform(atMs),
      onDone: (each) => done.push(each),
    }).then(() => (ended = Date.now()));
    return { done, running, ended: () => ended };
  }

  test('steps begin at their time, also while one goes on, and all are awaited', async () => {
    const begun: number[] = [];
    const { done, running, ended } = start(async (at) => {
      begun.push(Date.now());
      if (at === 2000) await systemClock.delay(20_000);
      if (at === 4000) throw new Error('refused');
    });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(begun).toEqual([2000, 4000, 9000]);
    expect(done).toEqual([
      { plannedMs: 4000, atMs: 4000, text: 'evacuate a', error: 'refused' },
      { plannedMs: 9000, atMs: 9000, text: 'evacuate a', error: null },
    ]);
    expect(ended()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(12_000);
    await running;
    expect(done).toHaveLength(3);
    expect(ended()).toBe(22_000);
  });

  test('an interruption ends it at once', async () => {
    const stopping = new AbortController();
    const { done, running, ended } = start(() => Promise.resolve(), stopping.signal);
    await vi.advanceTimersByTimeAsync(3000);
    stopping.abort();
    await running;
    expect([done.length, ended()]).toEqual([1, 3000]);
  });
});

/** One answer every 20 ms, each after 2 ms; none from 1 s to 1.5 s. */
const samples: Sample[] = Array.from({ length: 200 }, (_, index) => {
  const atMs = index * 20;
  return { atMs, ms: atMs >= 1000 && atMs < 1500 ? null : 2, value: index === 120 ? 5 : index };
});

describe('gaps', () => {
  test('are from answer to answer; a counter that goes back is reported', () => {
    const served = servedOf(samples, 20, 4000);
    expect(served).toMatchObject({ requests: 200, unanswered: 25, medianMs: 2, p99Ms: 2, stepsBack: 1 });
    expect(served.gaps).toEqual([{ fromMs: 982, untilMs: 1502 }]);
    expect(served.longestGapMs).toBe(520);
  });

  test('a request that overtakes another one loses nothing; a counter that begins again is one step', () => {
    const counted = (rows: readonly (readonly [atMs: number, ms: number, value: number])[]) =>
      servedOf(
        rows.map(([atMs, ms, value]) => ({ atMs, ms, value })),
        50,
        1000,
      ).stepsBack;
    expect(
      counted([
        [0, 5, 50],
        [50, 205, 52],
        [100, 15, 51],
        [300, 5, 53],
      ]),
    ).toBe(0);
    expect(
      counted([
        [0, 5, 50],
        [50, 20, 52],
        [100, 15, 51],
        [300, 5, 53],
      ]),
    ).toBe(1);
    expect(
      counted([
        [0, 5, 50],
        [50, 200, 51],
        [100, 5, 1],
        [150, 5, 2],
        [300, 5, 3],
      ]),
    ).toBe(1);
  });

  test('a run without any answer is one gap', () => {
    const served = servedOf(
      samples.map((each) => ({ ...each, ms: null })),
      20,
      4000,
    );
    expect(served).toMatchObject({ gaps: [{ fromMs: 0, untilMs: 4000 }], medianMs: null });
  });
});

const move: Move = {
  ...{ container: 'web', source: 'server1', destination: 'server2', state: 'done', bytes: 100 },
  ...{ startedMs: 500, endedMs: 2000, phases: { copied: 900, started: 1500 }, downtimeMs: 480 },
  ...{ policy: null, evacuation: null, error: null },
};

function recorded(more: Partial<Recorded> = {}): Recorded {
  const scenario = parseScenario(
    `${base}probes:\n  - {name: page, http: "http://web/"}\n  - {name: count, counter: "http://web/<&"}\ntimeline:\n  - {at: 500ms, move: {container: web, to: b}}\n`,
  );
  return {
    ...{ scenario, plan: planOf(scenario, pools), outcome: 'complete', error: null, durationMs: 4000 },
    ...{ startedAt: '2026-11-28T12:00:00.000Z', versions: { copa: '1' } },
    done: [{ plannedMs: 500, atMs: 503, text: 'move web to b', error: null }],
    probes: scenario.probes.map((probe) => ({ probe, samples })),
    moves: [move],
    links: [{ atMs: 100, from: 'server1', to: 'server2', throughput: 4, latencyMs: 3, jitterMs: 1 }],
    hosts: [{ atMs: 100, pool: 'server1', cpu: 20, memory: 30 }],
    events: [{ atMs: 10, event: { type: 'pool.cordoned', at: '', pool: 'server1' } }],
    ...more,
  };
}

describe('a limit of what a host sends', () => {
  const limited = { role: 'a', shell: ['ssh', 'a'], device: 'eth0' };

  /** What was run, and before which change the caller was told; `answer` may throw. */
  async function check(answer: (command: string) => string) {
    const steps: string[] = [];
    const run = (words: readonly string[]) => {
      const command = words.join(' ');
      steps.push(command);
      return Promise.resolve().then(() => answer(command));
    };
    const refusal = await checkLimit(limited, () => steps.push('told'), run).then(
      () => '',
      (error: unknown) => (error as Error).message,
    );
    return { steps, refusal };
  }

  test('is tried and removed, after the caller could write down how to undo it', async () => {
    const { steps, refusal } = await check(() => 'qdisc fq_codel 0: root refcnt 2 limit 10240p\n');
    expect(refusal).toBe('');
    expect(steps).toEqual([
      'ssh a tc qdisc show dev eth0 root',
      'told',
      'ssh a tc qdisc replace dev eth0 root tbf rate 10000mbit burst 128kb latency 100ms',
      'ssh a tc qdisc del dev eth0 root',
    ]);
  });

  test("is refused where it cannot be, and where it would replace somebody else's", async () => {
    const without = await check((command) => {
      if (command.includes('tbf'))
        throw new CopaError('failed_precondition', 'Specified qdisc kind is unknown');
      return 'qdisc noqueue 0: root refcnt 2\n';
    });
    expect(without.refusal).toBe('the role a cannot be limited at eth0: Specified qdisc kind is unknown');
    const foreign = await check(() => 'qdisc tbf 8001: root refcnt 2 rate 5Mbit burst 128Kb lat 100ms\n');
    expect(foreign.refusal).toContain('it has a queue of somebody else (tbf 8001:)');
    expect(foreign.steps).toEqual(['ssh a tc qdisc show dev eth0 root']);
  });

  test('concerns the roles that the timeline limits', () => {
    const scenario = parseScenario(
      base.replace('a: server1', 'a: {pool: server1, shell: [ssh, a], device: eth0}') +
        'timeline:\n  - {at: 1s, limit: {host: a, mbit: 5}}\n  - {at: 2s, limit: {host: a, mbit: null}}\n',
    );
    expect(limitedBy(scenario)).toEqual([limited]);
    expect(limitedBy({ ...scenario, timeline: [] })).toEqual([]);
  });
});

describe('the results', () => {
  test('tables have all values, and quote what needs it', () => {
    const tables = tablesOf(recorded());
    expect(Object.keys(tables).sort()).toEqual([
      ...[
        'actions.csv',
        'events.csv',
        'hosts.csv',
        'links.csv',
        'moves.csv',
        'probe-count.csv',
        'probe-page.csv',
      ],
    ]);
    expect(tables['probe-page.csv']?.split('\n').slice(0, 2)).toEqual(['sent_ms,answer_ms,value', '0,2,0']);
    expect(tables['actions.csv']).toBe('planned_ms,began_ms,action,error\n500,503,move web to b,\n');
    expect(tables['events.csv']).toContain('10,pool.cordoned,"{""type"":""pool.cordoned""');
  });

  test('two runs of one seed differ in measured values alone', () => {
    const first = resultsOf(recorded());
    const second = resultsOf(recorded({ moves: [{ ...move, downtimeMs: 240 }] }));
    const { given, measured } = compare(first, second);
    expect(given).toEqual([]);
    expect(measured.find(({ what }) => what.endsWith('downtime, ms'))).toEqual({
      ...{ what: 'move 1, web: server1 to server2: downtime, ms', first: '480', second: '240', percent: -50 },
    });
    // Whatever results.json has and gets, it is measured or compared.
    const withoutMeasured = { ...second, ...{ probes: first.probes, moves: first.moves } };
    expect(withoutMeasured).toEqual(first);
    const changed = { ...second, seed: 2, planned: [], added: true };
    expect(compare(first, changed).given.map(({ what }) => what)).toEqual(['seed', 'planned', 'added']);
    expect(compare(first, { ...second, probes: {} }).given).toMatchObject([{ what: 'names of probes' }]);
  });

  test('the plot has everything over one axis, and is well-formed', () => {
    const svg = plotOf(recorded());
    for (const text of [
      'trial, seed 1',
      'page: time of an answer (gaps: 1, the longest 520 ms)',
      'count: its value',
    ])
      expect(svg).toContain(text);
    for (const text of [
      'web: server1 to server2, down 480 ms',
      'Latency of links',
      'CPU of hosts',
      'move web to b',
    ])
      expect(svg).toContain(text);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const open = [...svg.matchAll(/<(\w+)[^>]*?(\/?)>/g)].filter(([, , end]) => end === '').length;
    expect(open).toBe([...svg.matchAll(/<\/\w+>/g)].length);
  });

  test('traffic that nobody counted is no traffic of zero', () => {
    const row = { atMs: 100, from: 'server1', to: 'server2', latencyMs: 3, jitterMs: 1 };
    const uncounted = recorded({ links: [{ ...row, throughput: null }] });
    expect(plotOf(uncounted)).not.toContain('Throughput of links');
    expect(resultsOf(uncounted).kpis.links['server1 to server2']?.throughputMax).toBeNull();
    expect(tablesOf(uncounted)['links.csv']).toContain('100,server1,server2,,3,1');
    expect(plotOf(recorded({ links: [{ ...row, throughput: 0 }] }))).toContain('Throughput of links');
  });

  test('a run that recorded nothing has a plot, too', () => {
    expect(plotOf(recorded({ probes: [], moves: [], links: [], hosts: [], done: [] }))).toMatch(/<\/svg>\n$/);
  });
});
