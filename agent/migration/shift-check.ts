/** Whether a container that moved while it was stopped could start here. */
import { CopaError } from '../../common/errors.js';
import type { Instance } from '../lxd/types.js';

/**
 * Throws `failed_precondition` when the first start here would have to change the owners of all files, and the
 * container's `security.protection.shift` would refuse that. One that runs is started by the move, without it.
 * @param effective The settings that the container will have.
 */
export function checkShift(
  { name, config }: Pick<Instance, 'name' | 'config'>,
  effective: Readonly<Record<string, string>>,
): void {
  if (!/^(true|1|yes|on)$/i.test(effective['security.protection.shift'] ?? '')) return;
  const onDisk = config['volatile.last_state.idmap'] ?? '[]';
  const next = config['volatile.idmap.next'] ?? onDisk;
  // Files without any shift may be mounted with one.
  if (onDisk === '[]' || onDisk === next) return;
  throw new CopaError(
    'failed_precondition',
    `container "${name}" has security.protection.shift, and its files have other user ids on the destination, so it could not be started there: unset it, or move the running container`,
  );
}
