// Aim: measurements are kept in order and for their time, within the bound on disk, over restarts and over damage.
// Method: the real database in a temporary directory, the clock passed in.
import fc from 'fast-check';
import { cpSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MeasurementStore } from '../../agent/measurements/measurement-store.js';
import { meansOf } from '../../common/measurement-means.js';
import { idsPerMs, meansIntervalMs } from '../../common/measurements.js';
import { temporaryDirectory } from '../support/etcd.js';

const log = pino({ level: 'silent' });
const startMs = Date.UTC(2026, 10, 28);
let directory: string;
let nowMs: number;
let store: MeasurementStore;

const open = (bytesMax = 64 << 20) => new MeasurementStore({ directory, bytesMax, log, now: () => nowMs });
const resource = (CPU: number) => ({ CPU, memory: 50 });

beforeEach(async () => {
  directory = await temporaryDirectory();
  nowMs = startMs;
  store = open();
});
afterEach(() => store.close());

test('the newest rows come first, in pages, and ids grow over a restart and a clock that goes back', async () => {
  for (let each = 0; each < 5; each++) await store.append('resource', [resource(each), resource(each + 0.5)]);
  await store.close();
  nowMs -= 3600_000;
  store = open();
  const last = await store.append('resource', [resource(9)]);
  expect(last).toBeGreaterThan(startMs * idsPerMs);
  const cpus = (rows: readonly { json: string }[]) =>
    rows.map(({ json }) => (JSON.parse(json) as { CPU: number }).CPU);
  const first = await store.read({ kind: 'resource', limit: 4 });
  expect(cpus(first.rows)).toEqual([9, 4.5, 4, 3.5]);
  const second = await store.read({ kind: 'resource', limit: 100, belowId: first.next });
  expect(cpus(second.rows)).toEqual([3, 2.5, 2, 1.5, 1, 0.5, 0]);
  expect(second.next).toBe(0);
  const above = await store.read({ kind: 'resource', limit: 100, aboveId: first.rows[1]?.id ?? 0 });
  expect(cpus(above.rows)).toEqual([9]);
});

test('ids are higher than a floor, and rows may be limited by age and subject', async () => {
  await store.raiseIds((startMs + 10_000) * idsPerMs);
  const row = (container: string) => ({ container, CPU: 1, memory: 2, received: 3, sent: 4 });
  const id = await store.append('container', [row('web'), row('web2'), row('db')]);
  expect(id).toBe((startMs + 10_000) * idsPerMs + 3);
  nowMs += 20_000;
  await store.append('container', [row('db')]);
  const web = await store.read({ kind: 'container', limit: 10, subject: 'web' });
  expect(web.rows.map(({ json }) => JSON.parse(json) as unknown)).toEqual([row('web')]);
  expect(await store.recent('container', 10_000)).toEqual([row('db')]);
});

test('means of five minutes outlive the rows, which are removed after a day', async () => {
  for (let tick = 0; tick < 120; tick++) {
    await store.append('resource', [resource(tick < 60 ? 10 : 30)]);
    nowMs += 5_000;
  }
  nowMs += 15_000;
  await store.tidy();
  nowMs += 25 * 3600_000;
  await store.tidy();
  expect((await store.read({ kind: 'resource', limit: 10 })).rows).toEqual([]);
  const { rows } = await store.read({ kind: 'resource', limit: 10, isCoarse: true });
  expect(rows.map(({ atMs, json }) => [atMs - startMs, JSON.parse(json) as unknown])).toEqual([
    [meansIntervalMs, resource(30)],
    [0, resource(10)],
  ]);
  nowMs += 30 * 24 * 3600_000;
  await store.tidy();
  expect((await store.read({ kind: 'resource', limit: 10, isCoarse: true })).rows).toEqual([]);
});

test('the directory stays within its bound: the oldest rows go', { timeout: 60_000 }, async () => {
  const bytesMax = 32 << 20;
  await store.close();
  store = open(bytesMax);
  let largest = 0;
  for (let batch = 0; batch < 250; batch++) {
    nowMs += 1000;
    // Random text, which cannot be compressed.
    const cmd = Array.from({ length: 400 }, () => Math.random().toString(36).slice(2))
      .join('')
      .slice(0, 4000);
    const row = { cmd, cmd_type: 'v' as const, proc_time: batch, response_time: 1 };
    await store.append(
      'command',
      Array.from({ length: 50 }, () => row),
    );
    const bytes = readdirSync(directory).reduce(
      (sum, name) => sum + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
    largest = Math.max(largest, bytes);
  }
  expect(largest).toBeLessThan(bytesMax);
  const [newest] = await store.recent('command', 1);
  expect(newest?.proc_time).toBe(249);
});

test('a damaged database is repaired, and later rows are kept', async () => {
  for (let batch = 0; batch < 50; batch++) await store.append('resource', [resource(batch)]);
  await store.close();
  // What a power failure may leave: a log that ends in the middle, and no manifest.
  for (const name of readdirSync(directory)) {
    const file = join(directory, name);
    if (name.endsWith('.log')) truncateSync(file, Math.floor(statSync(file).size / 2));
    if (name.startsWith('MANIFEST')) writeFileSync(file, 'not a manifest');
  }
  store = open();
  await store.append('resource', [resource(99)]);
  const { rows } = await store.read({ kind: 'resource', limit: 100 });
  expect(JSON.parse(rows[0]?.json ?? '')).toEqual(resource(99));
  expect(rows.length).toBeGreaterThan(5);
});

test('a log that is cut anywhere, as by a power failure, keeps what is before the cut, and goes on', async () => {
  const count = 40;
  for (let batch = 0; batch < count; batch++) await store.append('resource', [resource(batch)]);
  await store.close();
  const whole = directory;
  const kept = new Set<number>();
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 1000 }), async (thousandths) => {
      directory = await temporaryDirectory();
      cpSync(whole, directory, { recursive: true });
      for (const name of readdirSync(directory).filter((each) => each.endsWith('.log'))) {
        const file = join(directory, name);
        truncateSync(file, Math.floor((statSync(file).size * thousandths) / 1000));
      }
      store = open();
      const read = async () => {
        const { rows } = await store.read({ kind: 'resource', limit: 100 });
        return {
          ids: rows.map(({ id }) => id),
          values: rows.map(({ json }) => (JSON.parse(json) as { CPU: number }).CPU),
        };
      };
      const { values, ids } = await read();
      // No gap, and nothing that was not stored.
      expect(values).toEqual(values.map((_, index) => values.length - 1 - index));
      kept.add(values.length);
      await store.append('resource', [resource(99)]);
      const after = await read();
      expect(after.values).toEqual([99, ...values]);
      expect(after.ids[0]).toBeGreaterThan(ids[0] ?? 0);
      await store.close();
    }),
    { numRuns: 25, seed: 9 },
  );
  directory = whole;
  store = open();
  expect(kept.size).toBeGreaterThan(5);
});

test('means: least and most stay, texts are the last, and things are apart', () => {
  const row = (locus2_id: string, latency: number) => ({
    locus2_id,
    latency_min_1to2: latency,
    latency_median_1to2: latency,
    latency_max_1to2: latency,
    throughput_measured: latency > 2,
  });
  expect(meansOf('link', [row('b', 1), row('c', 7), row('b', 4)])).toEqual([
    {
      locus2_id: 'b',
      latency_min_1to2: 1,
      latency_median_1to2: 2.5,
      latency_max_1to2: 4,
      throughput_measured: true,
    },
    row('c', 7),
  ]);
});
