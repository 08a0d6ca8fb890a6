/**
 * Stops a migration at an exact moment, so that a test can make a fault there. COPA_TEST_FAILPOINTS names a directory.
 * A file `CONTAINER.PHASE.before` or `CONTAINER.PHASE.after` in it sets a failpoint. The first runner of that container
 * that reaches it renames the file to `CONTAINER.PHASE.WHEN.reached` and waits until somebody deletes it. Without the
 * variable, this does nothing.
 */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Phase } from '../model/migration.js';

const pollMs = 20;

/** `before`: the phase's step has not begun. `after`: the step is done, and the next phase is not saved. */
export async function passFailpoint(
  { container, phase }: { readonly container: string; readonly phase: Phase },
  when: 'before' | 'after',
): Promise<void> {
  const directory = process.env['COPA_TEST_FAILPOINTS'];
  if (!directory) return;
  const failpoint = join(directory, `${container}.${phase}.${when}`);
  if (!existsSync(failpoint)) return;
  const reached = `${failpoint}.reached`;
  renameSync(failpoint, reached);
  while (existsSync(reached)) await delay(pollMs);
}
