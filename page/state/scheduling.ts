/** What the state of a pool means, and what can be done in it. Pure. */
import type { EvacuationSummary, WirePool } from '../model/api-types.js';
import { compareNames, type Pool } from './fleet.js';

export const schedulingTexts: Readonly<Record<WirePool['scheduling'], string>> = {
  active: 'Takes new containers',
  cordoned: 'Takes no new containers',
  evacuating: 'Its containers are leaving; it takes no new ones',
  evacuated: 'Its containers have left; it takes no new ones',
  restoring: 'Its containers are coming back; it takes no new ones',
};

export type PoolAction = 'cordon' | 'uncordon' | 'evacuate' | 'follow' | 'return';

/** `last` is the pool's last evacuation, if there was one. */
export function poolActions(
  scheduling: WirePool['scheduling'],
  last: Pick<EvacuationSummary, 'phase'> | undefined,
): readonly PoolAction[] {
  switch (scheduling) {
    case 'active':
      return ['cordon', 'evacuate'];
    case 'cordoned':
      return last?.phase === 'incomplete'
        ? ['uncordon', 'evacuate', 'follow', 'return']
        : ['uncordon', 'evacuate'];
    case 'evacuated':
      return ['follow', 'return'];
    case 'evacuating':
    case 'restoring':
      return ['follow'];
  }
}

const groupPrefix = 'group=';

/** `@any`, and `@GROUP` for each value of the label `group`. */
export function groupTargets(pools: readonly Pick<Pool, 'labels'>[]): readonly string[] {
  const groups = pools
    .flatMap(({ labels }) => labels)
    .filter((label) => label.startsWith(groupPrefix))
    .map((label) => label.slice(groupPrefix.length));
  return ['@any', ...[...new Set(groups)].sort(compareNames).map((group) => `@${group}`)];
}

/** `@any` and `@GROUP` in words. */
export function targetText(target: string): string {
  if (target === '@any') return 'Any pool';
  return target.startsWith('@') ? `Group ${target.slice(1)}` : target;
}
