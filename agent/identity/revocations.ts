/** Revocations only become more: who was cut off stays so, whatever a controller of less knowledge says. */
import type { Revocation } from '../../common/pki/tls-identity.js';

/** No certificate lives longer, so that one revoked before this has expired. */
const lifetimeMsMax = 400 * 24 * 3600_000;

/** All that are of use in either list, by pool; of two for one pool the one that reaches further. */
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
