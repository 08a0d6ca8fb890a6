/** Shows a migration in progress by polling: its phases, its passes, and the bytes of the current pass. */
import { setTimeout as pause } from 'node:timers/promises';
import type { MigrationView } from '../../controller/model/migration-view.js';
import { phaseTexts } from '../../controller/migration/stages.js';
import type { Phase } from '../../controller/model/migration.js';
import { duration, size, type Screen } from './screen.js';

const pollMs = 100;

/** Follows a migration to its end. `get` reads it once. */
export async function follow(screen: Screen, get: () => Promise<MigrationView>): Promise<MigrationView> {
  const shown = { phases: 0, passes: 0 };
  for (;;) {
    const view = await get();
    showPhases(screen, view, shown);
    if (view.state !== 'running') return view;
    screen.live(liveLine(view));
    await pause(pollMs);
  }
}

function showPhases(screen: Screen, view: MigrationView, shown: { phases: number; passes: number }): void {
  const passes = (kinds: readonly string[]) => {
    for (; ; shown.passes += 1) {
      const pass = view.passes[shown.passes];
      if (!pass || pass.outcome === 'running' || !kinds.includes(pass.kind)) return;
      const how = pass.kind === 'running' ? 'while it runs' : 'while it is stopped';
      const failed = pass.outcome === 'done' ? '' : `: ${pass.outcome}`;
      screen.line(`           pass ${pass.number}, ${how}: ${size(pass.bytes)}${failed}`, pass.ms ?? 0);
    }
  };
  for (const { phase, at } of view.history.slice(shown.phases)) {
    // Its passes preceded the phase, so they are printed first.
    passes(phase === 'accepted' || phase === 'claimed' ? [] : ['running']);
    if (phase === 'synced') passes(['final']);
    const since = duration(Date.parse(at) - Date.parse(view.started_at)).padStart(7);
    screen.line(`${since}  ${phase.padEnd(9)} ${phaseTexts[phase as Phase].reached}`);
    shown.phases += 1;
  }
  passes(['running']);
}

function liveLine({
  description,
  passes,
  rate_bytes_per_second,
  estimated_seconds_left,
}: MigrationView): string {
  const pass = passes.at(-1);
  if (pass?.outcome !== 'running') return `         ${description} ...`;
  const rate = rate_bytes_per_second === null ? '' : `, ${size(rate_bytes_per_second)}/s`;
  const left = estimated_seconds_left === null ? '' : `, ${estimated_seconds_left} s left`;
  return `           pass ${pass.number}: ${size(pass.bytes)}${rate}${left}`;
}
