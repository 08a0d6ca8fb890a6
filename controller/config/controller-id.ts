/**
 * The id of this controller. It is stored with the controller's state, so that the controller continues its
 * migrations after a restart.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFile } from '../../common/durable-file.js';
import { CopaError } from '../../common/errors.js';

/** Reads the id, or creates one at the first start. Throws `failed_precondition` when the file has other content. */
export async function readControllerId(stateDirectory: string): Promise<string> {
  const file = join(stateDirectory, 'controller-id');
  await createFile(file, randomBytes(8).toString('hex'), 0o600);
  const id = (await readFile(file, 'utf8')).trim();
  if (/^[0-9a-f]{16}$/.test(id)) return id;
  throw new CopaError('failed_precondition', `${file} has no controller ID: remove it to get a new one`);
}
