/** The rules of pools: names and addresses are unique, and a pool with a migration in progress cannot be removed. */
import { isDeepStrictEqual } from 'node:util';
import { CopaError } from '../../common/errors.js';
import { changedLabels, noLabels, type LabelChange, type Labels } from '../../common/labels.js';
import { checkPoolName } from '../../common/names.js';
import { memoizeByObject } from '../../common/async/memoize.js';
import { claimAddress, releaseAddresses } from '../hosts/address-claims.js';
import { hostIn, registeredHost } from '../hosts/registered-host.js';
import { busyMessage, useMessage } from '../model/migration.js';
import { recordIn, revocationIn, revocationOf } from '../pki/certificate-validity.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { Entry } from '../store/entry.js';
import type { Store } from '../store/store.js';
import { keys, lastPart } from '../store/keys.js';
import { checkAddress, type Host, type HostRecord } from '../model/host.js';
import { decodeJoinRecord } from '../model/join-token.js';
import { noTranslations, type Translations } from '../model/mapping.js';
import { closedReason, isOfEvacuation, type Scheduling } from '../model/scheduling.js';
import { defaultLimits, type Limits } from '../model/slots.js';

/** Of a change that somebody else's changes of the same pool get in the way of. */
const changeTriesMax = 5;
/** A transaction of etcd has 128 operations at most. */
const tokensAtOnceMax = 64;

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
    if (await this.#isThere(name)) throw alreadyThere(name);
    const claim = await claimAddress(this.#store, pool, this.#defaultPort);
    const added = await this.#store.transact({
      expect: [{ key: poolKey, revision: 0 }, ...claim.expect],
      put: [{ key: poolKey, value: pool }, ...claim.put],
      remove: claim.remove,
    });
    if (added) return pool;

    if (await this.#isThere(name)) throw alreadyThere(name);
    // Throws when another pool has the address now.
    await claimAddress(this.#store, pool, this.#defaultPort);
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
    const changed = await this.#change(name, (record) => ({
      ...record,
      translations: changeOf(record.translations ?? noTranslations, name),
    }));
    return changed.translations;
  }

  /** Sets and removes labels of a pool, and returns all of them. Throws `not_found` for an unknown name. */
  async label(name: string, change: LabelChange): Promise<Labels> {
    const changed = await this.#change(name, (record) => ({
      ...record,
      labels: changedLabels(record.labels ?? noLabels, change),
    }));
    return changed.labels;
  }

  /**
   * Sets how many migrations copy and cut over on a pool at a time, and returns both. It counts for those that begin to
   * do so afterwards.
   */
  async limit(name: string, change: Partial<Limits>): Promise<Limits> {
    const { limits = defaultLimits } = await this.#change(name, (record) => {
      if (Object.keys(change).length === 0) return record;
      return { ...record, limits: { ...(record.limits ?? defaultLimits), ...change } };
    });
    return limits;
  }

  /** Opens a pool for new containers, or closes it. Throws `not_found` for an unknown name. */
  async schedule(name: string, scheduling: 'active' | 'cordoned'): Promise<void> {
    const stored = scheduling === 'active' ? undefined : scheduling;
    await this.#change(name, (record) => {
      if (isOfEvacuation(record.scheduling)) throw stateOfEvacuation(name, record.scheduling);
      return { ...record, scheduling: stored };
    });
  }

  /** Replaces a pool's record, and returns the new one. `changeOf` may be called more than once. */
  async #change<Changed extends HostRecord>(
    name: string,
    changeOf: (before: HostRecord) => Changed,
  ): Promise<Changed> {
    checkPoolName('container_pool', name);
    const key = keys.pool(name);
    for (let tries = 1; tries <= changeTriesMax; tries++) {
      const [entry] = await this.#store.getMany([key]);
      const { revision, ...before } = registeredHost(name, entry);
      const changed = changeOf(before);
      if (isDeepStrictEqual(changed, before)) return changed;
      if (await this.#store.transact({ expect: [{ key, revision }], put: [{ key, value: changed }] }))
        return changed;
    }
    throw changedMeanwhile(name);
  }

  /**
   * Removes a host and revokes its certificates and the join tokens for it in one transaction. Its containers stay. Throws
   * `failed_precondition` during a migration.
   */
  async remove(name: string): Promise<void> {
    checkPoolName('container_pool', name);
    // A certificate that is renewed at this moment is no reason to refuse.
    for (let tries = 1; tries <= changeTriesMax; tries++) if (await this.#tryRemove(name)) return;
    throw changedMeanwhile(name);
  }

  /** False when its certificate was changed meanwhile. Throws `aborted` when the pool itself was, by a new join. */
  async #tryRemove(name: string): Promise<boolean> {
    const key = keys.pool(name);
    const [certificateKey, revocationKey] = [keys.certificate(name), keys.revocation(name)];
    const evacuationKey = keys.evacuation(name);
    const [entry, certificate, revoked, evacuation] = await this.#store.getMany([
      ...[key, certificateKey, revocationKey, evacuationKey],
    ]);
    // Also one whose record nobody can read.
    if (!entry) throw new CopaError('not_found', `there is no pool "${name}"`);
    // After the pool was read: a host that joins meanwhile changes the pool, too.
    const tokens = await this.#tokensOf(name);
    const addresses = await releaseAddresses(this.#store, name);
    const revocation = revocationOf(
      certificate && unreadableValues.attempt(certificate, recordIn)?.value,
      revoked && unreadableValues.attempt(revoked, revocationIn)?.value,
      this.#now().getTime(),
    );
    const removed = await this.#store.transact({
      expect: [
        { key, revision: entry.revision },
        { key: certificateKey, revision: certificate?.revision ?? 0 },
        { key: revocationKey, revision: revoked?.revision ?? 0 },
        { key: evacuationKey, revision: evacuation?.revision ?? 0 },
        { key: keys.evacuationClaim(name), revision: 0 },
        { absentPrefix: keys.busyIn(name) },
        { absentPrefix: keys.usesOf(name) },
        ...tokens.map(({ key: token, revision }) => ({ key: token, revision })),
        ...addresses.expect,
      ],
      put: [{ key: revocationKey, value: revocation }],
      remove: [key, evacuationKey, ...tokens.map(({ key: token }) => token), ...addresses.remove],
    });
    if (removed) return true;

    const [[busy], [use], [now, claim]] = await Promise.all([
      this.#store.list(keys.busyIn(name)),
      this.#store.list(keys.usesOf(name)),
      this.#store.getMany([key, keys.evacuationClaim(name)]),
    ]);
    const why = busy ? busyMessage(lastPart(busy.key), busy.value) : use && useMessage(use.value);
    if (claim) throw stateOfEvacuation(name, 'evacuating');
    if (why !== undefined) {
      throw new CopaError('failed_precondition', `pool "${name}" cannot be removed: ${why}`);
    }
    if (now?.revision !== entry.revision) throw changedMeanwhile(name);
    return false;
  }

  async #isThere(name: string): Promise<boolean> {
    const [entry] = await this.#store.getMany([keys.pool(name)]);
    return entry !== undefined;
  }

  /** The tokens that nobody has used and that would let a host in under this name. */
  async #tokensOf(name: string): Promise<readonly Entry[]> {
    const entries = await this.#store.list(keys.joins);
    const tokens = unreadableValues
      .each(entries, (entry) => ({ entry, record: decodeJoinRecord(entry.value) }))
      .filter(({ record: { pool, used } }) => pool === name && used === null)
      .map(({ entry }) => entry);
    if (tokens.length <= tokensAtOnceMax) return tokens;
    throw new CopaError(
      'failed_precondition',
      `there are ${tokens.length} tokens to join as pool "${name}": revoke some of them first ("copa token revoke")`,
    );
  }
}

function alreadyThere(name: string): CopaError {
  return new CopaError('already_exists', `there is a pool "${name}" already`);
}

const hostsIn = memoizeByObject((entries: readonly Entry[]) => unreadableValues.each(entries, hostIn));

function stateOfEvacuation(pool: string, scheduling: Scheduling | undefined): CopaError {
  const how =
    scheduling === 'evacuated'
      ? `"copa pool restore ${pool}" brings its containers back and opens it, with --action skip it only opens it`
      : `"copa pool evacuation ${pool} --cancel" ends that`;
  return new CopaError(
    'failed_precondition',
    `pool "${pool}": ${closedReason({ scheduling }) ?? ''}; ${how}`,
  );
}

function changedMeanwhile(pool: string): CopaError {
  return new CopaError('aborted', `pool "${pool}" was changed by another request at this moment: try again`);
}
