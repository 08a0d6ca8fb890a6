// Aim: the last release and this one work together in every mixture, and each may be upgraded first, also while
// containers move. Method: two real hosts and a controller of the last release; one move is held at each phase, and one is
// in the middle of its copy, while one side is replaced by this release.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import { daemonObstacle } from '../../deploy/lab/daemons.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab, program } from '../../deploy/lab/lab.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { releaseObstacle, releaseProgram } from '../../deploy/lab/release.js';
import { Failpoints } from '../chaos/failpoints.js';
import { findContainer } from './fixture.js';

/** Version 0.1.0; CHANGELOG.md names it. */
const lastRelease = '8640383ce3663190af904ee84e3887cb84df3d3d';
const phasesOfLast = [
  'accepted',
  'claimed',
  'copied',
  'stopped',
  'synced',
  'verified',
  'switched',
  'removed',
] as const;
const phasesOfThis = [...phasesOfLast, 'started'] as const;
type HeldPhase = (typeof phasesOfThis)[number];

const obstacle = (await Lab.obstacle()) ?? daemonObstacle('lxd') ?? (await releaseObstacle(lastRelease));
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED: ${obstacle} ***\n`);

interface Move {
  readonly container: string;
  readonly id: string;
}

describe.skipIf(obstacle !== undefined)('an upgrade from the last release while containers move', () => {
  const failpoints = new Failpoints(mkdtempSync(join(tmpdir(), 'copa-upgrade-')));
  let cluster: Cluster;
  let one: Host, two: Host;
  let last: string;

  beforeAll(async () => {
    last = await releaseProgram(lastRelease);
    // The last release has the setting under its earlier name.
    const env = { COPA_TEST_GATES: failpoints.directory, COPA_TEST_FAILPOINTS: failpoints.directory };
    cluster = await Cluster.up({ hosts: 2, daemon: 'lxd', program: last, env });
    [one, two] = cluster.hosts as [Host, Host];
  }, 600_000);
  afterAll(async () => {
    await cluster.down();
    rmSync(failpoints.directory, { recursive: true, force: true });
  }, 120_000);

  /** The answers of the last release are not those that this release documents, so nothing checks them. */
  const ask = async (path: string, form?: Record<string, string>) => {
    const body = form && new URLSearchParams(form);
    const headers = { Prefer: 'respond-async' };
    const reply = await fetch(
      `${cluster.url}/${path}`,
      form ? { method: 'POST', body: body ?? null, headers } : {},
    );
    return (await reply.json()) as Record<string, unknown>;
  };
  const launch = async (name: string) => {
    const at = { container_pool: one.name, container_name: name };
    await ask('container', { operation: 'create', ...at, image_type: 'tiny' });
    await ask('container', { operation: 'start', ...at });
    expect(await findContainer(one, name)).toMatchObject({ status: 'Running' });
    return name;
  };
  const move = async (container: string, more: Record<string, string> = {}): Promise<Move> => {
    const at = { container_pool: one.name, container_name: container, destination_pool: two.name };
    const { id } = await ask('container', { operation: 'migrate', ...at, ...more });
    return { container, id: String(id) };
  };

  /** Has a move held at each of the phases and one copying, while `upgrade` is done. All must arrive. */
  const moveDuring = async (prefix: string, phases: readonly HeldPhase[], upgrade: () => Promise<void>) => {
    const held = phases.map((phase) => ({ container: `${prefix}-${phase}`, phase, when: 'before' as const }));
    const copying = await launch(`${prefix}-copying`);
    await one.lxc('exec', copying, '--', 'dd', 'if=/dev/urandom', 'of=/big', 'bs=1M', 'count=30');
    for (const failpoint of held) {
      await launch(failpoint.container);
      failpoints.set(failpoint);
    }
    const moves = [await move(copying, { bandwidth_limit: '1000000' })];
    for (const { container } of held) moves.push(await move(container));
    await waitFor(
      'all moves to be held',
      () => held.every((failpoint) => failpoints.isReached(failpoint)),
      120_000,
    );
    await upgrade();
    for (const failpoint of held) failpoints.release(failpoint);
    for (const { id, container } of moves) {
      const now = await waitFor(
        `${container} to arrive`,
        async () => {
          const view = await ask(`migrations/${id}`);
          return view['state'] !== 'running' && view;
        },
        180_000,
      );
      expect(now, container).toMatchObject({ state: 'done', error: null });
      expect(await findContainer(one, container), container).toBeUndefined();
      const arrived = await findContainer(two, container);
      expect(arrived, container).toMatchObject({ status: 'Running' });
      const marks =
        /^user\.copa\.|^raw\.lxc$|^linux\.kernel_modules$|^boot\.autostart$|^security\.protection/;
      expect(
        Object.keys(arrived?.config ?? {}).filter((key) => marks.test(key)),
        container,
      ).toEqual([]);
      await two.lxc('delete', '--force', container);
    }
  };
  const replaceAgents = async (release: string) => {
    await Promise.all([one, two].map((host) => host.replaceAgent(release)));
  };

  test('the agents first', { timeout: 400_000 }, async () => {
    await moveDuring('a', phasesOfLast, () => replaceAgents(program()));
  });

  test('the controller first, and the agents later', { timeout: 600_000 }, async () => {
    await replaceAgents(last);
    await moveDuring('b', phasesOfLast, () => cluster.replaceController(program()));
    // The last release has no queue. In this one, each held move would wait for the slots of the one before it.
    await cluster.liftLimits();
    await moveDuring('c', phasesOfThis, () => replaceAgents(program()));
  });
});
