/** Who a request comes from, and what that one may do. */
import { CopaError } from '../../common/errors.js';

export const accessRoles = ['viewer', 'operator', 'admin'] as const;

/** Each may do all that the ones before it may: look; work with containers; decide on pools and tokens. */
export type AccessRole = (typeof accessRoles)[number];

export interface Principal {
  /** The token's name; `loopback` for who needed none. */
  readonly name: string;
  readonly role: AccessRole;
  /** The pools that it is confined to; undefined: it knows no bounds. */
  readonly pools: ReadonlySet<string> | undefined;
  /** Aborts when it ceases to be valid: whatever still goes on in its name has to end then. */
  readonly signal: AbortSignal;
}

export function isAtLeast(role: AccessRole, needed: AccessRole): boolean {
  return accessRoles.indexOf(role) >= accessRoles.indexOf(needed);
}

/** Whether a pool exists as far as this one is concerned. */
export function mayReach({ pools }: Pick<Principal, 'pools'>, pool: string): boolean {
  return pools === undefined || pools.has(pool);
}

/** Throws `permission_denied`, saying which pool it is that is out of reach. */
export function checkReach(principal: Pick<Principal, 'name' | 'pools'>, pool: string): void {
  if (mayReach(principal, pool)) return;
  const own = [...(principal.pools ?? [])].join(', ');
  throw new CopaError(
    'permission_denied',
    `pool "${pool}" is out of reach of token "${principal.name}", which is confined to ${own}`,
  );
}
