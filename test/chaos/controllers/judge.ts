// What has to be true when the faults are over and the load has ended: everything ends by itself, the controllers agree,
// what was acknowledged is there, and the daemons have each container once.
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection, Migration } from '../../../client/index.js';
import { messageOf } from '../../../common/errors.js';
import type { Host } from '../../../deploy/lab/host.js';
import { listContainers } from '../subject.js';
import type { Witness } from '../witness.js';
import type { Created } from './containers.js';
import type { Installation } from './installation.js';
import type { Joined } from './joins.js';
import { untilReady } from './machines.js';
import type { Moves } from './moves.js';

export interface Expected {
  readonly moves: Moves;
  readonly created: ReadonlyMap<string, Created>;
  readonly joined: ReadonlyMap<string, Joined>;
}

/** From the end of the last fault. */
const endMsMax = 180_000;

export interface Convergence {
  readonly seconds: number;
  readonly problems: readonly string[];
}

/** Waits until all controllers are ready and no migration runs. */
export async function converge({ machines, copa }: Installation): Promise<Convergence> {
  const startedAt = performance.now();
  const problems: string[] = [];
  await untilReady(machines, endMsMax).catch((error: unknown) => problems.push(messageOf(error)));
  let open: readonly Migration[] = [];
  while (performance.now() - startedAt < endMsMax) {
    open =
      (await migrationsOf(copa).catch(() => undefined))?.filter(({ state }) => state === 'running') ?? open;
    if (open.length === 0) break;
    await pause(500);
  }
  for (const { id, container, phase, error, waiting_for } of open)
    problems.push(`migration ${id} of ${container} has no end: ${phase}, ${error}, waits for ${waiting_for}`);
  return { seconds: (performance.now() - startedAt) / 1000, problems };
}

export async function judge(
  installation: Installation,
  witness: Witness,
  expected: Expected,
): Promise<readonly string[]> {
  const { lab, machines } = installation;
  const direct = machines.map((machine) => installation.clientOf([machine]));
  const migrations = await migrationsOf(installation.copa);
  return [
    ...(await disagreements(direct)),
    ...migrationProblems(migrations, expected.moves),
    ...(await poolProblems(installation, expected.joined)),
    ...(await containerProblems(lab.hosts, witness, expected)),
    ...(await lockProblems(installation, expected)),
  ];
}

async function migrationsOf(copa: Connection): Promise<readonly Migration[]> {
  return (await copa.migrations({ limit: 1000 })).migrations;
}

/** All controllers answer the same. */
async function disagreements(direct: readonly Connection[]): Promise<string[]> {
  const views: Record<string, (copa: Connection) => Promise<unknown>> = {
    pools: async (copa) => (await copa.pools()).pools,
    tokens: async (copa) => (await copa.tokens()).tokens.map(({ name, created_at }) => [name, created_at]),
    migrations: async (copa) => (await migrationsOf(copa)).map(({ id, state, phase }) => [id, state, phase]),
  };
  const problems: string[] = [];
  for (const [name, view] of Object.entries(views)) {
    const answers = await Promise.all(direct.map(async (copa) => JSON.stringify(await view(copa))));
    if (new Set(answers).size > 1)
      problems.push(`the controllers do not agree on ${name}: ${answers.join(' | ')}`);
  }
  return problems;
}

function migrationProblems(migrations: readonly Migration[], { begun, unknown }: Moves): string[] {
  const known = new Set(migrations.map(({ id }) => id));
  const lost = [...begun].filter((id) => !known.has(id));
  const extra = migrations.filter(({ id }) => !begun.has(id));
  return [
    // Old records are removed; what is missing must be older than all that is there.
    ...lost
      .filter((id) => migrations.length < 900 || id > ([...known].sort()[0] ?? ''))
      .map((id) => `migration ${id} was acknowledged and is not there`),
    ...(extra.length > unknown
      ? [
          `${extra.length} migrations were not acknowledged, but only ${unknown} orders had an unknown outcome`,
        ]
      : []),
  ];
}

async function poolProblems({ copa }: Installation, joined: ReadonlyMap<string, Joined>): Promise<string[]> {
  const pools = new Map((await copa.pools()).pools.map(([name = '', address = '']) => [name, address]));
  return [...joined].flatMap(([name, { address, fate }]) => {
    const found = pools.get(name);
    if (fate === 'there' && found !== address)
      return [
        `pool ${name} joined at ${address}, and is ${found === undefined ? 'not there' : `at ${found}`}`,
      ];
    return fate === 'gone' && found !== undefined ? [`pool ${name} was removed, and is there`] : [];
  });
}

/** By the daemons themselves, and by what was seen running all the time. */
async function containerProblems(
  hosts: readonly Host[],
  witness: Witness,
  { moves, created }: Expected,
): Promise<string[]> {
  const lists = await Promise.all(
    hosts.map(async (host) => (await listContainers(host)).map((each) => ({ ...each, host: host.name }))),
  );
  const all = lists.flat();
  const at = (name: string) => all.filter((each) => each.name === name);
  const where = (name: string) =>
    at(name)
      .map(({ host, status }) => `${host} (${status})`)
      .join(' and ') || 'nowhere';
  const problems = all
    .filter(({ config }) => Object.keys(config).some((key) => key.startsWith('user.copa.')))
    .map(
      ({ name, host, config }) =>
        `${name} on ${host} has marks: ${JSON.stringify(Object.entries(config).filter(([key]) => key.startsWith('user.copa.')))}`,
    );
  for (const name of moves.containers) {
    const [found, ...others] = at(name);
    if (!found || others.length > 0 || found.status !== 'Running') problems.push(`${name} is ${where(name)}`);
  }
  for (const [name, { pool, fate, runs }] of created) {
    const found = at(name);
    if (fate === 'there' && (found.length !== 1 || found[0]?.host !== pool))
      problems.push(`${name} was created on ${pool}, and is ${where(name)}`);
    if (fate === 'there' && runs !== null && found[0] && (found[0].status === 'Running') !== runs)
      problems.push(`${name} should ${runs ? 'run' : 'be stopped'}, and is ${where(name)}`);
    if (fate === 'gone' && found.length > 0) problems.push(`${name} was deleted, and is ${where(name)}`);
    if (found.length > 1) problems.push(`${name} is ${where(name)}`);
  }
  for (const name of [...moves.containers, ...created.keys()])
    problems.push(...witness.problemsOf(name).map((problem) => `${name}: ${problem}`));
  return problems;
}

/** What can be moved is held by nothing. */
async function lockProblems({ copa, lab }: Installation, { moves }: Expected): Promise<string[]> {
  const problems: string[] = [];
  for (const host of lab.hosts) {
    const { containers } = await copa.containers({ container_pool: host.name });
    const other = lab.hosts.find((each) => each !== host)?.name ?? '';
    for (const name of moves.containers.filter((each) => containers.includes(each))) {
      const order = { container_pool: host.name, container_name: name, destination_pool: other };
      const preflight = await copa
        .preflight(order)
        .catch((error: unknown) => ({ possible: messageOf(error) }));
      if (preflight.possible !== true) problems.push(`${name} cannot be moved: ${JSON.stringify(preflight)}`);
    }
  }
  return problems;
}
