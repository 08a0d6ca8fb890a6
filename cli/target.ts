/**
 * Chooses the controller and the token of a command.
 *
 * The first of these that is set counts: --context, COPA_ADDR, COPA_CONTEXT, the context in use. The token of a
 * context goes only to the address of that context, so COPA_ADDR alone never sends it elsewhere.
 */
import { isIPv4 } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { addressesOf } from '../client/addresses.js';
import { CopaError } from '../common/errors.js';
import { shown } from '../common/names.js';

export const defaultAddress = 'http://127.0.0.1:8000';

export interface Target {
  /** Of one controller, or of several that share an etcd, separated by commas. */
  readonly address: string;
  readonly token?: string | undefined;
  /** A file with the CA that the controller's certificate is verified with; undefined: those of the system. */
  readonly caFile?: string | undefined;
}

export interface Contexts {
  readonly current?: string | undefined;
  readonly contexts: Readonly<Record<string, Target>>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export function contextsFile(env: Environment): string {
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'copa', 'config.yaml');
}

/**
 * `localSocket` is the socket of this machine's controller, if this user may open it. Throws `not_found` for an
 * unknown context, `invalid_argument` for an address that is not valid.
 */
export function targetOf(
  named: string | undefined,
  env: Environment,
  known: Contexts,
  localSocket?: string,
): Target {
  const fromEnvironment = { token: env['COPA_TOKEN'] || undefined, caFile: env['COPA_CACERT'] || undefined };
  const context = named ?? (env['COPA_ADDR'] ? undefined : env['COPA_CONTEXT'] || known.current || undefined);
  if (context === undefined) {
    return checked({ address: env['COPA_ADDR'] || localSocket || defaultAddress, ...fromEnvironment });
  }
  const found = known.contexts[context];
  if (!found) {
    const names = Object.keys(known.contexts).join(', ') || 'none';
    throw new CopaError('not_found', `there is no context ${shown(context)}; there is ${names}`);
  }
  return checked({
    address: found.address,
    token: found.token ?? fromEnvironment.token,
    caFile: found.caFile ?? fromEnvironment.caFile,
  });
}

/** The socket of this machine's controller, for users who may read its state directory. */
export function localSocketIn(env: Environment): string {
  return join(env['COPA_STATE_DIR'] || '/var/lib/copa/controller', 'rest.sock');
}

/** Whether an address is that of a unix socket, like `unix:/PATH`. */
function isSocket(address: string): boolean {
  return address.startsWith('unix:/');
}

/** The target, if its addresses are valid. */
export function checked(target: Target): Target {
  for (const address of addressesOf(target.address)) {
    if (isSocket(address)) continue;
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url && (url.protocol === 'http:' || url.protocol === 'https:')) continue;
    throw new CopaError(
      'invalid_argument',
      `the address ${shown(address)} is not valid: give a URL, like http://127.0.0.1:8000, or unix:/PATH`,
    );
  }
  return target;
}

/** The addresses to which the token would travel in the clear. */
export function plainAddresses({ address: list, token }: Target): readonly string[] {
  if (token === undefined) return [];
  return addressesOf(list).filter((address) => {
    if (isSocket(address)) return false;
    const { protocol, hostname } = new URL(address);
    const isLoopback =
      hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
    return protocol === 'http:' && !isLoopback;
  });
}
