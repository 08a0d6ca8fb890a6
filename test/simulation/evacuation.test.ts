// Aim: in no history of evacuations and returns, with crashes, lost and late messages, removed pools and users of `lxc`, is
// a container lost or run twice; a pool is "evacuated" only when it is, the return brings back exactly what left, and
// everything ends. Method: the real code of evacuations, placement, inventory and migrations on the models of the migration
// simulation. A planted fault must be found.
import { expect, test } from 'vitest';
import { evacuationHistoryOf } from './evacuation-history.js';
import { described } from './history.js';
import { run } from './run.js';
import { shrink } from './shrink.js';

/** The part of them that is run; less where only the release of Node.js is in question (.ci/run). */
const share = Number(process.env['COPA_SIMULATION_SHARE'] ?? 1);
const batch = 10;
const batches = Array.from({ length: Math.ceil((100 * share) / batch) }, (_, index) => 1 + index * batch);

/** A batch takes two seconds, and longer on a busy machine. */
const patienceMs = 600_000;

test.each(batches)(
  'histories of evacuations from seed %i on keep every promise',
  async (from) => {
    for (let seed = from; seed < from + batch; seed++) {
      const { violations } = await run(evacuationHistoryOf(seed));
      if (violations.length === 0) continue;
      const { history, outcome } = await shrink(evacuationHistoryOf(seed));
      throw new Error([`seed ${seed}`, ...history.events.map(described), ...outcome.violations].join('\n'));
    }
  },
  patienceMs,
);

test(
  'an order that does not know its own write is found',
  async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const { settings, events } = evacuationHistoryOf(seed);
      const first = events.filter((event) => event.do === 'evacuate').slice(0, 1);
      const store = { lostReplies: 0.5, delayMsMax: 5 };
      const history = { settings: { ...settings, store }, events: first };
      const planted = { ...history, settings: { ...history.settings, planted: 'a lost order' } as const };
      const { violations } = await run(planted);
      if (!violations.some((each) => each.includes('is refused because of itself'))) continue;
      expect((await run(history)).violations).toEqual([]);
      return;
    }
    throw new Error('100 histories have not found it');
  },
  patienceMs,
);
