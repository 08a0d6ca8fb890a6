/**
 * Which pools measure their links to which others. All pairs, as long as there are few pools. Of more, each pool measures
 * those to some neighbours, which are chosen by rendezvous hashing: a pool that comes or goes changes few of them.
 */

/** `auto`: all pairs, or some neighbours. A label: the same among the pools with the same value of it. */
export type LinkPairs = 'auto' | 'off' | { readonly label: string };

export interface PlannedPool {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Raising it costs each host a probe a second for each further pool. */
export const poolsOfAllPairsMax = 20;
export const neighboursMax = 8;

/** The pools that each pool sends probes to. */
export function planLinks(
  pools: readonly PlannedPool[],
  pairs: LinkPairs,
): ReadonlyMap<string, readonly string[]> {
  const plan = new Map<string, readonly string[]>();
  for (const group of groupsOf(pools, pairs)) {
    const hashed = group.map((name) => ({ name, hash: hashOf(name) }));
    for (const { name, hash } of hashed) {
      const others = hashed.filter((other) => other.name !== name);
      const chosen = group.length <= poolsOfAllPairsMax ? others : nearest(hash, others);
      plan.set(
        name,
        chosen.map((other) => other.name),
      );
    }
  }
  return plan;
}

function groupsOf(pools: readonly PlannedPool[], pairs: LinkPairs): readonly (readonly string[])[] {
  if (pairs === 'off') return [];
  if (pairs === 'auto') return [pools.map(({ name }) => name)];
  const groups = new Map<string, string[]>();
  for (const { name, labels } of pools) {
    const value = labels[pairs.label];
    if (value === undefined) continue;
    const group = groups.get(value);
    if (group) group.push(name);
    else groups.set(value, [name]);
  }
  return [...groups.values()];
}

interface Hashed {
  readonly name: string;
  readonly hash: number;
}

function nearest(hash: number, others: readonly Hashed[]): readonly Hashed[] {
  const scored = others.map((other) => ({ other, score: mixed(hash, other.hash) }));
  scored.sort((one, two) => one.score - two.score || (one.other.name < two.other.name ? -1 : 1));
  return scored.slice(0, neighboursMax).map(({ other }) => other);
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}

/** The same in both directions, so that neighbours are mostly mutual. The finalizer of MurmurHash3. */
function mixed(one: number, other: number): number {
  let hash = (Math.imul(one, 0x9e3779b1) + Math.imul(other, 0x9e3779b1)) ^ Math.imul(one, other);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
