// Aim: more moves at once than a host has slots arrive one after the other, each with the downtime that it has alone, and
// none is lost with the controller. Method: real hosts; the histories of the migrations show who was cut over when.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';

/** More of both show more; these are quick. */
const size = {
  hosts: Number(process.env['COPA_QUEUE_HOSTS'] ?? 3),
  containers: Number(process.env['COPA_QUEUE_CONTAINERS'] ?? 5),
};

interface Migration {
  readonly id: string;
  readonly source: string;
  readonly destination: string;
  readonly phase: string;
  readonly downtime_ms: number;
  readonly downtime: object;
  readonly queue: { readonly for: string; readonly place: number } | null;
  readonly history: readonly { readonly phase: string; readonly at: string }[];
}

const obstacle = await Lab.obstacle();
if (obstacle !== undefined)
  console.warn(`\n*** NOT TESTED, many moves at once on real hosts: ${obstacle} ***\n`);

describe.skipIf(obstacle !== undefined)('many moves at once', { timeout: 500_000 }, () => {
  let cluster: Cluster, from: Host, others: Host[];
  const names = Array.from({ length: size.containers }, (_, index) => `c${index}`);
  const all = async () => (await cluster.request('GET', 'migrations', {})).body['migrations'] as Migration[];
  const begin = (name: string, to: Host, source = from) =>
    cluster.request('POST', 'container', {
      form: {
        operation: 'migrate',
        container_name: name,
        container_pool: source.name,
        destination_pool: to.name,
      },
      headers: { prefer: 'respond-async' },
    });
  const ended = async (count: number) => {
    for (;;) {
      const now = (await all()).filter(({ phase }) => phase === 'done');
      if (now.length >= count) return now;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };

  beforeAll(async () => {
    cluster = await Cluster.up({ hosts: size.hosts });
    [from, ...others] = cluster.hosts as [Host, ...Host[]];
    for (const name of names) await cluster.launch(from, name);
  }, 400_000);
  afterAll(() => cluster.down(), 120_000);

  test('are as quick as one alone, and wait in the queue', async () => {
    const to = (index: number) => others[index % others.length] as Host;
    const first = names[0] as string;
    await begin(first, to(0));
    await ended(1);
    await begin(first, from, to(0));
    const alone = (await ended(2)).map(({ downtime_ms }) => downtime_ms);
    const startedAt = Date.now();
    const begun = await Promise.all(names.map((name, index) => begin(name, to(index))));
    expect(begun.map(({ status }) => status)).toEqual(names.map(() => 202));
    const waiting = (await all()).filter(({ queue }) => queue !== null);
    expect(waiting.length).toBeGreaterThan(0);
    const metrics = await (await fetch(new URL('/metrics', cluster.url))).text();
    expect(metrics).toMatch(/^copa_migrations_queued\{kind="copy"\} [1-9]/m);
    const crowd = (await ended(2 + names.length)).slice(0, names.length);
    const took = Date.now() - startedAt;
    const downtimes = crowd.map(({ downtime_ms }) => downtime_ms).sort((a, b) => a - b);
    const median = downtimes[Math.floor(downtimes.length / 2)] as number;
    console.log(
      `alone ${alone.join(', ')} ms; ${names.length} at once in ${took} ms: ${downtimes.join(', ')} ms`,
    );
    expect(mostAtATime(crowd, 'claimed', 'copied')).toBeLessThanOrEqual(3);
    expect(mostAtATime(crowd, 'copied', 'started')).toBe(1);
    expect(median).toBeLessThan(3 * Math.max(...alone));
  });

  test('go on after the controller was killed', async () => {
    for (const migration of await all()) expect(migration.phase).toBe('done');
    const at = new Map((await all()).map((each) => [each.id, each]));
    expect(at.size).toBe(2 + names.length);
    const places = names.map((name, index) => ({ name, host: others[index % others.length] as Host }));
    for (const { name, host } of places) await begin(name, from, host);
    await cluster.kill('controller');
    await cluster.startController();
    expect(await ended(2 + 2 * names.length)).toHaveLength(2 + 2 * names.length);
  });
});

/** How many were between the two phases at the same moment, at most. */
function mostAtATime(migrations: readonly Migration[], after: string, until: string): number {
  const at = ({ history }: Migration, phase: string) =>
    Date.parse(history.find((entry) => entry.phase === phase)?.at ?? '');
  const spans = migrations.map((migration) => [at(migration, after), at(migration, until)] as const);
  return Math.max(...spans.map(([begin]) => spans.filter(([a, b]) => a <= begin && begin < b).length));
}
