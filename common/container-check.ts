/**
 * The check of a container after its move, as text: `exec:COMMAND`, `http://:PORT/PATH` or `tcp://:PORT`. The controller
 * parses it for a clear error. The agent parses it again, because it is root on its host and trusts no input.
 *
 * An address has no host: it is always the container's own.
 */
import { CopaError } from './errors.js';
import { shown } from './names.js';

export type ContainerCheck =
  | { readonly kind: 'exec'; readonly command: string }
  | { readonly kind: 'http'; readonly port: number; readonly path: string }
  | { readonly kind: 'tcp'; readonly port: number };

export const containerCheckRule =
  'exec:COMMAND, http://:PORT/PATH or tcp://:PORT is expected; the address is that of the container, so it has no host';

/** Limit on the whole text. Raising it makes records of migrations larger. */
const charactersMax = 2_000;

/** Limits on the time in which a check has to pass. */
export const checkTimeoutMsMin = 1_000;
export const checkTimeoutMsMax = 600_000;

/** Throws `invalid_argument`. */
export function parseContainerCheck(field: string, text: string): ContainerCheck {
  const check = text.length <= charactersMax ? parsed(text) : undefined;
  if (check) return check;
  throw new CopaError('invalid_argument', `${field} ${shown(text)} is not valid: ${containerCheckRule}`);
}

function parsed(text: string): ContainerCheck | undefined {
  const [, command] = /^exec:([^\0]+)$/.exec(text) ?? [];
  if (command !== undefined && command.trim() !== '') return { kind: 'exec', command };
  // The path has only characters that a request line may contain.
  const [, scheme, digits = '', path = ''] = /^(http|tcp):\/\/:([1-9]\d{0,4})(\/[!-~]*)?$/.exec(text) ?? [];
  const port = Number(digits);
  if (scheme === undefined || port > 65_535) return undefined;
  if (scheme === 'http') return { kind: 'http', port, path: path || '/' };
  return path === '' ? { kind: 'tcp', port } : undefined;
}
