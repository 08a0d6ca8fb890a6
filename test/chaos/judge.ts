// Judges a migration's end from outside.
import type { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import type { View } from './migrations.js';
import { counterOf, differences, findContainer, portrait } from './subject.js';
import type { Witness } from './witness.js';

interface Expected {
  readonly container: string;
  readonly source: Host;
  readonly destination: Host;
  readonly running: boolean;
  /** Its description on the source before the move. */
  readonly before: readonly string[];
}

/** The problems after the migration's end; empty when there are none. */
export async function judge(
  cluster: Cluster,
  witness: Witness,
  expected: Expected,
  { state }: View,
): Promise<string[]> {
  const { container, source, destination, running, before } = expected;
  const [home, other] = state === 'done' ? [destination, source] : [source, destination];
  const problems: string[] = [];
  if (await findContainer(other, container)) problems.push(`${state}, but a copy is on ${other.name}`);
  if (!(await findContainer(home, container)))
    return [...problems, `${state}, but it is not on ${home.name}`];
  problems.push(...differences(before, await portrait(home, container)));

  const places = cluster.hosts.filter((host) => host.runningContainers().includes(container));
  if (places.length !== (running ? 1 : 0) || (running && places[0] !== home)) {
    problems.push(`its processes run on ${places.map(({ name }) => name).join(' and ') || 'no host'}`);
  }
  const counter = counterOf(home, container) ?? 0;
  const seen = witness.counterOf(container);
  if (counter < seen) problems.push(`its counter stands at ${counter}, but was ${seen} already`);

  // If it can be moved again, nothing holds the name on either pool.
  const away = home === source ? destination : source;
  const reply = await cluster.operate('migrate', home.name, container, {
    destination_pool: away.name,
    dry_run: 'true',
  });
  if (reply.status !== 200 || reply.body['possible'] !== true) {
    problems.push(`it cannot be moved again: ${JSON.stringify(reply.body)}`);
  }
  return [...problems, ...witness.problemsOf(container)];
}
