/** The experiments that run: `copa scenario run` gives its containers labels, so no other state is needed. */
import { computed } from '@preact/signals';
import type { WireContainer, WireMigration } from '../model/api-types.js';
import { compareNames } from './fleet.js';
import { allPools, migrations } from './live.js';

export interface Experiment {
  readonly scenario: string;
  readonly run: string;
  /** When its first container was made. */
  readonly since: string | undefined;
  readonly containers: readonly { readonly name: string; readonly pool: string; readonly status: string }[];
  /** Of its containers, since then; the newest first. */
  readonly moves: readonly WireMigration[];
}

/** The labels of `cli/scenario/fleet.ts`. */
const runLabel = 'scenario-run';
const scenarioLabel = 'scenario';

export const experiments = computed<readonly Experiment[]>(() => {
  const byRun = new Map<string, { readonly pool: string; readonly container: WireContainer }[]>();
  for (const { name: pool, containers } of allPools.value) {
    for (const container of containers) {
      const run = container.labels[runLabel];
      if (run !== undefined) byRun.set(run, [...(byRun.get(run) ?? []), { pool, container }]);
    }
  }
  return [...byRun].map(([run, placed]) => {
    const names = new Set(placed.map(({ container }) => container.name));
    const since = placed
      .flatMap(({ container }) => container.created_at ?? [])
      .sort()
      .at(0);
    return {
      ...{ run, since, scenario: placed[0]?.container.labels[scenarioLabel] ?? run },
      containers: placed
        .map(({ pool, container: { name, status } }) => ({ name, pool, status }))
        .sort((a, b) => compareNames(a.name, b.name)),
      moves: [...migrations.value.values()]
        .filter(({ container, started_at: at }) => names.has(container) && since !== undefined && at >= since)
        .sort((a, b) => b.started_at.localeCompare(a.started_at)),
    };
  });
});
