// Aim: the chaos suite expects an answer exactly when two members of etcd live and reach each other, and a controller of
// one of them is alive and reached. Method: the decision alone.
import { expect, test } from 'vitest';
import { cutsAround, mustAnswer, type Effects } from '../chaos/controllers/liveness.js';

const machines = [1, 2, 3];
const due = (...effects: readonly Effects[]) => mustAnswer(machines, effects);

test('one of three may be lost, whatever is lost of it', () => {
  expect(due()).toBe(true);
  for (const lost of machines) {
    expect(due({ etcds: [lost], controllers: [lost] })).toBe(true);
    for (const way of ['in', 'out'] as const)
      expect(due({ unreachable: [lost], cuts: cutsAround(lost, machines, way) })).toBe(true);
  }
  expect(due({ controllers: [1] }, { controllers: [2] })).toBe(true);
});

test('not without a majority, and not without a controller of it', () => {
  expect(due({ etcds: [1] }, { etcds: [2] })).toBe(false);
  expect(due({ etcds: [1] }, { cuts: ['3>2'] })).toBe(false);
  expect(due({ etcds: [1] }, { cuts: ['1>2'] })).toBe(true);
  expect(due({ etcds: [1] }, { controllers: [2, 3] })).toBe(false);
  expect(due({ etcds: [1] }, { controllers: [2], unreachable: [3] })).toBe(false);
  // The third controller has its etcd, which reaches one of the others only.
  expect(due({ cuts: ['1>2'] }, { controllers: [3] })).toBe(true);
});
