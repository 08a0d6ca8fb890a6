// Aim: an earlier release and this one work together in every mixture, and each part may be upgraded first, also while
// containers move. Method: two real hosts and a controller of the earlier release. Part after part is replaced by this
// release, in both orders; meanwhile a move is held at each of the phases, and one is in the middle of its copy. In each
// mixture, every kind of request is made.
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

/** The releases that CHANGELOG.md names, the last one first. CI tests that one, COPA_TEST_RELEASES=all each of them. */
const releases = {
  '0.2.0': '5f0c371d1f5afa9f980b018e7acae0a541d874fe',
  '0.1.0': '8640383ce3663190af904ee84e3887cb84df3d3d',
};
const all = process.env['COPA_TEST_RELEASES'] === 'all';
const phasesOfBoth = [
  'accepted',
  'claimed',
  'copied',
  'stopped',
  'synced',
  'verified',
  'switched',
  'removed',
] as const;
const even = phasesOfBoth.filter((_, index) => index % 2 === 0);
const odd = phasesOfBoth.filter((_, index) => index % 2 === 1);
type HeldPhase = (typeof phasesOfBoth)[number] | 'started';

const labObstacle = (await Lab.obstacle()) ?? daemonObstacle('lxd');
const obstacles = new Map<string, string | undefined>();
for (const [version, commit] of Object.entries(releases)) {
  const obstacle = labObstacle ?? (await releaseObstacle(commit));
  if (obstacle !== undefined) console.warn(`\n*** NOT TESTED with ${version}: ${obstacle} ***\n`);
  const chosen = all || version === Object.keys(releases)[0];
  obstacles.set(version, obstacle ?? (chosen ? undefined : 'COPA_TEST_RELEASES is not "all"'));
}

interface Move {
  readonly container: string;
  readonly id: string;
}

