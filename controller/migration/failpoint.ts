/**
 * A hook for tests that kill things at an exact moment of a migration: while the directory named by
 * COPA_TEST_GATES holds a file `CONTAINER.PHASE.before` or `CONTAINER.PHASE.after`, the first runner of that
 * container that comes to that point renames it to `CONTAINER.PHASE.WHEN.reached` and waits until that is
 * gone. Unset, as always but in such tests, it does nothing.
 */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Phase } from '../model/migration.js';

const pollMs = 20;

/** `before`: nothing of the phase's step is done; `after`: all of it is, and the next phase is not saved. */
export async function passFailpoint(
  { container, phase }: { readonly container: string; readonly phase: Phase },
  when: 'before' | 'after',
): Promise<void> {
  const directory = process.env['COPA_TEST_GATES'];
  if (!directory) return;
  const failpoint = join(directory, `${container}.${phase}.${when}`);
  if (!existsSync(failpoint)) return;
  const reached = `${failpoint}.reached`;
  renameSync(failpoint, reached);
  while (existsSync(reached)) await delay(pollMs);
}
