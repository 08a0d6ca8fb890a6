/**
 * Names that a shell would read as more than a name. To send a volume or a snapshot by rsync, LXD and Incus run
 * `sh -c "... netcat ... NAME"` with its name as it is, as root (`rsync.go`: `sendSetup`). With a quote in it rsync does
 * not start; with a semicolon, the rest of the name is a command. So no host takes such a name from another one: root on
 * that host could otherwise run commands here as soon as the container moves on.
 */
import { CopaError } from '../../common/errors.js';
import type { Finding } from '../model/finding.js';

const special = /['"`$\\;&|<>()\p{Cc}]/u;

interface Named {
  readonly container: string;
  readonly snapshots: readonly string[];
  readonly volumes: readonly { readonly volume: string; readonly snapshots: readonly string[] }[];
}

/** One finding for each such name of the container's snapshots, of its volumes, and of their snapshots. */
export function shellNameFindings({ container, snapshots, volumes }: Named): Finding[] {
  const ofVolumes = volumes.flatMap(({ volume, snapshots: theirs }) => [
    { what: 'storage volume', name: volume, path: volume },
    ...theirs.map((name) => ({
      what: `snapshot of storage volume "${volume}"`,
      name,
      path: `${volume}/${name}`,
    })),
  ]);
  const own = snapshots.map((name) => ({ what: 'snapshot', name, path: `${container}/${name}` }));
  return [...own, ...ofVolumes]
    .filter(({ name }) => special.test(name))
    .map(({ what, name, path }) => ({
      subject: 'name',
      message: `${what} "${name}": ${reason}: rename "${path}"`,
    }));
}

/** Throws `permission_denied` for such a name. */
export function checkShellNames(names: readonly string[]): void {
  const bad = names.find((name) => special.test(name));
  if (bad !== undefined) throw new CopaError('permission_denied', `"${bad}": ${reason}`);
}

const reason =
  'a shell would read this name as commands, and the daemons pass names to a shell when they copy by rsync, so it is not taken from another host';
