/**
 * Guards a user's operation on a container: one operation at a time per container, none while a migration holds it.
 * The operation gets the container's state, so that it can reject what is not possible in that state.
 */
import { CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import type { KeyedMutex } from '../../common/async/keyed-mutex.js';
import type { LxdClient } from '../lxd/client.js';
import { getInstance } from '../lxd/instances.js';
import type { Instance } from '../lxd/types.js';
import { holdOn } from '../model/marks.js';

export interface Host {
  readonly lxd: LxdClient;
  readonly mutex: KeyedMutex;
}

/**
 * Runs an operation. Throws `not_found`, `aborted` when another operation is in progress, or `failed_precondition`.
 */
export function withInstance<T>(
  { lxd, mutex }: Host,
  name: string,
  verb: string,
  work: (instance: Instance) => Promise<T>,
): Promise<T> {
  return mutex.tryRun(name, verb, async () => work(await unheldInstance(lxd, name)));
}

/** The container. Throws while a migration holds it. */
export async function unheldInstance(lxd: LxdClient, name: string): Promise<Instance> {
  const instance = await getInstance(lxd, name);
  const mark = holdOn(instance);
  if (mark) throw malformedReply(name, `is being migrated (migration ${shown(mark.migrationId)})`);
  return instance;
}

/** The message for an operation that is not possible in the container's state. */
export function malformedReply(name: string, what: string): CopaError {
  return new CopaError('failed_precondition', `container "${name}" ${what}`);
}
