/** The rules of pools: names and addresses are unique, and a pool with a migration in progress cannot be removed. */
import { isDeepStrictEqual } from 'node:util';
import { CopaError } from '../../common/errors.js';
import { checkPoolName } from '../../common/names.js';
import { memoizeByObject } from '../../common/async/memoize.js';
import { hostIn, registeredHost } from '../hosts/registered-host.js';
import { busyMessage, useMessage } from '../model/migration.js';
import { decodeRecord, decodeRevocation, revocationOf } from '../pki/certificate-validity.js';
import type { Entry } from '../store/entry.js';
import type { Store } from '../store/store.js';
import { keys, lastPart } from '../store/keys.js';
import { checkAddress, dialAddress, type Host, type HostRecord } from '../model/host.js';
import { noTranslations, type Translations } from '../model/placement.js';

/** Of a change that somebody else's changes of the same pool get in the way of. */
const changeTriesMax = 5;

type PoolStore = Pick<Store, 'getMany' | 'list' | 'transact'>;

export class Pools {
  readonly #store: PoolStore;
  readonly #defaultPort: number;
  readonly #now: () => Date;

  /** `defaultPort` is the agents' port for addresses without one. */
  constructor(store: PoolStore, defaultPort: number, now = () => new Date()) {
    this.#store = store;
    this.#defaultPort = defaultPort;
    this.#now = now;
  }

  /** All pools, sorted by name. */
  async list(): Promise<readonly Host[]> {
    return hostsIn(await this.#store.list(keys.pools));
  }

  /** Throws `not_found` for an unknown name. */
  async get(name: string): Promise<Host> {
    checkPoolName('container_pool', name);
    const [entry] = await this.#store.getMany([keys.pool(name)]);
    return registeredHost(name, entry);
  }

  /** Registers a host. Its agent need not run yet. Throws `already_exists` for a known name or address. */
  async add(name: string, address: string): Promise<HostRecord> {
    checkPoolName('container_pool', name);
    checkAddress('ip', address);
    const pool = { name, address, addedAt: this.#now().toISOString() };
    const poolKey = keys.pool(name);
    const addressKey = keys.address(dialAddress(address, this.#defaultPort));
    const added = await this.#store.transact({
      expect: [
        { key: poolKey, revision: 0 },
        { key: addressKey, revision: 0 },
      ],
      put: [
        { key: poolKey, value: pool },
        { key: addressKey, value: { pool: name } },
      ],
    });
    if (added) return pool;

    const [existing, holder] = await this.#store.getMany([poolKey, addressKey]);
    if (existing) throw new CopaError('already_exists', `there is a pool "${name}" already`);
    if (holder) {
      const { pool: other } = holder.value as { pool: string };
      throw new CopaError('already_exists', `the address ${address} belongs to pool "${other}" already`);
    }
    throw new CopaError('aborted', `pool "${name}" was changed by another request at this moment: try again`);
  }

  /**
   * Changes the translations of a pool and returns all of them. Moves that begin afterwards use them. `changeOf` may be
   * called more than once. Throws `not_found` for an unknown name.
   */
  async translate(
    name: string,
    changeOf: (before: Translations, pool: string) => Translations,
  ): Promise<Translations> {
    checkPoolName('container_pool', name);
    const key = keys.pool(name);
    for (let tries = 1; tries <= changeTriesMax; tries++) {
      const [entry] = await this.#store.getMany([key]);
      const { revision, ...record } = registeredHost(name, entry);
      const before = record.translations ?? noTranslations;
      const translations = changeOf(before, name);
      if (isDeepStrictEqual(translations, before)) return translations;
      const put = [{ key, value: { ...record, translations } }];
      if (await this.#store.transact({ expect: [{ key, revision }], put })) return translations;
    }
    throw new CopaError('aborted', `pool "${name}" was changed by somebody else at this moment: try again`);
  }

  /**
   * Removes a host and revokes its certificates in one transaction. Its containers stay. Throws `failed_precondition`
   * during a migration.
   */
  async remove(name: string): Promise<void> {
    checkPoolName('container_pool', name);
    const key = keys.pool(name);
    const [certificateKey, revocationKey] = [keys.certificate(name), keys.revocation(name)];
    const [entry, certificate, revoked] = await this.#store.getMany([key, certificateKey, revocationKey]);
    const pool = registeredHost(name, entry);
    const revocation = revocationOf(
      certificate && decodeRecord(certificate.value),
      revoked && decodeRevocation(revoked.value),
      this.#now().getTime(),
    );
    const removed = await this.#store.transact({
      expect: [
        { key, revision: entry?.revision ?? 0 },
        { key: certificateKey, revision: certificate?.revision ?? 0 },
        { key: revocationKey, revision: revoked?.revision ?? 0 },
        { absentPrefix: keys.busyIn(name) },
        { absentPrefix: keys.usesOf(name) },
      ],
      put: [{ key: revocationKey, value: revocation }],
      remove: [key, keys.address(dialAddress(pool.address, this.#defaultPort))],
    });
    if (removed) return;

    const [[busy], [use]] = await Promise.all([
      this.#store.list(keys.busyIn(name)),
      this.#store.list(keys.usesOf(name)),
    ]);
    const why = busy ? busyMessage(lastPart(busy.key), busy.value) : use && useMessage(use.value);
    if (why !== undefined) {
      throw new CopaError('failed_precondition', `pool "${name}" cannot be removed: ${why}`);
    }
    throw new CopaError('aborted', `pool "${name}" was changed by another request at this moment: try again`);
  }
}

const hostsIn = memoizeByObject((entries: readonly Entry[]) => entries.map(hostIn));
