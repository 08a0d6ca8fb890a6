/**
 * The id of this controller. It is stored with the controller's state, so that the controller continues its
 * migrations after a restart.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CopaError } from '../../common/errors.js';

/** Reads the id, or creates one at the first start. Throws `failed_precondition` when the file has other content. */
export function readControllerId(stateDirectory: string): string {
  const file = join(stateDirectory, 'controller-id');
  try {
    writeFileSync(file, randomBytes(8).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const id = readFileSync(file, 'utf8').trim();
  if (/^[0-9a-f]{16}$/.test(id)) return id;
  throw new CopaError('failed_precondition', `${file} has no controller ID: remove it to get a new one`);
}
