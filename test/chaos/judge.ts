// Judges a migration's end from outside.
import type { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import type { View } from './migrations.js';
import { counterOf, differences, findContainer, portrait } from './subject.js';
import type { Wish } from './people.js';
import type { Witness } from './witness.js';

interface Expected {
  readonly container: string;
  readonly source: Host;
  readonly destination: Host;
  readonly running: boolean;
  /** Its description on the source before the move. */
  readonly before: readonly string[];
  /** What a person did to it, and no daemon refused. */
  readonly wish?: Wish | undefined;
  /** Whether it was done while the source was still the container. */
  readonly wishCounts?: boolean;
}

/** The problems after the migration's end; empty when there are none. */
export async function judge(
  cluster: Cluster,
  witness: Witness,
  expected: Expected,
  { state }: View,
): Promise<string[]> {
  const { container: asked, source, destination, running, before, wish = {}, wishCounts } = expected;
  const [home, other] = state === 'done' ? [destination, source] : [source, destination];
  const wentBack = wish.mayGoBack && state !== 'done';
  const always = witness
    .problemsOf(asked)
    .filter((problem) => !wentBack || !/counter went back/.test(problem));
  if (wish.deleted && !(await findContainer(home, asked))) {
    const left = await findContainer(other, asked);
    return left ? [...always, `deleted, but ${other.name} has it`] : always;
  }
  const container = (state !== 'done' && wish.renamed?.(asked)) || asked;
  const problems: string[] = [];
  if (await findContainer(other, container)) problems.push(`${state}, but a copy is on ${other.name}`);
  if (!(await findContainer(home, container)))
    return [...problems, `${state}, but it is not on ${home.name}`];
  const after = await portrait(home, container);
  problems.push(...differences(before, after).filter(unwished(wish)));
  const missing = wishCounts ? (wish.adds ?? []).filter((line) => !after.includes(line)) : [];
  problems.push(...missing.map((line) => `a person's change is lost: ${line}`));

  const places = cluster.hosts.filter((host) => host.runningContainers().includes(container));
  const runs = running && wish.status !== 'Stopped';
  if (places.length !== (runs ? 1 : 0) || (runs && places[0] !== home)) {
    problems.push(`its processes run on ${places.map(({ name }) => name).join(' and ') || 'no host'}`);
  }
  const counter = counterOf(home, container) ?? 0;
  const seen = witness.counterOf(asked);
  if (counter < seen && !wentBack) problems.push(`its counter stands at ${counter}, but was ${seen} already`);

  // If it can be moved again, nothing holds the name on either pool.
  const away = home === source ? destination : source;
  const reply = await cluster.operate('migrate', home.name, container, {
    destination_pool: away.name,
    dry_run: 'true',
  });
  const isFrozen = wish.status === 'Frozen';
  if (!isFrozen && (reply.status !== 200 || reply.body['possible'] !== true)) {
    problems.push(`it cannot be moved again: ${JSON.stringify(reply.body)}`);
  }
  return [...problems, ...always];
}

/** Keeps the differences that no person wanted, and misses what somebody did. */
function unwished({ status, adds = [], mayAdd }: Wish): (line: string) => boolean {
  const wanted = new Set([
    ...adds.map((line) => `new: ${line}`),
    ...(status ? ['lost: status Running', `new: status ${status}`] : []),
  ]);
  return (line) => !wanted.has(line) && !mayAdd?.test(line.replace(/^new: /, ''));
}
