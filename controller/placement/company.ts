/** What rules say about a host: its labels, and the company of the containers that are there. Pure. */
import { formatCondition, matches } from '../../common/labels.js';
import { formatSet, isIn, readableRules, type ContainerSet, type Member, type Rules } from './rules.js';
import type { PlacementHost, Reservation } from './snapshot.js';

/** How many containers of a set are on a host, with those that are only placed there. */
export function countOn(
  { containers }: PlacementHost,
  reserved: readonly Reservation[],
  set: ContainerSet,
): number {
  if (set.kind === 'names') {
    const isThere = (name: string) =>
      containers.get(name) !== undefined || reserved.some((each) => each.name === name);
    return set.names.filter(isThere).length;
  }
  const { name, value } = set;
  return containers.labelled(name, value) + reserved.filter(({ labels }) => labels[name] === value).length;
}

/** Why the rules exclude a host; undefined: they do not. */
export function brokenRule(
  host: PlacementHost,
  reserved: readonly Reservation[],
  { where, near, apart }: Rules,
): string | undefined {
  const missing = where.find((condition) => !matches(host.labels, [condition]));
  if (missing) return `its labels do not match ${formatCondition(missing)}`;
  if (apart && countOn(host, reserved, apart) > 0) return `it has containers of ${formatSet(apart)}`;
  if (near && countOn(host, reserved, near) === 0) return `it has no container of ${formatSet(near)}`;
  return undefined;
}

/** Why the rules of those that are on a host exclude a container; undefined: they do not. */
export function objectionOn(
  { containers }: PlacementHost,
  reserved: readonly Reservation[],
  newcomer: Member,
): string | undefined {
  const minds = ({ name }: Member, { apart }: Rules) =>
    apart !== undefined && name !== newcomer.name && isIn(apart, newcomer);
  for (const each of containers.ruled()) {
    if (minds(each, readableRules(each.rules))) return `${each.name} there is to be apart from it`;
  }
  const coming = reserved.find((each) => each.rules !== undefined && minds(each, each.rules));
  return coming && `${coming.name}, which goes there, is to be apart from it`;
}

/** Who on a host would lose the only container that it is to be near of; undefined: nobody. `gone` have left already. */
export function needyOn(host: PlacementHost, leaving: Member, gone: readonly Member[]): string | undefined {
  for (const each of host.containers.ruled()) {
    const { near } = readableRules(each.rules);
    if (!near || each.name === leaving.name || !isIn(near, leaving)) continue;
    if (gone.some(({ name }) => name === each.name)) continue;
    const left = countOn(host, [], near) - gone.filter((other) => isIn(near, other)).length;
    if (left <= 1) return each.name;
  }
  return undefined;
}
