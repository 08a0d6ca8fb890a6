// Aim: a policy's text means what docs/policies.md says, and each fault is reported with its line and column. Method: texts.
import { describe, expect, test } from 'vitest';
import { builtIn } from '../../controller/policies/built-in.js';
import { parsePolicy } from '../../controller/policies/document.js';

const faultsOf = (text: string): string => {
  try {
    parsePolicy(text);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it is valid');
};

describe('the text of a policy', () => {
  test('defaults: it recommends, for all pools, two minutes, the container that uses most CPU', () => {
    const policy = parsePolicy('name: cool\nwhen: {pool: cpu, above: 80}\n');
    expect(policy).toMatchObject({
      name: 'cool',
      mode: 'recommend',
      pools: { kind: 'any' },
      when: [
        { of: 'pool', measure: 'cpu', isAbove: true, threshold: 80, aggregate: 'mean', windowMs: 120_000 },
      ],
      moved: { kind: 'most', measure: 'cpu' },
      to: { kind: 'any' },
      guards: { cooldownMs: 600_000, margin: 10, movesPerHour: 6, quiet: [], timeZone: 'UTC' },
    });
  });

  test('everything, in JSON as well', () => {
    const given = {
      name: 'follow',
      mode: 'automatic',
      pools: '@edge',
      when: [{ link: 'latency', above: 50, aggregate: 'median', over: '30s', for: '1m', peers: 'gateway' }],
      move: { labels: 'app=web,!old' },
      to: '@core',
      guards: {
        cooldown: '20m',
        margin: 25,
        moves_per_hour: 2,
        downtime_per_hour: '30s',
        quiet: ['22:00-06:30'],
        time_zone: 'Europe/Madrid',
      },
    };
    const policy = parsePolicy(JSON.stringify(given));
    expect(policy.when).toEqual([
      {
        ...{ of: 'link', measure: 'latency', isAbove: true, threshold: 50, aggregate: 'median' },
        ...{ windowMs: 30_000, holdMs: 60_000, peers: { kind: 'pool', name: 'gateway' } },
      },
    ]);
    expect(policy.guards).toEqual({
      ...{ cooldownMs: 1_200_000, margin: 25, movesPerHour: 2, downtimeMsPerHour: 30_000 },
      ...{ quiet: [{ fromMinute: 1320, untilMinute: 390 }], timeZone: 'Europe/Madrid' },
    });
    expect(policy.moved).toMatchObject({ kind: 'labels' });
    expect(parsePolicy('name: a\nwhen: {pool: memory, below: 5}\nmove: server1:web').moved).toEqual({
      ...{ kind: 'container', name: 'web', pool: 'server1' },
    });
  });

  test.each(Object.entries(builtIn))('%s is a policy', (name, text) => {
    expect(parsePolicy(text)).toMatchObject({ name, guards: { cooldownMs: 300_000 } });
  });

  test.each([
    ['name: a\nwhen:\n  pool: cpu\n  above: much\n', 'line 4, column 10: when.above: a number is expected'],
    ['name: a\nwhen: {pool: cpu, above: 1}\nmoves: x\n', 'line 3, column 1: "moves" is not known here'],
    [
      'name: a\nwhen:\n  - {pool: cpu, above: 1}\n  - {pool: disk, above: 1}\n',
      'line 4, column 12: when.1.pool: cpu or memory is expected',
    ],
    ['name: a\n', 'line 1, column 1: when: '],
    ['name: a\nwhen: {pool: cpu}\n', 'line 2, column 7: when: one of above and below is expected'],
    [
      'name: a\nwhen: {pool: cpu, link: latency, above: 1}\n',
      'one of pool, container, link and promql is expected',
    ],
    ['name: a\nwhen: {pool: cpu, above: 1}\nto: "@"\n', 'line 3, column 5: to: '],
    ['name: a\nwhen: {pool: cpu, above: 1}\nmove: 9x\n', 'line 3, column 7: move: '],
    [
      'name: a\nwhen: {pool: cpu, above: 1, over: 5s}\n',
      'line 2, column 35: when.over: a time from 10s to 900s',
    ],
    ['name: a\nname: b\n', 'line 2, column 1: '],
    ['name: [a\n', 'line 2, column 1: '],
    ['- a\n', 'line 1, column 1: a policy is a mapping'],
    ['name: a\nwhen: &x {pool: cpu, above: 1}\nmove: *x\n', 'line 3, column 7: an alias'],
    [
      'name: a\nwhen: {pool: cpu, above: 1, over: 10m}\nguards:\n  cooldown: 5m\n',
      'line 4, column 13: cooldown: it is not shorter than over and for together (600s)',
    ],
    [
      'name: a\nwhen: {pool: cpu, above: 1}\nguards: {quiet: ["22-6"]}\n',
      'line 3, column 18: guards.quiet.0: hours as "22:00-06:00" are expected',
    ],
    [
      'name: a\nwhen: {pool: cpu, above: 1}\nguards: {time_zone: Nowhere}\n',
      'line 3, column 21: guards.time_zone: a time zone',
    ],
    ['name: "..x"\nwhen: {pool: cpu, above: 1}\n', 'line 1, column 7: name: '],
  ])('a fault has its place: %j', (text, fault) => {
    expect(faultsOf(text)).toContain(fault);
  });

  test('it has a limit', () => {
    expect(faultsOf(`name: a\n# ${'x'.repeat(20_000)}`)).toContain('has at most 16384 characters');
  });

  test('all faults are reported at once', () => {
    const faults = faultsOf('name: a\nmode: always\nwhen: {pool: cpu, above: x}\n');
    expect(faults).toContain('line 2, column 7: mode: recommend or automatic is expected');
    expect(faults).toContain('line 3, column 26: when.above: a number is expected');
  });
});
