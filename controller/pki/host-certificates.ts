/** The certificates of pools: issued for keys that never leave their hosts, and recorded in etcd. */
import { CopaError } from '../../common/errors.js';
import type { Store } from '../store/store.js';
import type { Transaction } from '../store/transaction.js';
import { keys, lastPart } from '../store/keys.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import { bundle, issuing } from './authorities.js';
import { revocationOrNow } from './revocations.js';
import type { CaStore } from './ca-store.js';
import {
  recordIn,
  nextIssuedAtMs,
  revocationOf,
  type CertificateRecord,
  type Issued,
} from './certificate-validity.js';

export interface PoolCertificate {
  readonly pool: string;
  /** PEM. */
  readonly certificate: string;
  /** The trusted CAs; PEM. */
  readonly ca: string;
}

/** A certificate that takes effect with a transaction, together with related records. */
export interface PreparedCertificate extends PoolCertificate {
  readonly write: Required<Pick<Transaction, 'expect' | 'put'>>;
}

/**
 * Limit on attempts. Several controllers may issue a certificate for one host at the same time; the loser reads
 * again.
 */
const attemptsMax = 3;

export class HostCertificates {
  constructor(
    private readonly store: Pick<Store, 'getMany' | 'list' | 'transact'>,
    private readonly caStore: Pick<CaStore, 'opened' | 'lifetimeMs'>,
    private readonly now: () => number = Date.now,
  ) {}

  /** The recorded certificate of each pool. */
  async list(): Promise<ReadonlyMap<string, Issued | null>> {
    const entries = await this.store.list(keys.certificates);
    const readable = unreadableValues.each(entries, (entry) => ({ key: entry.key, ...recordIn(entry) }));
    return new Map(readable.map(({ key, shown }) => [lastPart(key), shown]));
  }

  /**
   * Issues a certificate for the key of a request and this pool. Throws `invalid_argument` when the request is
   * invalid.
   */
  issue(pool: string, request: string): Promise<PoolCertificate> {
    return this.#issue(pool, request, () => Promise.resolve([]));
  }

  /**
   * As `issue`, for a pool that is there. Throws `not_found` when it was removed: a certificate of this moment would be
   * younger than its revocation.
   */
  renew(pool: string, request: string): Promise<PoolCertificate> {
    const key = keys.pool(pool);
    return this.#issue(pool, request, async () => {
      const [entry] = await this.store.getMany([key]);
      if (!entry) throw new CopaError('not_found', `there is no pool "${pool}"`);
      return [{ key, revision: entry.revision }];
    });
  }

  async #issue(
    pool: string,
    request: string,
    condition: () => Promise<Transaction['expect']>,
  ): Promise<PoolCertificate> {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const also = await condition();
      const { write, ...issued } = await this.prepare(pool, request);
      if (await this.store.transact({ ...write, expect: [...write.expect, ...also] })) return issued;
    }
    throw new CopaError('aborted', `pool "${pool}" got another certificate at this moment: try again`);
  }

  /** As `issue`, without the write. `revokeOlder` revokes all earlier certificates of the pool. */
  async prepare(
    pool: string,
    request: string,
    { revokeOlder = false }: { readonly revokeOlder?: boolean } = {},
  ): Promise<PreparedCertificate> {
    const { lifetimeMs } = this.caStore;
    const authorities = await this.caStore.opened();
    const authority = issuing(authorities);
    const [recordKey, revocationKey] = [keys.certificate(pool), keys.revocation(pool)];
    const [record, revocation] = await this.store.getMany([recordKey, revocationKey]);
    const known = record && unreadableValues.attempt(record, recordIn)?.value;
    const earlier = revocation && revocationOrNow(revocation, this.now());
    const now = this.now();
    const revoked = revokeOlder ? revocationOf(known, earlier, now) : earlier;
    const issuedAtMs = nextIssuedAtMs(revoked, now);
    const certificate = await authority.certify({ role: 'agent', name: pool }, request, {
      issuedAtMs,
      lifetimeMs,
    });
    const written: CertificateRecord = { issuedAtMs, shown: revokeOlder ? null : (known?.shown ?? null) };
    return {
      pool,
      certificate,
      ca: bundle(authorities),
      write: {
        expect: [
          { key: recordKey, revision: record?.revision ?? 0 },
          { key: revocationKey, revision: revocation?.revision ?? 0 },
        ],
        put: [
          { key: recordKey, value: written },
          ...(revokeOlder ? [{ key: revocationKey, value: revoked }] : []),
        ],
      },
    };
  }

  /** Records which certificate a host has. */
  async record(pool: string, shown: Issued): Promise<void> {
    const key = keys.certificate(pool);
    const [entry] = await this.store.getMany([key]);
    const known = entry && unreadableValues.attempt(entry, recordIn)?.value;
    if (known?.shown?.issuedAtMs === shown.issuedAtMs && known.shown.issuer === shown.issuer) return;
    const issuedAtMs = Math.max(known?.issuedAtMs ?? 0, shown.issuedAtMs);
    // On a conflict, another controller has written something newer.
    await this.store.transact({
      expect: [{ key, revision: entry?.revision ?? 0 }],
      put: [{ key, value: { issuedAtMs, shown } }],
    });
  }
}
