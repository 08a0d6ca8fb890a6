/** Finds this host's daemon and describes it. */
import { existsSync } from 'node:fs';
import { CopaError } from '../../common/errors.js';
import type { LxdClient } from './client.js';
import type { Server } from './types.js';

/** Incus first, then snap LXD, then Debian's LXD: a host with Incus and an old LXD has been migrated to Incus. */
const knownSockets = [
  '/var/lib/incus/unix.socket',
  '/run/incus/unix.socket',
  '/var/snap/lxd/common/lxd/unix.socket',
  '/var/lib/lxd/unix.socket',
] as const;

/** The socket to use: the configured one, else the first that exists. Throws `failed_precondition`. */
export function findSocket(configured: string | undefined, exists: (path: string) => boolean = existsSync) {
  const candidates = configured === undefined ? knownSockets : [configured];
  const socket = candidates.find((path) => exists(path));
  if (socket !== undefined) return socket;
  throw new CopaError(
    'failed_precondition',
    configured === undefined
      ? `no LXD or Incus socket found (looked for ${knownSockets.join(', ')}): install one of them, or name its socket with --socket or COPA_SOCKET`
      : `there is no socket at ${configured} (--socket or COPA_SOCKET): is the daemon running?`,
  );
}

export type DaemonKind = 'lxd' | 'incus';

export interface Daemon {
  readonly kind: DaemonKind;
  readonly version: string;
  readonly architectures: readonly string[];
  readonly has: (extension: string) => boolean;
}

/** Describes the daemon. Its API extensions show its features; its version does not. */
export async function describeDaemon(lxd: LxdClient): Promise<Daemon> {
  const server = await lxd.get<Server>('/1.0', 10_000);
  const extensions = new Set(server.api_extensions);
  return {
    kind: server.environment.server === 'incus' ? 'incus' : 'lxd',
    version: server.environment.server_version,
    architectures: server.environment.architectures,
    has: (extension) => extensions.has(extension),
  };
}
