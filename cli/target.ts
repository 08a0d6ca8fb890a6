/**
 * Chooses the controller and the token of a command.
 *
 * The first of these that is set counts: --context, COPA_ADDR, COPA_CONTEXT, the context in use. The token of a
 * context goes only to the address of that context, so COPA_ADDR alone never sends it elsewhere.
 */
import { isIPv4 } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CopaError } from '../common/errors.js';
import { shown } from '../common/names.js';

export const defaultAddress = 'http://127.0.0.1:8000';

export interface Target {
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

/** The path in an address like `unix:/PATH`; undefined for any other. */
export function socketPathOf({ address }: Target): string | undefined {
  return address.startsWith('unix:/') ? address.slice('unix:'.length) : undefined;
}

/** The target, if its address is valid. */
export function checked(target: Target): Target {
  if (socketPathOf(target) !== undefined) return target;
  const url = URL.canParse(target.address) ? new URL(target.address) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return target;
  throw new CopaError(
    'invalid_argument',
    `the address ${shown(target.address)} is not valid: give a URL, like http://127.0.0.1:8000, or unix:/PATH`,
  );
}

/** Whether the token would travel in the clear. */
export function showsToken(target: Target): boolean {
  const { address, token } = target;
  if (socketPathOf(target) !== undefined) return false;
  const { protocol, hostname } = new URL(address);
  const isLoopback =
    hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
  return token !== undefined && protocol === 'http:' && !isLoopback;
}
