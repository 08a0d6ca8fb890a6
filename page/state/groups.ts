/** Groups of pools by the value of one of their labels. Pure. */
import { compareNames, type Pool } from './fleet.js';

/** The names of all labels of pools, sorted. */
export function labelNames(pools: readonly Pick<Pool, 'labels'>[]): readonly string[] {
  const names = pools.flatMap(({ labels }) => labels).map((label) => label.slice(0, label.indexOf('=')));
  return [...new Set(names)].sort(compareNames);
}

/** The heading of a pool's group, as `rack=a`; pools without the label are in a group of their own. */
export function groupOf({ labels }: Pick<Pool, 'labels'>, name: string): string {
  return labels.find((label) => label.startsWith(`${name}=`)) ?? `no ${name}`;
}

/** By the value of the label, those without it last; the order within a group stays. */
export function inGroups<Of extends Pick<Pool, 'labels'>>(pools: readonly Of[], name: string): readonly Of[] {
  const groups = new Map<string, Of[]>();
  for (const pool of pools) {
    const group = groupOf(pool, name);
    groups.set(group, [...(groups.get(group) ?? []), pool]);
  }
  const without = `no ${name}`;
  const order = [...groups.keys()].filter((group) => group !== without).sort(compareNames);
  return [...order, without].flatMap((group) => groups.get(group) ?? []);
}
