// Aim: in no history of containers that are created, moved and deleted, of crashes and of false entries is an address given
// twice, and afterwards no host keeps an entry of the past. Method: the real code of controllers and agents over models, in
// virtual time. Planted faults must be found.
import { expect, test } from 'vitest';
import { runNetworkHistory } from './networks/history.js';

test.each([1, 51])('histories of networks from seed %i on keep every promise', async (from) => {
  for (let seed = from; seed < from + 50; seed++) {
    const { events, violations } = await runNetworkHistory(seed);
    expect([...violations, ...(violations.length > 0 ? [`seed ${seed}`, ...events] : [])]).toEqual([]);
  }
});

test.each([
  ['a host that is down is taken for one without containers', /is given to/],
  ['entries stay', /keeps the dead entry/],
] as const)('planted, %s is found', async (planted, violation) => {
  for (let seed = 1; seed <= 150; seed++) {
    const { violations } = await runNetworkHistory(seed, planted);
    if (violations.some((each) => violation.test(each))) return;
  }
  throw new Error('150 histories have not found it');
});
