/**
 * How a user's verb gets at a container: one at a time on each, never on one that a migration holds, and
 * with the container's state in hand, so that what makes no sense in it is told as such.
 */
import { CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import type { KeyedMutex } from '../../common/async/keyed-mutex.js';
import type { LxdClient } from '../lxd/client.js';
import { getInstance } from '../lxd/instances.js';
import type { Instance } from '../lxd/types.js';
import { markOf } from '../model/marks.js';

export interface Host {
  readonly lxd: LxdClient;
  readonly mutex: KeyedMutex;
}

/** Runs a verb's work. Throws `not_found`, `aborted` when another verb is under way, `failed_precondition`. */
export function withInstance<T>(
  { lxd, mutex }: Host,
  name: string,
  verb: string,
  work: (instance: Instance) => Promise<T>,
): Promise<T> {
  return mutex.tryRun(name, verb, async () => work(await unheldInstance(lxd, name)));
}

/** The container, unless a migration holds it. */
export async function unheldInstance(lxd: LxdClient, name: string): Promise<Instance> {
  const instance = await getInstance(lxd, name);
  const mark = markOf(instance);
  if (mark) throw malformedReply(name, `is being migrated (migration ${shown(mark.migrationId)})`);
  return instance;
}

/** What is said of a verb that makes no sense in the container's state. */
export function malformedReply(name: string, what: string): CopaError {
  return new CopaError('failed_precondition', `container "${name}" ${what}`);
}
