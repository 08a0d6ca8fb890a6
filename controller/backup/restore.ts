/** Restores a backup on a machine without a controller's data, or tries it in a directory that is removed again. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { createFile, giveToOwner, syncDirectory } from '../../common/durable-file.js';
import { CopaError } from '../../common/errors.js';
import { startEmbeddedEtcd } from '../etcd-process/embedded-etcd.js';
import { secretFile } from '../pki/cluster-secret.js';
import type { Endpoints } from '../store/endpoints.js';
import { Store } from '../store/store.js';
import type { Contents } from './contents.js';
import { load } from './load.js';

/** Settings have no secrets, and every user may see them. */
const settingsMode = 0o644;

interface Place {
  readonly stateDirectory: string;
  /** An external etcd cluster; undefined: the embedded one. */
  readonly etcd: Endpoints | undefined;
  /** The settings file of the controller. The others are written beside it. */
  readonly settingsFile: string;
  readonly log: Logger;
}

/** What became of each settings file. */
export interface RestoredSettings {
  readonly file: string;
  /** `written`: it was not there. `same`: it has this content. `beside`: it has another, and the backup's is FILE.restored. */
  readonly outcome: 'written' | 'same' | 'beside';
}

/**
 * Throws `already_exists` when there is data of a controller, and changes nothing then. The data takes its place with one
 * rename, so a restore that was interrupted can be repeated.
 */
export async function restore(contents: Contents, place: Place): Promise<RestoredSettings[]> {
  const { stateDirectory, etcd } = place;
  await checkEmpty(stateDirectory, contents, etcd !== undefined);
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  await createFile(secretFile(stateDirectory), `${contents.secret}\n`, 0o600);
  if (etcd) await loadInto(etcd, contents);
  else await restoreEmbedded(contents, place);
  await giveToOwner(stateDirectory);
  return restoreSettings(contents.settings, dirname(place.settingsFile));
}

/** Throws the error that a restore would meet. Leaves nothing behind. */
export async function rehearse(contents: Contents, parent: string, log: Logger): Promise<void> {
  const directory = await mkdtemp(join(parent, 'copa-verify-'));
  try {
    await loadEmbedded(contents, directory, log);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function restoreEmbedded(contents: Contents, { stateDirectory, log }: Place): Promise<void> {
  const staging = join(stateDirectory, 'restoring');
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { mode: 0o700 });
  await loadEmbedded(contents, staging, log);
  await rename(join(staging, 'etcd'), join(stateDirectory, 'etcd'));
  await syncDirectory(stateDirectory);
  await rm(staging, { recursive: true });
}

async function loadEmbedded(contents: Contents, directory: string, log: Logger): Promise<void> {
  const etcd = await startEmbeddedEtcd(directory, log);
  try {
    await loadInto(etcd.endpoints, contents);
  } finally {
    await etcd.stop();
  }
}

async function loadInto(endpoints: Endpoints, contents: Contents): Promise<void> {
  const store = new Store(endpoints);
  try {
    await load(store, contents, new Date());
  } finally {
    store.close();
  }
}

async function checkEmpty(stateDirectory: string, { secret }: Contents, isExternal: boolean): Promise<void> {
  const refuse = (what: string) =>
    new CopaError(
      'already_exists',
      `${what}: a backup is restored on a machine without a controller's data. Stop copa-controller, move ${stateDirectory} aside, and restore again`,
    );
  const names: string[] = await readdir(stateDirectory).catch(() => []);
  if (!isExternal && names.includes('etcd')) throw refuse(`${join(stateDirectory, 'etcd')} has data`);
  if (!isExternal && names.includes('membership.json'))
    throw refuse('this machine is one of several controllers');
  if (names.includes('ca')) throw refuse(`${join(stateDirectory, 'ca')} has a CA`);
  const present = await readFile(secretFile(stateDirectory), 'utf8').catch(() => undefined);
  if (present !== undefined && present.trim() !== secret) {
    throw refuse(`${secretFile(stateDirectory)} is the secret of another cluster`);
  }
}

async function restoreSettings(
  settings: Contents['settings'],
  directory: string,
): Promise<RestoredSettings[]> {
  await mkdir(directory, { recursive: true });
  const done: RestoredSettings[] = [];
  for (const [name, content] of Object.entries(settings)) {
    const file = join(directory, name);
    if (await createFile(file, content, settingsMode)) done.push({ file, outcome: 'written' });
    else if ((await readFile(file, 'utf8')) === content) done.push({ file, outcome: 'same' });
    else {
      await rm(`${file}.restored`, { force: true });
      await createFile(`${file}.restored`, content, settingsMode);
      done.push({ file, outcome: 'beside' });
    }
  }
  return done;
}
