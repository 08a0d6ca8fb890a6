// Aim: with several controllers, an etcd that hangs is left before clients give up (5 s), but not before its members have
// found a new leader (2 to 3 s), and one that was given up is not waited for again. Method: the decision alone.
import { expect, test } from 'vitest';
import { patienceFor } from '../../controller/store/patience.js';

test('with several controllers, calls end in time for another one', () => {
  for (const request of ['read', 'transact'] as const) {
    const usual = patienceFor({ request, isShared: true, isSilent: false });
    expect(usual.allMs).toBeGreaterThan(3_000);
    expect(usual.allMs).toBeLessThan(5_000);
    expect(usual.allMs / usual.attemptMs).toBeGreaterThanOrEqual(3);
    expect(patienceFor({ request, isShared: true, isSilent: true }).allMs).toBe(usual.attemptMs);
  }
});

test('a list has time for all its entries', () => {
  for (const isSilent of [false, true])
    expect(patienceFor({ request: 'list', isShared: true, isSilent }).attemptMs).toBeGreaterThanOrEqual(
      3_000,
    );
});

test('one that is alone has nobody to leave it to', () => {
  const known = patienceFor({ request: 'read', isShared: false, isSilent: true });
  expect(known).toEqual(patienceFor({ request: 'read', isShared: false, isSilent: false }));
  expect(known.allMs).toBeGreaterThanOrEqual(5_000);
});
