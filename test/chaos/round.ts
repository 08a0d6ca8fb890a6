// One fault for many migrations at the same time, each held at the moment of its own cell. A fault of half a minute
// then costs half a minute once.
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../../deploy/lab/cluster.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { nameOf, routeOf, type Cell } from './cells.js';
import { actOf, faults } from './faults.js';
import type { Failpoint, Failpoints } from './failpoints.js';
import { judge } from './judge.js';
import type { Refusals } from './people.js';
import { begin, told, untilEnded, view, type View } from './migrations.js';
import type { Random } from './random.js';
import type { Result } from './report.js';
import { makeSubject, portrait, removeSubject } from './subject.js';
import { Crashes } from './crashes.js';
import { Witness } from './witness.js';

/** Limit on the time from the end of the fault to the end of the migration. */
const endWithinMs = 120_000;

/** Slow enough to interrupt a copy of a subject's 5 MB in the middle. */
const slowBytesPerSecond = 1_000_000;

/** The bytes after which a copy counts as in the middle. */
const someBytes = 300_000;

interface Subject {
  readonly cell: Cell;
  readonly container: string;
  readonly before: readonly string[];
  readonly failpoint: Failpoint;
  readonly id: string;
}

interface RoundOptions {
  readonly frozenMs: number;
  readonly random: Random;
}

/** Runs cells of one fault on a prepared cluster. Throws when the lab itself fails. */
export async function runRound(
  cluster: Cluster,
  failpoints: Failpoints,
  cells: readonly Cell[],
  { frozenMs, random }: RoundOptions,
): Promise<Result[]> {
  const fault = faults[cells[0]?.fault ?? 'none'];
  const witness = new Witness(cluster.hosts);
  try {
    const subjects = await eachOf(cells, 3, (cell, at) =>
      park(cluster, failpoints, cell, `${letters(at)}${at % 2 ? 'auto' : 'own'}`),
    );
    for (const { failpoint, cell } of subjects) if (cell.moment === 'during') failpoints.release(failpoint);
    await Promise.all([
      pause(random.between(50, 300)),
      ...subjects.map((subject) => untilMoving(cluster, subject)),
    ]);
    const containers = subjects.map(({ container }) => container);
    const struck = await fault.strike(cluster, containers);
    const refusals = (struck ?? new Map()) as Refusals;
    const struckAt = performance.now();
    for (const { failpoint } of subjects) failpoints.release(failpoint);
    await pause(fault.lasts(random, frozenMs));
    await fault.heal(cluster);
    const healedAt = performance.now();

    const ids = subjects.map(({ id }) => id);
    const crashed = new Crashes(cluster.hosts);
    const ends = await untilEnded(cluster, ids, endWithinMs).finally(() => crashed.end());
    await witness.end();
    return await eachOf(subjects, 3, async ({ cell, container, before, id }) => {
      const name = nameOf(cell);
      const end = ends.get(id);
      if (!end)
        return { name, cell, outcome: 'lost', seconds: 0, problems: ['the controller has no record of it'] };
      const [source, destination] = [cluster.lab.host('server1'), cluster.lab.host('server2')];
      const { running } = cell;
      const refusal = refusals.get(container);
      const wish = refusal === undefined ? actOf(cell.fault)?.wish : undefined;
      const expected = {
        container,
        source,
        destination,
        running,
        before,
        wish,
        wishCounts: isBeforeStart(cell),
      };
      const problems =
        end.endedAt === undefined
          ? [`no end within ${endWithinMs / 1000} s after the fault`]
          : await judge(cluster, witness, expected, end.view);
      const seconds = Math.max(0, (end.endedAt ?? performance.now()) - healedAt) / 1000;
      const outcome = end.endedAt === undefined ? 'stuck' : end.view.state;
      const lasted = `fault lasted ${((healedAt - struckAt) / 1000).toFixed(1)} s`;
      const refused = refusal === undefined ? [] : [`refused: ${refusal}`];
      const detail = [told(end.view), lasted, ...refused, ...crashed.told].join('; ');
      return { name, cell, outcome, seconds, problems, detail };
    });
  } finally {
    await witness.end();
  }
}

