/**
 * Enrollment of hosts: creates and consumes join tokens. A host with a valid token gets its certificate and becomes a
 * pool, in one transaction.
 */
import { checkPoolName } from '../../common/names.js';
import { randomBytes } from 'node:crypto';
import { CopaError } from '../../common/errors.js';
import {
  encodeJoinToken,
  type CertificateStatus,
  type ControllerJoinReply,
  type ControllerJoinRequest,
  type JoinReply,
  type JoinRequest,
} from '../../common/pki/enrollment.js';
import type { HostCertificates } from '../pki/host-certificates.js';
import type { CaStore } from '../pki/ca-store.js';
import { checkAddress, decodeHost, dialAddress, type HostRecord } from '../model/host.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { Store } from '../store/store.js';
import type { Transaction } from '../store/transaction.js';
import { keys } from '../store/keys.js';
import { certificateStatus } from './certificate-status.js';
import { claimAddress } from '../hosts/address-claims.js';
import { decodeJoinRecord, type JoinTokenRecord } from '../model/join-token.js';
import { checkUse, hashOf } from './join-token.js';

interface Parts {
  readonly store: Pick<Store, 'getMany' | 'list' | 'transact'>;
  readonly caStore: Pick<CaStore, 'opened' | 'tlsIdentity'>;
  readonly certificates: HostCertificates;
  /** The addresses at which hosts reach this controller, IP:PORT each, once it listens for them. */
  readonly addresses: () => readonly string[];
  readonly agentPort: number;
  readonly now?: () => Date;
}

export interface NewJoinToken {
  /** The argument of `copa agent join`. It is shown once and never logged. */
  readonly text: string;
  readonly record: JoinTokenRecord;
}

/**
 * Limit on attempts. A concurrent change of the same records makes the transaction fail, and everything is read
 * again.
 */
const attemptsMax = 3;
/** How long a used or expired token is kept, so that a late user gets the reason. */
const keptMs = 30 * 24 * 3600_000;

/** `from` is the address of the machine that asks. */
export type ControllerAdmission = (
  asked: ControllerJoinRequest,
  from: string,
) => Promise<ControllerJoinReply>;

