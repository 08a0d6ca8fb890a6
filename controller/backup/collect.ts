/** Collects what a backup contains: the data of etcd at one revision, the cluster secret, and the settings. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CopaError, messageOf } from '../../common/errors.js';
import { version } from '../../common/version.js';
import { readSecret, secretFile } from '../pki/cluster-secret.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';
import { settingsName, type Contents } from './contents.js';

/** The data of etcd, as REST returns it. It has no secret in the clear: keys of CAs are sealed, and tokens are hashes. */
export interface Exported extends Pick<
  Contents,
  'entries' | 'revision' | 'madeAt' | 'controller' | 'version'
> {
  /** Keys with values that COPA has not written. */
  readonly leftOut: readonly string[];
}

export async function exportData(store: Pick<Store, 'listAll'>, controller: string): Promise<Exported> {
  const madeAt = new Date().toISOString();
  return { ...(await store.listAll(keys.all)), madeAt, controller, version };
}

interface Place {
  readonly stateDirectory: string;
  /** The settings file of the controller. All settings files beside it are kept as well. */
  readonly settingsFile: string;
}

/** Throws `failed_precondition` when the secret cannot be read here. */
export async function contentsOf(
  exported: Exported,
  { stateDirectory, settingsFile }: Place,
): Promise<Contents> {
  const secret = await readSecret(stateDirectory);
  if (!secret) {
    const why = `there is no ${secretFile(stateDirectory)}`;
    throw new CopaError('failed_precondition', `${why}: make backups on the machine of a controller`);
  }
  const { madeAt, controller, version: maker, revision, entries } = exported;
  const data = { madeAt, controller, version: maker, revision, entries };
  return { ...data, secret: secret.toString('hex'), settings: await settingsBeside(settingsFile) };
}

/** Without any file, a controller has the settings of its flags and defaults. */
async function settingsBeside(settingsFile: string): Promise<Record<string, string>> {
  const directory = dirname(settingsFile);
  try {
    const names = (await readdir(directory)).filter((name) => settingsName.test(name));
    const read = names.map(async (name) => [name, await readFile(join(directory, name), 'utf8')] as const);
    return Object.fromEntries(await Promise.all(read));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new CopaError('failed_precondition', `cannot read the settings: ${messageOf(cause)}`, { cause });
  }
}
