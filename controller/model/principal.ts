/** The sender of a request and its permissions. */
import { CopaError } from '../../common/errors.js';

export const accessRoles = ['viewer', 'operator', 'admin'] as const;

/** Each role includes the roles before it: read; work with containers; manage pools and tokens. */
export type AccessRole = (typeof accessRoles)[number];

export interface Principal {
  /** The token's name; `loopback` for a client that needed none. */
  readonly name: string;
  readonly role: AccessRole;
  /** The pools that it is restricted to; undefined: all. */
  readonly pools: ReadonlySet<string> | undefined;
  /** Aborts when it is no longer valid. Everything in progress for it then has to end. */
  readonly signal: AbortSignal;
}

export function isAtLeast(role: AccessRole, needed: AccessRole): boolean {
  return accessRoles.indexOf(role) >= accessRoles.indexOf(needed);
}

/** Whether this principal may see a pool. */
export function mayReach({ pools }: Pick<Principal, 'pools'>, pool: string): boolean {
  return pools === undefined || pools.has(pool);
}

/** Throws `permission_denied` with the pool that is out of reach. */
export function checkReach(principal: Pick<Principal, 'name' | 'pools'>, pool: string): void {
  if (mayReach(principal, pool)) return;
  const own = [...(principal.pools ?? [])].join(', ');
  throw new CopaError(
    'permission_denied',
    `pool "${pool}" is out of reach of token "${principal.name}", which is confined to ${own}`,
  );
}