export class Enrollment {
  readonly #parts: Parts;
  #admission: ControllerAdmission | undefined;
  readonly #now: () => Date;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => new Date());
  }

  /** Throws `failed_precondition` when this controller does not listen for hosts. */
  async create(options: {
    readonly pool: string | null;
    /** For a controller, and no host. */
    readonly controller?: true;
    readonly ttlSeconds: number;
    readonly createdBy: string;
  }): Promise<NewJoinToken> {
    const { pool: poolName, controller } = options;
    if (poolName !== null) checkPoolName('pool', poolName);
    const addresses = [...this.#parts.addresses()];
    if (addresses.length === 0) {
      throw new CopaError(
        'failed_precondition',
        'this controller does not listen for hosts and controllers that join: set join_listen in its file (or --join-listen 0.0.0.0:8003), and restart it',
      );
    }
    const { all } = await this.#parts.caStore.opened();
    const id = randomBytes(8).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    const now = this.#now();
    const record: JoinTokenRecord = {
      id,
      sha256: hashOf(secret),
      ...(controller && { controller }),
      pool: poolName,
      createdAt: now.toISOString(),
      createdBy: options.createdBy,
      expiresAt: new Date(now.getTime() + options.ttlSeconds * 1000).toISOString(),
      used: null,
    };
    await this.#forgetOld(now);
    const key = keys.join(id);
    await this.#parts.store.transact({ expect: [{ key, revision: 0 }], put: [{ key, value: record }] });
    // The first CA issued the certificate that the host will see.
    const token = { id, secret, addresses, ca: all[0].fingerprint, ...(controller && { controller }) };
    return { text: encodeJoinToken(poolName === null ? token : { ...token, pool: poolName }), record };
  }

  /** All valid tokens, the one that expires first at the front. */
  async list(): Promise<JoinTokenRecord[]> {
    const now = this.#now().getTime();
    const entries = await this.#parts.store.list(keys.joins);
    const all = unreadableValues.each(entries, ({ value }) => decodeJoinRecord(value));
    return all
      .filter(({ used, expiresAt }) => used === null && Date.parse(expiresAt) > now)
      .sort((a, b) => a.expiresAt.localeCompare(b.expiresAt));
  }

  /** Returns false when the token does not exist. */
  async revoke(id: string): Promise<boolean> {
    const key = keys.join(id);
    const [entry] = await this.#parts.store.getMany([key]);
    if (!entry) return false;
    await this.#parts.store.transact({ expect: [{ key, revision: entry.revision }], remove: [key] });
    return true;
  }

  /**
   * Enrolls a host: issues its certificate and creates the pool with its name and address. Throws the token's error
   * (`checkUse`), or `already_exists` for an existing pool or address. A token for an existing pool lets its host
   * join again, and revokes the host's earlier certificates.
   */
  async admit(asked: JoinRequest): Promise<JoinReply> {
    checkPoolName('pool', asked.pool);
    checkAddress('address', asked.address);
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const { answer, write } = await this.#prepare(asked);
      if (await this.#parts.store.transact(write)) return answer;
    }
    throw new CopaError(
      'aborted',
      `pool "${asked.pool}" was changed by another request at this moment: try again`,
    );
  }

  /** Controllers can join from now on. */
  admitControllersBy(admission: ControllerAdmission): void {
    this.#admission = admission;
  }

  /** Throws the token's error, and `failed_precondition` with an etcd of the user's own. */
  async admitController(asked: ControllerJoinRequest, from: string): Promise<ControllerJoinReply> {
    if (this.#admission) return this.#admission(asked, from);
    throw new CopaError(
      'failed_precondition',
      'controllers cannot join this one: it uses an etcd of its user',
    );
  }

  /** The status of a host's certificate. Throws `invalid_argument` when it is not one. */
  statusOf(certificate: string): Promise<CertificateStatus> {
    return certificateStatus(certificate, this.#parts);
  }

  async #prepare(asked: JoinRequest): Promise<{ answer: JoinReply; write: Transaction }> {
    const { store, certificates, agentPort } = this.#parts;
    const { pool: name, address, request } = asked;
    const joinKey = keys.join(asked.id);
    const poolKey = keys.pool(name);
    const [token, entry] = await store.getMany([joinKey, poolKey]);
    const record = token && decodeJoinRecord(token.value);
    const now = this.#now();
    // One transaction writes both, and whatever happens to the pool later writes the pool alone.
    const isFromThisToken = token?.revision === entry?.revision;
    checkUse(record, { ...asked, name }, { as: 'pool', now, isFromThisToken });

    const existing = entry && decodeHost(entry);
    const isAgain = record.used !== null || record.pool === name;
    if (existing && !isAgain) {
      throw new CopaError(
        'already_exists',
        `there is a pool "${name}" already: join under another --name, or, if this is its host, with a token made by "copa token create --pool ${name}"`,
      );
    }
    const claim = await claimAddress(store, { name, address }, agentPort);
    const { write, certificate, ca } = await certificates.prepare(name, request, {
      revokeOlder: existing !== undefined,
    });
    const pool: HostRecord = {
      name,
      address,
      addedAt: existing?.addedAt ?? now.toISOString(),
      translations: existing?.translations,
    };
    const used = { pool: name, request: hashOf(request), at: record.used?.at ?? now.toISOString() };
    const dialed = (each: string) => dialAddress(each, agentPort);
    const moves = existing !== undefined && dialed(existing.address) !== dialed(address);
    return {
      answer: { pool: name, certificate, ca },
      write: {
        expect: [
          { key: joinKey, revision: token?.revision ?? 0 },
          { key: poolKey, revision: entry?.revision ?? 0 },
          ...claim.expect,
          ...write.expect,
          // Migrations in progress with the old address would no longer reach the host.
          ...(moves ? [{ absentPrefix: keys.busyIn(name) }, { absentPrefix: keys.usesOf(name) }] : []),
        ],
        put: [
          { key: joinKey, value: { ...record, used } },
          { key: poolKey, value: pool },
          ...claim.put,
          ...write.put,
        ],
        remove: claim.remove,
      },
    };
  }

  async #forgetOld(now: Date): Promise<void> {
    for (const entry of await this.#parts.store.list(keys.joins)) {
      const record = unreadableValues.attempt(entry, ({ value }) => decodeJoinRecord(value))?.value;
      if (!record || Date.parse(record.expiresAt) > now.getTime() - keptMs) continue;
      const { key, revision } = entry;
      await this.#parts.store.transact({ expect: [{ key, revision }], remove: [key] });
    }
  }
}
