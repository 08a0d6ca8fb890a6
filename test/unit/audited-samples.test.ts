// Aim: a program that posts values every second does not displace the other lines of the audit log.
import { expect, test } from 'vitest';
import { AuditedSamples } from '../../controller/http/auth/audited-samples.js';

const post = (who: string, locus1: string) => ({
  who,
  path: '/REST/network/kpilink',
  parameters: { locus1 },
});

test('the first post in an hour of each token and pool has a line', () => {
  let nowMs = 0;
  const samples = new AuditedSamples(() => nowMs);
  expect(samples.isDue(post('probe', 'a'))).toBe(true);
  nowMs = 3_599_999;
  expect(samples.isDue(post('probe', 'a'))).toBe(false);
  expect(samples.isDue(post('other', 'a'))).toBe(true);
  expect(samples.isDue(post('probe', 'b'))).toBe(true);
  nowMs = 3_600_000;
  expect(samples.isDue(post('probe', 'a'))).toBe(true);
});

test('it remembers a bounded number, and forgets the oldest first', () => {
  const samples = new AuditedSamples(() => 0);
  for (let number = 0; number <= 1_000; number++)
    expect(samples.isDue(post('probe', `p${number}`))).toBe(true);
  expect(samples.isDue(post('probe', 'p1000'))).toBe(false);
  expect(samples.isDue(post('probe', 'p0'))).toBe(true);
});
