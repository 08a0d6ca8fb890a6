/** Merges revocations. A revocation is never removed by a controller with an older list. */
import type { Revocation } from '../../common/pki/tls-identity.js';

/** No certificate lives longer, so a certificate revoked before this has expired. */
const lifetimeMsMax = 400 * 24 * 3600_000;

/** The union of both lists without expired entries, by pool. Of two for one pool, the later one counts. */
export function mergeRevocations(
  known: readonly Revocation[],
  received: readonly Revocation[],
  nowMs: number,
): Revocation[] {
  const merged = new Map<string, Revocation>();
  for (const each of [...known, ...received]) {
    if (each.issuedUntilMs < nowMs - lifetimeMsMax) continue;
    const other = merged.get(each.pool);
    if (!other || other.issuedUntilMs < each.issuedUntilMs) merged.set(each.pool, each);
  }
  return [...merged.values()].sort((a, b) => (a.pool < b.pool ? -1 : 1));
}
