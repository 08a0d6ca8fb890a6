/**
 * Replacing the CA: both are trusted until every pool has a certificate of the new one, then the old one goes.
 * It ends by itself with the last pool, or at once when somebody says so.
 */
import { CopaError, isCopaError, messageOf } from '../../proto/errors.js';
import type { Store } from '../store/etcd.js';
import { keys, lastPart } from '../store/keys.js';
import { bundle, isRotating, issuing } from './authorities.js';
import type { Certificates } from './certificates.js';
import type { Keyring } from './keyring.js';
import type { Issued } from './validity.js';

export interface AuthorityStatus {
  readonly fingerprint: string;
  readonly validUntil: Date;
}

export interface IdentityStatus {
  /** All that are trusted; the last one certifies hosts. */
  readonly authorities: readonly AuthorityStatus[];
  /** PEM of all of them. */
  readonly bundle: string;
  /** Since when the CA is being replaced; undefined when it is not. */
  readonly rotatingSince: string | undefined;
  readonly pools: readonly { readonly name: string; readonly issued: Issued | undefined }[];
  /** Pools that were not seen yet with a certificate of the CA that certifies now. */
  readonly missing: readonly string[];
}

export class Rotation {
  constructor(
    private readonly store: Pick<Store, 'list'>,
    private readonly keyring: Keyring,
    private readonly certificates: Certificates,
  ) {}

  async status(): Promise<IdentityStatus> {
    const authorities = await this.keyring.opened();
    const [pools, issued] = await Promise.all([this.store.list(keys.pools), this.certificates.list()]);
    const names = pools.map(({ key }) => lastPart(key));
    const { fingerprint } = issuing(authorities);
    return {
      authorities: authorities.all,
      bundle: bundle(authorities),
      rotatingSince: isRotating(authorities) ? authorities.value.changedAt : undefined,
      pools: names.map((name) => ({ name, issued: issued.get(name) ?? undefined })),
      missing: names.filter((name) => issued.get(name)?.issuer !== fingerprint),
    };
  }

  /** Begins. Throws `failed_precondition` when a replacement is under way. */
  async begin(): Promise<void> {
    await this.keyring.rotate();
    // With nobody to wait for, nobody would end it.
    if ((await this.store.list(keys.pools)).length === 0) await this.keyring.finish();
  }

  /** Ends it now: pools that are missing then have to join again. */
  async finish(): Promise<void> {
    await this.keyring.finish();
  }

  /** Ends it when no pool is missing any more. */
  async finishIfComplete(): Promise<void> {
    if (!isRotating(this.keyring.authorities)) return;
    const { missing } = await this.status();
    if (missing.length > 0) return;
    await this.keyring.finish().catch((error: unknown) => {
      // Another controller was first.
      if (!isCopaError(error, 'aborted', 'failed_precondition')) {
        throw new CopaError('unavailable', messageOf(error), { cause: error });
      }
    });
  }
}
