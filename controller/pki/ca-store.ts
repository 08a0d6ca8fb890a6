/**
 * This controller's view of the CAs. It opens them, issues and renews its own certificate, and follows the changes of
 * other controllers in etcd, so that a change reaches all controllers.
 */
import { hkdfSync } from 'node:crypto';
import type { Logger } from 'pino';
import { Backoff } from '../../common/async/backoff.js';
import { systemClock } from '../../common/async/clock.js';
import { CopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import { TlsIdentity, type Revocation } from '../../common/pki/tls-identity.js';
import type { Entry } from '../store/entry.js';
import type { Store } from '../store/store.js';
import { keys } from '../store/keys.js';
import type { Watch } from '../store/watch.js';
import {
  bundle,
  finishedValue,
  firstValue,
  generationOf,
  issuing,
  openAuthorities,
  rotatingValue,
  type AuthoritySet,
  type AuthoritiesValue,
} from './authorities.js';
import { CertificateAuthority } from './certificate-authority.js';
import { forgetLegacyAuthority, readLegacyAuthority } from './legacy-ca.js';
import { makeSecret, readSecret, secretFile } from './cluster-secret.js';
import { describeCertificate, renewalAtMs } from './certificate-validity.js';
import { Revocations, revocationOrNow } from './revocations.js';

/** What hosts have to know to tell friend from foe; CAs of a higher generation replace those of a lower one. */
export interface Trust {
  readonly generation: number;
  /** PEM. */
  readonly ca: string;
  readonly revoked: readonly Revocation[];
}

interface Options {
  readonly store: Store;
  readonly stateDirectory: string;
  /** This controller's name in its certificate. */
  readonly name: string;
  readonly lifetimeMs: number;
  readonly log: Logger;
}

/** The pause between two attempts to open the CAs. */
const retryPolicy = { delayMsMin: 250, delayMsMax: 1_000 };
/** How long a request waits for the CAs. */
const openMsMax = 3000;
/** The longest interval of checks for expiry, because a timer cannot run for a month. */
const checkMsMax = 3600_000;
/** A revocation is needed until all certificates that it covers have expired. No certificate lives longer. */
const revocationMsMax = 400 * 24 * 3600_000;

export class CaStore {
  /** This controller's TLS identity; without credentials until the CAs are open. */
  readonly tlsIdentity = new TlsIdentity();
  readonly lifetimeMs: number;
  readonly #options: Options;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<() => void>();
  #secret: Buffer | undefined;
  #authorities: AuthoritySet | undefined;
  #authoritiesEntry: Entry | undefined;
  readonly #revocations = new Revocations();
  /** All of etcd's revocations, and not only those of a beginning. */
  #revocationsKnown = false;
  #watch: Watch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> = Promise.resolve();

  private constructor(options: Options) {
    this.#options = options;
    this.lifetimeMs = options.lifetimeMs;
  }

  /**
   * Opens the CAs, or creates the first one. While etcd does not answer, it retries in the background. Throws
   * `failed_precondition` when CAs exist and this controller does not have their secret.
   */
  static async start(options: Options): Promise<CaStore> {
    const caStore = new CaStore(options);
    try {
      await caStore.#open();
    } catch (error) {
      if (!isUnknownOutcome(error)) throw error;
      options.log.warn({ reason: messageOf(error) }, 'the CA is not open yet');
      void caStore.#openLater();
    }
    return caStore;
  }

  /** Throws `unavailable` until etcd has answered. */
  get authorities(): AuthoritySet {
    if (this.#authorities) return this.#authorities;
    throw notOpen();
  }

  /** The cluster secret. Throws `unavailable` until the CAs are open. */
  get secret(): Buffer {
    if (this.#secret) return this.#secret;
    throw notOpen();
  }

  /** Waits briefly for the CAs to open, which happens soon after etcd is back. */
  async opened(): Promise<AuthoritySet> {
    const end = Date.now() + openMsMax;
    while (!this.#authorities && Date.now() < end) await systemClock.delay(50);
    return this.authorities;
  }

  /** Throws when the issuing CA is not open or no longer valid. */
  check(): void {
    const { validUntil } = issuing(this.authorities);
    if (validUntil.getTime() > Date.now()) return;
    throw new CopaError('failed_precondition', `the CA was valid until ${validUntil.toISOString()}`);
  }

  /** A key for another purpose, the same on all controllers. Throws `unavailable` until etcd has answered. */
  deriveKey(purpose: string): Buffer {
    if (!this.#authorities || !this.#secret) throw notOpen();
    return Buffer.from(hkdfSync('sha256', this.#secret, '', purpose, 32));
  }

  /** Throws `unavailable` until all revocations are known. A host that gets an incomplete list would drop its own. */
  get trust(): Trust {
    if (!this.#revocationsKnown) throw notOpen();
    return {
      generation: generationOf(this.authorities),
      ca: bundle(this.authorities),
      revoked: this.#revocations.all(),
    };
  }

  /** Calls `listener` after each change of the hosts' trust data, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins to replace the CA. Throws `failed_precondition` when a replacement is in progress. */
  async rotate(): Promise<void> {
    const fresh = await newAuthority();
    await this.#change((current, secret) => rotatingValue(current, fresh, secret, new Date()));
  }

  /** Removes the old CA. Throws `failed_precondition` when no replacement is in progress. */
  async finish(): Promise<void> {
    await this.#change((current) => finishedValue(current, new Date()));
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#watch?.close();
    await this.#refreshing;
  }

  async #openLater(): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = new Backoff(retryPolicy);
    for (let reported = ''; ;) {
      await backoff.wait(signal);
      if (signal.aborted) return;
      try {
        await this.#open();
        if (isAborted(signal)) await this.#watch?.close();
        return;
      } catch (error) {
        if (messageOf(error) === reported) continue;
        reported = messageOf(error);
        this.#options.log.error({ reason: reported }, 'the CA cannot be opened; this is retried');
      }
    }
  }

  async #open(): Promise<void> {
    const { store } = this.#options;
    const entry = (await store.get(keys.authorities)) ?? (await this.#makeFirst());
    this.#secret = await readSecret(this.#options.stateDirectory);
    if (!this.#secret) throw this.#missingSecret(`there is no ${secretFile(this.#options.stateDirectory)}`);
    await this.#apply(entry).catch((error: unknown) => {
      throw error instanceof CopaError && error.code === 'failed_precondition'
        ? this.#missingSecret(error.message)
        : error;
    });
    this.#watch = store.watch(keys.trust, {
      onReset: (entries) => {
        this.#revocations.reset(entries.filter(({ key }) => key !== keys.authorities));
        this.#changed(entries.find(({ key }) => key === keys.authorities));
        void this.#prune(entries);
      },
      onEvent: (change) => {
        if (change.type === 'remove') this.#revocations.remove(change.key);
        else if (change.key !== keys.authorities) this.#revocations.put(change);
        const isSet = change.type === 'put' && change.key === keys.authorities;
        this.#changed(isSet ? change : undefined);
      },
    });
  }

  /** A new installation's first CA, or the one that an earlier version kept in the state directory. */
  async #makeFirst(): Promise<Entry> {
    const { store, stateDirectory, log } = this.#options;
    const legacy = await readLegacyAuthority(stateDirectory);
    const secret = await makeSecret(stateDirectory);
    const value = firstValue(legacy ?? (await newAuthority()), secret, new Date());
    const key = keys.authorities;
    const made = await store.transact({ expect: [{ key, revision: 0 }], put: [{ key, value }] });
    if (made && legacy) {
      await forgetLegacyAuthority(stateDirectory);
      log.info(
        { fingerprint: legacy.authority.fingerprint },
        'the CA moved from the state directory into etcd',
      );
    }
    const entry = await store.get(key);
    if (!entry) throw new CopaError('aborted', 'the CA in etcd was removed at this moment: start again');
    return entry;
  }

  #missingSecret(why: string): CopaError {
    const { stateDirectory } = this.#options;
    return new CopaError(
      'failed_precondition',
      `the CA in etcd cannot be opened: ${why}. Copy the file cluster-secret from the state directory of a ` +
        `controller that runs on this etcd to ${stateDirectory}, readable only by its user`,
    );
  }

  #changed(entry: Entry | undefined): void {
    this.#refreshing = this.#refreshing
      .then(() => this.#apply(entry ?? this.#authoritiesEntry))
      .then(() => {
        this.#revocationsKnown = true;
        for (const listener of [...this.#listeners]) listener();
      })
      .catch((error: unknown) => {
        this.#options.log.error({ reason: messageOf(error) }, 'a change of the CA cannot be applied');
      });
  }

  /** Applies the value in etcd, and issues a certificate of this controller for it. */
  async #apply(entry: Entry | undefined): Promise<void> {
    if (!entry || !this.#secret) return;
    if (entry.revision !== this.#authoritiesEntry?.revision) {
      this.#authorities = await openAuthorities(entry.value, this.#secret);
      this.#authoritiesEntry = entry;
    }
    const { authorities } = this;
    // Every host trusts the first CA, also a host that has not received the replacement yet.
    const [issuer] = authorities.all;
    const ca = bundle(authorities);
    const revoked = this.#revocations.all();
    const now = Date.now();
    const old = this.tlsIdentity.isReady ? this.tlsIdentity.credentials : undefined;
    const issued = old && describeCertificate(old.cert, [issuer]);
    const young = issued?.issuer === issuer.fingerprint && renewalAtMs(issued, this.lifetimeMs) > now;
    const own = young
      ? old
      : await issuer.issue(
          { role: 'controller', name: this.#options.name },
          { lifetimeMs: this.lifetimeMs, issuedAtMs: Math.floor(now / 1000) * 1000 },
        );
    if (!own) return;
    this.tlsIdentity.change({ credentials: { ...own, ca }, revoked });
    this.#watchClock(renewalAtMs(describeCertificate(own.cert, [issuer]), this.lifetimeMs));
  }

  #watchClock(atMs: number): void {
    clearTimeout(this.#timer);
    if (this.#stopping.signal.aborted) return;
    const pauseMs = Math.min(Math.max(atMs - Date.now(), 0) + 10, checkMsMax);
    this.#timer = setTimeout(() => {
      this.#refreshing = this.#refreshing
        .then(() => this.#apply(this.#authoritiesEntry))
        .catch((error: unknown) =>
          this.#options.log.error(
            { reason: messageOf(error) },
            "the controller's certificate cannot be renewed",
          ),
        );
    }, pauseMs).unref();
  }

  async #change(decide: (current: AuthoritySet, secret: Buffer) => AuthoritiesValue): Promise<void> {
    const entry = await this.#options.store.get(keys.authorities);
    if (!entry || !this.#secret) throw notOpen();
    const value = decide(await openAuthorities(entry.value, this.#secret), this.#secret);
    const key = keys.authorities;
    const changed = await this.#options.store.transact({
      expect: [{ key, revision: entry.revision }],
      put: [{ key, value }],
    });
    if (!changed)
      throw new CopaError('aborted', 'another controller changed the CA at this moment: read it again');
  }

  async #prune(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      const { key, revision } = entry;
      if (key === keys.authorities) continue;
      if (revocationOrNow(entry, Date.now()).issuedUntilMs > Date.now() - revocationMsMax) continue;
      // Another controller may do the same. One that fails tries again at its next start.
      await this.#options.store
        .transact({ expect: [{ key, revision }], remove: [key] })
        .catch(() => undefined);
    }
  }
}

/** A function, because the compiler would narrow the property to false permanently. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function notOpen(): CopaError {
  return new CopaError('unavailable', 'the CA is not open yet: etcd, which has it, did not answer');
}

/** A unique CA name, so that people can distinguish the CAs. */
function newAuthority() {
  return CertificateAuthority.create(`COPA ${new Date().toISOString().slice(0, 19)}Z`);
}
