/**
 * The one door to REST, for requests and websockets alike: who is it (`admit`), and may that one do this
 * (`authorize`). It knows HTTP's headers, but no Koa.
 */
import type { IncomingMessage } from 'node:http';
import { CopaError } from '../../proto/errors.js';
import type { Need } from './needs.js';
import { checkReach, isAtLeast, type Principal } from './principal.js';
import type { Tokens } from './tokens.js';

interface Parts {
  readonly tokens: Pick<Tokens, 'principalOf'>;
  /** Who shows no token is let in as admin: on loopback, and in test beds. */
  readonly isOpen: boolean;
}

/** Who shows no token where none is asked for. */
const loopback: Principal = {
  name: 'loopback',
  role: 'admin',
  pools: undefined,
  signal: new AbortController().signal,
};

export class Door {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Who asks. Throws `unauthenticated` when nobody may be it. */
  admit(request: Pick<IncomingMessage, 'headers'>): Principal {
    const text = bearerOf(request);
    if (text === undefined) {
      if (this.#parts.isOpen) return loopback;
      throw new CopaError(
        'unauthenticated',
        'a token is needed: send the header "Authorization: Bearer TOKEN"',
      );
    }
    const principal = this.#parts.tokens.principalOf(text);
    if (principal) return principal;
    throw new CopaError('unauthenticated', 'this token is not valid: it may be expired or revoked');
  }
}

/** Throws `permission_denied`. `pools` are those that the request names. */
export function authorize(principal: Principal, { role, reach }: Need, pools: readonly string[]): void {
  if (role === 'anyone') return;
  if (!isAtLeast(principal.role, role)) {
    throw new CopaError(
      'permission_denied',
      `token "${principal.name}" has the role ${principal.role}: this needs ${role}`,
    );
  }
  if (principal.pools === undefined) return;
  const confined = `token "${principal.name}" is confined to pools ${[...principal.pools].join(', ')}`;
  if (reach === 'everything') {
    throw new CopaError('permission_denied', `${confined}: this is about all pools`);
  }
  if (reach === 'named' && pools.length === 0) {
    throw new CopaError('permission_denied', `${confined}: name one of them`);
  }
  for (const pool of pools) checkReach(principal, pool);
}

/** The token of a request; of a websocket's from a browser, which can set no header, it is a subprotocol. */
function bearerOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const [, inHeader] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  if (inHeader !== undefined) return inHeader;
  const [, inProtocol] =
    /(?:^|,) *copa\.bearer\.([^ ,]+)/.exec(headers['sec-websocket-protocol'] ?? '') ?? [];
  return inProtocol;
}