/** Restores the cluster for the next round. */
export async function clear(cluster: Cluster, containers: readonly string[]): Promise<void> {
  const names = containers.flatMap((name) => [name, `${name}-new`]);
  for (const host of cluster.hosts) await eachOf(names, 3, (name) => removeSubject(host, name));
}

export const containersOf = (cells: readonly Cell[]): string[] =>
  cells.map((_, at) => `${letters(at)}${at % 2 ? 'auto' : 'own'}`);

/** Creates a container, begins its migration and waits until it is at its cell's moment. */
async function park(
  cluster: Cluster,
  failpoints: Failpoints,
  cell: Cell,
  container: string,
): Promise<Subject> {
  const { phase, moment, running } = cell;
  const route = routeOf(cell);
  const source = cluster.lab.host('server1');
  const autostart = running && container.endsWith('auto');
  await makeSubject(source, container, { running, doomed: route === 'doomed', autostart });
  const before = await portrait(source, container);
  const failpoint = { container, phase, when: moment === 'after' ? 'after' : 'before' } as const;
  failpoints.set(failpoint);
  const slow = moment === 'during' && (phase === 'claimed' || phase === 'stopped');
  const options = {
    // The last pass has to move all the bytes.
    ...(phase === 'stopped' && moment === 'during' ? { passes_max: '0' } : {}),
    ...(slow ? { bandwidth_limit: String(slowBytesPerSecond) } : {}),
  };
  const turn = { container, phase: 'synced', when: 'before' } as const;
  if (route === 'cancelled') failpoints.set(turn);
  const id = await begin(cluster, { container, source: 'server1', destination: 'server2', options });
  if (route === 'cancelled') {
    await waitFor(`${container} to come to ${turn.phase}`, () => failpoints.isReached(turn), 120_000);
    void cluster.request('DELETE', `migrations/${id}`).catch(() => undefined);
    await waitFor(`the cancellation of ${container} to stand`, () => isToBeCancelled(cluster, id));
    failpoints.release(turn);
  }
  // A migration that takes another way ends without reaching that moment. Its own details show why.
  const ended = await waitFor(
    `${nameOf(cell)} to come there`,
    async () => failpoints.isReached(failpoint) || (await endOf(cluster, id)),
    120_000,
  );
  if (ended !== true && !failpoints.isReached(failpoint))
    throw new Error(`${nameOf(cell)} went by: ${told(ended)}`);
  return { cell, container, before, failpoint, id };
}

/** Whether the source is still the container: the destination's settings are final when it is started. */
function isBeforeStart({ phase, moment }: Cell): boolean {
  return phase === 'verified'
    ? moment === 'before'
    : !['started', 'switched', 'released', 'removed'].includes(phase);
}

/** By the log, because DELETE is answered only after going back is complete. */
function isToBeCancelled(cluster: Cluster, id: string): boolean {
  const lines = cluster.log.split('\n');
  return lines.some((line) => line.includes(id) && line.includes('a cancellation was requested'));
}

async function endOf(cluster: Cluster, id: string): Promise<View | false> {
  const now = await view(cluster, id);
  return now.state !== 'running' && now;
}

async function untilMoving(cluster: Cluster, { cell, id }: Subject): Promise<void> {
  const { phase, moment } = cell;
  if (moment !== 'during' || (phase !== 'claimed' && phase !== 'stopped')) return;
  await waitFor(`${nameOf(cell)} to move bytes`, async () => (await view(cluster, id)).bytes > someBytes);
}

/** a, b, ... z, ba, bb: names without digits, which control groups of containers append themselves. */
function letters(at: number): string {
  const last = String.fromCharCode(97 + (at % 26));
  return at < 26 ? last : letters(Math.floor(at / 26)) + last;
}

/** Processes all items with limited concurrency, and returns the results in order. */
async function eachOf<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, at: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const left = items.entries();
  const worker = async () => {
    for (const [at, item] of left) results[at] = await work(item, at);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
