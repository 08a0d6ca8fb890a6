// Aim: a semaphore admits the right number in order. Method: acquiring and releasing by hand.
import { expect, test } from 'vitest';
import { Semaphore } from '../../common/async/semaphore.js';

test('waiters acquire in order, and a place is released once', async () => {
  const semaphore = new Semaphore(1);
  const release = await semaphore.acquire();
  const order: string[] = [];
  const second = semaphore.acquire().then((releaseSecond) => (order.push('second'), releaseSecond));
  const third = semaphore.acquire().then((releaseThird) => (order.push('third'), releaseThird));
  await Promise.resolve();
  expect(order).toEqual([]);
  release();
  release();
  (await second)();
  (await third)();
  expect(order).toEqual(['second', 'third']);
});
