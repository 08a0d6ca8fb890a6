// Aim: in no history of crashes, lost and late messages, removed pools and users of `lxc` do two copies run, is data
// lost, or does a migration or a mark remain. Method: the real migration code of controller and agents on models of
// LXD, etcd and the network, in virtual time. Planted faults must be found.
import { expect, test } from 'vitest';
import { awaited, rareScope, restoredScope } from './awaited.js';
import { crowdScope, described, historyOf, volumesScope, type Scope } from './history.js';
import { plantedFaults, type PlantedFault } from './planted.js';
import { run } from './run.js';
import { shrink } from './shrink.js';

interface Kind {
  readonly what: string;
  readonly scope?: Scope;
  readonly histories: number;
}

const kinds: readonly Kind[] = [
  { what: 'histories', histories: 1_000 },
  { what: 'histories with a lost etcd, copied marks and decisions', scope: rareScope, histories: 400 },
  { what: 'histories with an etcd restored from a backup', scope: restoredScope, histories: 400 },
  { what: 'histories with custom volumes', scope: volumesScope, histories: 200 },
  { what: 'histories with more moves than slots', scope: crowdScope, histories: 250 },
];

/** The part of them that is run; less where only the release of Node.js is in question (.ci/run). */
const share = Number(process.env['COPA_SIMULATION_SHARE'] ?? 1);
const batch = 50;

const batches = kinds.flatMap((kind) =>
  Array.from(
    { length: Math.ceil((kind.histories * share) / batch) },
    (_, index) => [kind.what, 1 + index * batch, kind] as const,
  ),
);

/** A batch takes a second, and longer on a busy machine. */
const patienceMs = 600_000;

test.each(batches)(
  '%s from seed %i on keep every promise',
  async (_, from, { scope }) => {
    for (let seed = from; seed < from + batch; seed++) {
      if (awaited.some((each) => each.scope === scope && each.seed === seed)) continue;
      const { violations } = await run(historyOf(seed, scope));
      if (violations.length === 0) continue;
      const { history, outcome } = await shrink(historyOf(seed, scope));
      throw new Error([`seed ${seed}`, ...history.events.map(described), ...outcome.violations].join('\n'));
    }
  },
  patienceMs,
);

test('the same seed makes the same history with the same result', async () => {
  const [one, other] = [historyOf(7), historyOf(7)];
  expect(one).toEqual(other);
  expect(await run(one)).toEqual(await run(other));
});

/** Enough histories for each planted fault to be found. */
const seedsMax = 600;

test.each(Object.entries(plantedFaults) as [PlantedFault, RegExp][])(
  'without its fix, %s is found',
  async (planted, violation) => {
    for (let seed = 1; seed <= seedsMax; seed++) {
      const history = historyOf(seed);
      const { settings } = history;
      // Few commands are late enough by themselves.
      const network = planted === 'a late claim' ? { ...settings.network, late: 0.2 } : settings.network;
      const { violations } = await run({ ...history, settings: { ...settings, network, planted } });
      if (!violations.some((each) => violation.test(each))) continue;
      expect((await run(history)).violations).toEqual([]);
      return;
    }
    throw new Error(`${seedsMax} histories have not found it`);
  },
  patienceMs,
);

/** Histories that found faults which have been fixed since. The first two are the shortest ones. */
test.each<[what: string, seed: number, scope?: Scope]>([
  ['an operation whose websockets nobody joins', 5762],
  ['an operation whose websockets nobody joins', 5877],
  ['an operation that its agent lost before it knew of it', 4023],
  ['a person deletes a copy while it is moved', 2447, { persons: ['delete'] }],
])('the history that found %s passes (seed %i)', async (_, seed, scope) => {
  expect((await run(historyOf(seed, scope))).violations).toEqual([]);
});

test('a failing history is shrunk to its necessary events', async () => {
  const trouble = { do: 'silence etcd', forMs: 100, atMs: 30_000 } as const;
  const history = historyOf(1);
  const settings = {
    ...history.settings,
    planted: 'a lost reply',
    store: { lostReplies: 1, delayMsMax: 5 },
  } as const;
  const { history: shrunk, outcome } = await shrink({ settings, events: [...history.events, trouble] });
  expect(outcome.violations).not.toEqual([]);
  expect(shrunk.events).toHaveLength(1);
});

test.each(awaited)('still to be built: $what (seed $seed)', async ({ scope, seed, violation }) => {
  const { violations } = await run(historyOf(seed, scope));
  expect(violations.join('\n'), 'it goes well now: take it off the list').toMatch(violation);
});
