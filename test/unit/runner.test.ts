// Aim: a migration whose host does not answer says so before the call's deadline, so that a person can decide, and takes
// the note back when the host answers; and a record from a backup does not act. Method: the real runner, a store in
// memory, virtual time, and a host that keeps its caller waiting.
import pino from 'pino';
import { expect, test } from 'vitest';
import { deferred } from '../../common/async/deferred.js';
import { Runner, type RunnerParts } from '../../controller/migration/runner.js';
import { decodeRecord, type MigrationRecord } from '../../controller/model/migration.js';
import { keys } from '../../controller/store/keys.js';
import { Process, Timeline } from '../simulation/time.js';
import { MemoryStore } from '../support/memory-store.js';

const id = '00112233445566ff';
const message = 'b has not answered for 15 s (SettleDestination)';

const started: MigrationRecord = {
  id,
  container: 'c1',
  source: 'a',
  destination: 'b',
  options: {
    ...{ stopTimeoutSeconds: 30, force: false, live: false, keepSourceAs: '', newName: '' },
    ...{ settleSeconds: 2, maxDowntimeMs: 0, passesMax: 3, bytesPerSecondMax: 0 },
  } as MigrationRecord['options'],
  phase: 'started',
  createdAt: new Date(0).toISOString(),
  runner: { controller: 'x', run: 'before' },
  plan: { via: 'direct', precopy: true, helperSnapshots: false, usedBytes: 0 },
  wasRunning: true,
  passes: [],
  copy: 'whole',
  history: [{ phase: 'started', at: new Date(0).toISOString() }],
  cancelled: false,
};

/** The host has seen `fence` last. */
function runnerOf(fence = 0) {
  const timeline = new Timeline();
  const store = new MemoryStore();
  store.put(keys.migration(id), started);
  const answer = deferred<unknown>();
  const called: string[] = [];
  const host = (pool: string) =>
    Promise.resolve({
      pool,
      call: (method: string) => {
        called.push(method);
        if (method === 'ObserveCopy' && called.length === 1) return Promise.resolve({ fence });
        return method === 'SettleDestination' ? answer.promise : new Promise(() => undefined);
      },
    });
  const get = async (key: string) => (await store.getMany([key]))[0];
  const parts = {
    store: { get, getMany: store.getMany.bind(store), transact: store.transact.bind(store) },
    host,
    log: pino({ enabled: false }),
    clock: new Process(timeline).clock,
    randomHex: (bytes: number) => '0'.repeat(2 * bytes),
    progress: () => undefined,
    queue: { leave: () => undefined, wrote: () => undefined },
  } as unknown as RunnerParts;
  const runner = new Runner(id, { by: { controller: 'x', run: 'now' }, from: 'before' }, parts);
  const record = async () => decodeRecord((await get(keys.migration(id)))?.value);
  const pass = (ms: number) => timeline.run(() => false, ms);
  return { runner, record, pass, answer, called };
}

test('a call without an answer is noted after 15 s, since when it waits, and the note goes with the answer', async () => {
  const { runner, record, pass, answer, called } = runnerOf();
  const run = runner.run();
  await pass(14_000);
  expect(called).toEqual(['ObserveCopy', 'SettleDestination']);
  expect((await record()).waitingFor).toBeUndefined();
  await pass(2_000);
  expect(await record()).toMatchObject({ phase: 'started', waitingFor: { code: 'unavailable', message } });
  expect((await record()).waitingSince).toBeDefined();
  answer.resolve({ stoppedByItself: false });
  await pass(1_000);
  expect(await record()).toMatchObject({ phase: 'switched' });
  expect((await record()).waitingFor).toBeUndefined();
  runner.stop();
  await run;
});

test('a person can decide while the call hangs, and its late answer changes nothing', async () => {
  const { runner, record, pass, answer } = runnerOf();
  const run = runner.run();
  await pass(16_000);
  runner.resolve('source');
  await pass(1_000);
  const resolved = { keep: 'source', phase: 'started' };
  expect(await record()).toMatchObject({ phase: 'reverting', resolved });
  answer.resolve({ stoppedByItself: true });
  await pass(1_000);
  expect((await record()).phase).toBe('reverting');
  runner.stop();
  await run;
});

test('a host that has seen a later command than the record has written is not sent another one', async () => {
  const { runner, record, pass, called } = runnerOf(1_000);
  const run = runner.run();
  await pass(1_000);
  expect(called).not.toContain('SettleDestination');
  const message = 'b is ahead of the record of the migration, which was restored from a backup';
  expect(await record()).toMatchObject({ phase: 'found', error: { code: 'aborted', message } });
  runner.stop();
  await run;
});
