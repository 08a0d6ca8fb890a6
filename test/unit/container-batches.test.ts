// Aim: no more containers are changed at a time than ordered, and nothing begins for a client that has gone. Method: the
// use case, with changes that the test ends.
import { expect, test } from 'vitest';
import type { ContainerRef } from '../../controller/model/container-ref.js';
import { ContainerBatches } from '../../controller/usecases/container-batches.js';

const containers = Array.from({ length: 9 }, (_, index): ContainerRef => ({ host: 'a', name: `c${index}` }));

function batchesOf(start: (container: ContainerRef) => Promise<void>) {
  const unexpected = () => Promise.reject(new Error('nobody expected this'));
  return new ContainerBatches({
    containers: { start, stop: unexpected, restart: unexpected, delete: unexpected },
    snapshots: { create: unexpected },
    inventory: { all: () => [], get: () => undefined },
  });
}

const orderOf = (signal: AbortSignal) => ({
  ...{ verb: 'start' as const, containers, parallel: 3, stopTimeoutSeconds: 30, signal },
  principal: { name: 'x', role: 'operator' as const, pools: undefined, signal },
});

test('a bounded number at a time, and the outcomes in the order of the list', async () => {
  let [now, most] = [0, 0];
  const batches = batchesOf(async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now--;
  });
  const entries = await batches.run(orderOf(new AbortController().signal));
  expect(entries.map(({ container }) => container)).toEqual(containers);
  expect(most).toBe(3);
});

test('the client goes, and nothing more begins', async () => {
  const leaving = new AbortController();
  const started: string[] = [];
  const batches = batchesOf(({ name }) => {
    started.push(name);
    leaving.abort();
    return Promise.resolve();
  });
  const entries = await batches.run(orderOf(leaving.signal));
  expect(started).toEqual(['c0']);
  expect(entries.filter(({ error }) => error?.code === 'cancelled')).toHaveLength(8);
});
