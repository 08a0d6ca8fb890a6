/**
 * Replaces the CA. Both CAs are trusted until every pool has a certificate of the new one. Then the old one is
 * removed. The replacement ends by itself with the last pool, or on request.
 */
import { CopaError, isCopaError, messageOf } from '../../common/errors.js';
import type { Store } from '../store/store.js';
import { keys, lastPart } from '../store/keys.js';
import { bundle, isRotating, issuing } from './authorities.js';
import type { HostCertificates } from './host-certificates.js';
import type { CaStore } from './ca-store.js';
import type { Issued } from './certificate-validity.js';

export interface AuthorityStatus {
  readonly fingerprint: string;
  readonly validUntil: Date;
}

export interface IdentityStatus {
  /** All trusted CAs. The last one issues the hosts' certificates. */
  readonly authorities: readonly AuthorityStatus[];
  /** PEM of all of them. */
  readonly bundle: string;
  /** When the replacement began; undefined without one. */
  readonly rotatingSince: string | undefined;
  readonly pools: readonly { readonly name: string; readonly issued: Issued | undefined }[];
  /** Pools not yet seen with a certificate of the issuing CA. */
  readonly missing: readonly string[];
}

/** The interval at which a replacement is read again, because other controllers may have advanced it. */
const lookMs = 60_000;

/** The pools that a replacement waits for: missing when etcd was read, and not renewed since. */
interface Awaited {
  /** The issuing CA of the replacement. */
  readonly fingerprint: string;
  readonly pools: Set<string>;
  /** When to read again at the latest. */
  readonly lookAtMs: number;
}

export class CaRotation {
  #awaited: Awaited | undefined;
  #looking: Promise<void> | undefined;
  readonly #settledMeanwhile = new Set<string>();

  constructor(
    private readonly store: Pick<Store, 'list'>,
    private readonly caStore: Pick<CaStore, 'authorities' | 'opened' | 'rotate' | 'finish'>,
    private readonly certificates: Pick<HostCertificates, 'list'>,
    private readonly now: () => number = Date.now,
  ) {}

  async status(): Promise<IdentityStatus> {
    const authorities = await this.caStore.opened();
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

  /** Begins a replacement. Throws `failed_precondition` when one is in progress. */
  async begin(): Promise<void> {
    await this.caStore.rotate();
    // Without any missing pool, no pool would end it.
    if ((await this.store.list(keys.pools)).length === 0) await this.caStore.finish();
  }

  /** Ends it now. Pools that are missing then have to join again. */
  async finish(): Promise<void> {
    await this.caStore.finish();
  }

  /**
   * A pool has a certificate of the issuing CA, or no longer exists. The replacement ends with the last one. etcd
   * decides that, but is read only when all missing pools are done, not for each of thousands.
   */
  async settled(pool: string): Promise<void> {
    if (!isRotating(this.caStore.authorities)) return;
    this.#settledMeanwhile.add(pool);
    const { fingerprint } = issuing(this.caStore.authorities);
    const awaited = this.#awaited?.fingerprint === fingerprint ? this.#awaited : undefined;
    awaited?.pools.delete(pool);
    if (awaited && awaited.pools.size > 0 && this.now() < awaited.lookAtMs) return;
    this.#looking ??= this.#finishIfComplete(fingerprint).finally(() => (this.#looking = undefined));
    await this.#looking;
  }

  async #finishIfComplete(fingerprint: string): Promise<void> {
    for (let missing = 1; missing > 0;) {
      this.#settledMeanwhile.clear();
      const status = await this.status();
      missing = status.missing.length;
      // Pools that were renewed during the read may still be missing in its result.
      const pools = new Set(status.missing.filter((pool) => !this.#settledMeanwhile.has(pool)));
      this.#awaited = { fingerprint, pools, lookAtMs: this.now() + lookMs };
      if (pools.size > 0) return;
    }
    await this.caStore.finish().catch((error: unknown) => {
      // Another controller was first.
      if (!isCopaError(error, 'aborted', 'failed_precondition')) {
        throw new CopaError('unavailable', messageOf(error), { cause: error });
      }
    });
  }
}