describe.each(Object.entries(releases))('an upgrade from %s', (version, commit) => {
  const obstacle = obstacles.get(version);
  const failpoints = new Failpoints(mkdtempSync(join(tmpdir(), 'copa-upgrade-')));
  let cluster: Cluster;
  let one: Host, two: Host;
  let earlier: string;

  beforeAll(async () => {
    if (obstacle !== undefined) return;
    earlier = await releaseProgram(commit);
    // 0.1.0 has the setting under its earlier name.
    const env = { COPA_TEST_GATES: failpoints.directory, COPA_TEST_FAILPOINTS: failpoints.directory };
    cluster = await Cluster.up({ hosts: 2, daemon: 'lxd', program: earlier, env });
    [one, two] = cluster.hosts as [Host, Host];
  }, 600_000);
  afterAll(async () => {
    if (obstacle === undefined) await cluster.down();
    rmSync(failpoints.directory, { recursive: true, force: true });
  }, 120_000);

  /** The answers of an earlier release are not those that this release documents, so nothing checks them. */
  const ask = async (path: string, form?: Record<string, string>) => {
    const body = form && new URLSearchParams(form);
    const headers = { Prefer: 'respond-async' };
    const reply = await fetch(
      `${cluster.url}/${path}`,
      form ? { method: 'POST', body: body ?? null, headers } : {},
    );
    return (await reply.json()) as Record<string, unknown>;
  };
  const operate = async (operation: string, name: string, more: Record<string, string> = {}) => {
    const answer = await ask('container', {
      operation,
      container_pool: one.name,
      container_name: name,
      ...more,
    });
    expect(answer, operation).not.toHaveProperty('error');
    return answer;
  };
  const launch = async (name: string) => {
    await operate('create', name, { image_type: 'tiny' });
    await operate('start', name);
    expect(await findContainer(one, name)).toMatchObject({ status: 'Running' });
  };
  const move = async (container: string, more: Record<string, string> = {}): Promise<Move> => {
    const { id } = await operate('migrate', container, { destination_pool: two.name, ...more });
    return { container, id: String(id) };
  };

  /** Waits for the end of a move, and checks that the container runs at the destination alone, without any mark. */
  const arrive = async ({ id, container }: Move) => {
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
    const marks = /^user\.copa\.|^raw\.lxc$|^linux\.kernel_modules$|^boot\.autostart$|^security\.protection/;
    expect(
      Object.keys(arrived?.config ?? {}).filter((key) => marks.test(key)),
      container,
    ).toEqual([]);
    await two.lxc('delete', '--force', container);
  };

  /** Has a move held at each of the phases and one copying, while `upgrade` is done. All must arrive. */
  const moveDuring = async (
    prefix: string,
    phases: readonly HeldPhase[],
    upgrade: () => Promise<unknown>,
  ) => {
    const held = phases.map((phase) => ({ container: `${prefix}-${phase}`, phase, when: 'before' as const }));
    const copying = `${prefix}-copying`;
    await Promise.all([copying, ...held.map(({ container }) => container)].map(launch));
    await one.lxc('exec', copying, '--', 'dd', 'if=/dev/urandom', 'of=/big', 'bs=1M', 'count=30');
    for (const failpoint of held) failpoints.set(failpoint);
    const moves = [await move(copying, { bandwidth_limit: '2000000' })];
    for (const { container } of held) moves.push(await move(container));
    await waitFor(
      'all moves to be held',
      () => held.every((failpoint) => failpoints.isReached(failpoint)),
      120_000,
    );
    await upgrade();
    for (const failpoint of held) failpoints.release(failpoint);
    for (const held of moves) await arrive(held);
  };

  /** Every kind of request of both releases, as scripts make them. */
  const doEverything = async (name: string) => {
    await launch(name);
    expect(await operate('exec', name, { command: 'echo here' })).toMatchObject({ stdout: 'here\n' });
    for (const operation of ['freeze', 'unfreeze', 'restart']) await operate(operation, name);
    await operate('limits', name, { memory: '128MiB' });
    for (const operation of ['snapshot', 'restore', 'delete_snapshot'])
      await operate(operation, name, { snapshot_name: 's1' });
    await operate('copy', name, { new_name: `${name}-copy` });
    await operate('rename', `${name}-copy`, { new_name: `${name}-renamed` });
    await operate('delete', `${name}-renamed`);
    const queries = ['list_containers', 'information', 'list_snapshots', 'console_log'].map((operation) => {
      const query = { operation, container_pool: one.name, container_name: name };
      return `container/?${String(new URLSearchParams(query))}`;
    });
    const images = `image/?image_pool=${one.name}`;
    for (const path of ['pools/', images, ...queries, 'migrations', 'tokens', 'overview', 'audit'])
      expect(await ask(path), path).not.toHaveProperty('error');
    await arrive(await move(name));
  };
  const replace = (program: string, ...hosts: readonly Host[]) =>
    Promise.all(hosts.map((host) => host.replaceAgent(program)));

  test.skipIf(obstacle !== undefined)(
    `the agents first, one after the other${obstacle === undefined ? '' : ` (${obstacle})`}`,
    { timeout: 400_000 },
    async () => {
      await moveDuring('a', even, () => replace(program(), two));
      await doEverything('newer-destination');
      await moveDuring('b', odd, () => replace(program(), one));
      await doEverything('newer-agents');
    },
  );

  test.skipIf(obstacle !== undefined)(
    `the controller first, the agents later${obstacle === undefined ? '' : ` (${obstacle})`}`,
    { timeout: 600_000 },
    async () => {
      await replace(earlier, one, two);
      await moveDuring('c', phasesOfBoth, () => cluster.replaceController(program()));
      await doEverything('newer-controller');
      // An earlier release has no queue. In this one, each held move would wait for the slots of the one before it.
      await cluster.liftLimits();
      await moveDuring('d', ['claimed', 'stopped', 'switched', 'started'], () => replace(program(), one));
      await doEverything('older-destination');
      await moveDuring('e', ['copied', 'verified'], () => replace(program(), two));
    },
  );
});
