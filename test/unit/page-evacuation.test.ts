// Aim: the page offers for a pool what its state allows, and describes plans, evacuations, groups and placements rightly. Method: the page's
// pure parts, without a browser.
import { describe, expect, test } from 'vitest';
import type { WireEvacuation } from '../../page/model/api-types.js';
import {
  evacuationFraction,
  fateText,
  inPlanOrder,
  inProgressOrder,
  planText,
  predictionText,
  progressText,
  whyTexts,
  type PlannedContainer,
} from '../../page/state/evacuation.js';
import { groupOf, inGroups, labelNames } from '../../page/state/groups.js';
import { notChosen, placementText } from '../../page/state/placement.js';
import { groupTargets, poolActions, targetText } from '../../page/state/scheduling.js';

function planned(container: string, more: Partial<PlannedContainer> = {}): PlannedContainer {
  return {
    ...{ container, running: true, action: 'migrate', destination: 'beta', reason: 'the most free memory' },
    ...{ obstacles: [], warnings: [], memory_bytes: 0, used_bytes: 0 },
    ...{ seconds: 8, downtime_ms: 1300, basis: 'measured' },
    ...more,
  };
}

const stuck = planned('db', {
  ...{ destination: null, reason: null, seconds: null, downtime_ms: null, basis: null },
  obstacles: [
    { pool: 'beta', message: '3 GiB of memory short' },
    { pool: null, message: 'it is frozen' },
  ],
});
const stopped = planned('log', {
  ...{ action: 'stop', destination: null, reason: null, seconds: null, downtime_ms: null, basis: null },
});

test.each([
  ['active', undefined, ['cordon', 'evacuate']],
  ['active', 'restored', ['cordon', 'evacuate']],
  ['cordoned', undefined, ['uncordon', 'evacuate']],
  ['cordoned', 'restored', ['uncordon', 'evacuate']],
  ['cordoned', 'incomplete', ['uncordon', 'evacuate', 'follow', 'return']],
  ['evacuating', 'evacuating', ['follow']],
  ['evacuated', 'evacuated', ['follow', 'return']],
  ['restoring', 'restoring', ['follow']],
] as const)('a pool that is %s, its last evacuation %s, offers %j', (scheduling, phase, actions) => {
  expect(poolActions(scheduling, phase && { phase })).toEqual(actions);
});

test('targets are any pool, and each group once', () => {
  const pools = [['group=red', 'rack=a'], ['group=blue'], ['group=red'], []].map((labels) => ({ labels }));
  expect(groupTargets(pools)).toEqual(['@any', '@blue', '@red']);
  expect(['@any', '@red', 'alpha'].map(targetText)).toEqual(['Any pool', 'Group red', 'alpha']);
});

describe('a plan', () => {
  const plan = { container_pool: 'alpha', target: '@any', possible: false, seconds: 75 };

  test('is summed up', () => {
    expect(planText({ ...plan, containers: [planned('web'), stuck, stopped] })).toBe(
      'Of 3 containers, 1 move, 1 stop, 1 cannot leave. It takes about 1 min 15 s.',
    );
    expect(planText({ ...plan, containers: [planned('web')] })).toContain('Of 1 container, 1 move. It');
    expect(planText({ ...plan, containers: [] })).toBe('There are no containers on it.');
  });

  test('has what cannot leave first, and keeps the order otherwise', () => {
    const order = inPlanOrder([planned('a'), stuck, planned('b')]).map(({ container }) => container);
    expect(order).toEqual(['db', 'a', 'b']);
  });

  test('says of each container where it goes, why, and what it costs', () => {
    const skipped = planned('tmp', { action: 'skip', destination: null });
    expect([planned('web'), stuck, stopped, skipped].map(fateText)).toEqual([
      'to beta',
      'cannot leave',
      'is stopped',
      'stays as it is',
    ]);
    expect(whyTexts(planned('web'))).toEqual(['the most free memory']);
    expect(whyTexts(stuck)).toEqual(['beta: 3 GiB of memory short', 'it is frozen']);
    expect(predictionText(planned('web'))).toBe('about 8 s, down 1.3 s (from its earlier moves)');
    expect(predictionText(planned('web', { downtime_ms: 0, basis: 'assumed' }))).toBe(
      'about 8 s, no downtime (nothing is measured yet)',
    );
    expect(predictionText(stuck)).toBe('');
  });
});

describe('an evacuation', () => {
  test('shows how far it is', () => {
    const counts = { moved: 3, moving: 2, waiting: 6, left: 1 };
    expect(progressText({ done: 4, total: 12, counts })).toBe('4 of 12 containers; 2 moving, 1 left');
    expect(progressText({ done: 1, total: 1, counts: { untouched: 1 } })).toBe(
      '1 of 1 container; 1 not touched',
    );
    expect(progressText({ done: 0, total: 2, counts: { waiting: 2 } })).toBe('0 of 2 containers');
    expect(evacuationFraction({ done: 4, total: 16 })).toBe(0.25);
    expect(evacuationFraction({ done: 0, total: 0 })).toBe(1);
  });

  test('has first what needs a person, then what is on its way', () => {
    const states = ['moved', 'waiting', 'moving', 'left', 'starting', 'untouched'] as const;
    const rows = states.map((state): WireEvacuation['containers'][number] => ({
      ...{ container: state, action: 'migrate', state, was_running: true, destination: null, reason: null },
      ...{ migration: null, message: null, description: '' },
    }));
    expect(inProgressOrder(rows).map(({ state }) => state)).toEqual([
      'left',
      'untouched',
      'moving',
      'starting',
      'moved',
      'waiting',
    ]);
  });
});

describe('groups of pools', () => {
  const pools = [['rack=b'], ['rack=a', 'ssd=true'], [], ['rack=b']].map((labels, index) => ({
    ...{ name: `p${index}`, labels },
  }));

  test('are by the value of a label, those without it last', () => {
    expect(labelNames(pools)).toEqual(['rack', 'ssd']);
    expect(inGroups(pools, 'rack').map(({ name }) => name)).toEqual(['p1', 'p0', 'p3', 'p2']);
    expect(inGroups(pools, 'rack').map((pool) => groupOf(pool, 'rack'))).toEqual([
      ...['rack=a', 'rack=b', 'rack=b', 'no rack'],
    ]);
  });
});

describe('placement', () => {
  const others = Array.from({ length: 60 }, (_, index) => ({ pool: `p${index}`, reason: 'too full' }));

  test('says where a container goes and why', () => {
    const found = { pool: 'beta', reason: 'the most memory free', others: [], others_total: 0 };
    expect(placementText(found)).toBe('It goes to beta: the most memory free.');
    expect(placementText({ ...found, pool: null, reason: null })).toBe('No pool can take it.');
  });

  test('shows some of the reasons of the others, and counts the rest', () => {
    const { shown, more } = notChosen({ pool: null, reason: null, others, others_total: 1060 });
    expect([shown.length, more]).toEqual([50, 1010]);
    expect(notChosen({ pool: null, reason: null, others: others.slice(0, 3), others_total: 3 })).toEqual({
      ...{ shown: others.slice(0, 3), more: 0 },
    });
  });
});
