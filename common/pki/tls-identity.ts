/**
 * Where one side stands towards the others: its own credentials, whom it trusts, and who has been cut off.
 * All of it changes while connections are up: what is opened or accepted afterwards goes by the new, what is
 * under way goes on, except with those that were cut off.
 */
import { CopaError } from '../errors.js';
import { identityOf, identityUri, issuedAtMs, type Credentials, type Identity } from './identity.js';

/** No certificate of this pool counts that was issued up to that moment. */
export interface Revocation {
  readonly pool: string;
  readonly issuedUntilMs: number;
}

/** What of a peer's certificate is looked at, in the words of Node's `getPeerCertificate`. */
export interface PeerCertificate {
  readonly subjectaltname?: string | undefined;
  readonly valid_from: string;
  readonly valid_to: string;
}

export interface TlsIdentityState {
  readonly credentials: Credentials;
  readonly revoked: readonly Revocation[];
}

/** A connection that ends when its peer is cut off. */
interface Cuttable {
  destroy(error?: Error): unknown;
  once(event: 'close', listener: () => void): unknown;
}

export class TlsIdentity {
  #state: TlsIdentityState | undefined;
  readonly #guarded = new Map<Cuttable, { readonly peer: Identity; readonly certificate: PeerCertificate }>();
  readonly #listeners = new Set<() => void>();

  constructor(credentials?: Credentials, revoked: readonly Revocation[] = []) {
    if (credentials) this.#state = { credentials, revoked };
  }

  /** Throws `unavailable` while there are none yet. */
  get credentials(): Credentials {
    if (this.#state) return this.#state.credentials;
    throw new CopaError(
      'unavailable',
      'this controller has no certificate yet: etcd, where the CA is, does not answer',
    );
  }

  get isReady(): boolean {
    return this.#state !== undefined;
  }

  get revoked(): readonly Revocation[] {
    return this.#state?.revoked ?? [];
  }

  change(state: TlsIdentityState): void {
    this.#state = state;
    for (const [connection, { peer, certificate }] of [...this.#guarded]) {
      if (!this.isRevoked(peer, certificate)) continue;
      connection.destroy(new Error(`the certificate of ${identityUri(peer)} was revoked`));
    }
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls `listener` after each change, until the function returned is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Who a peer is, after TLS has checked its certificate. Throws `unauthenticated` when that names nobody of
   * ours or has expired since, `permission_denied` when it was revoked.
   */
  authenticate(certificate: PeerCertificate | undefined, now = Date.now()): Identity {
    const identity = identityOf(certificate?.subjectaltname);
    if (!certificate || !identity) {
      throw new CopaError('unauthenticated', 'the certificate names nobody of COPA');
    }
    // TLS looks at the dates as well, but not when it resumes a session.
    if (Date.parse(certificate.valid_to) <= now) {
      throw new CopaError('unauthenticated', `the certificate of ${identityUri(identity)} has expired`);
    }
    if (this.isRevoked(identity, certificate)) {
      throw new CopaError('permission_denied', `the certificate of ${identityUri(identity)} was revoked`);
    }
    return identity;
  }

  /** As `admit`; and ends the connection should the peer's certificate be revoked later on. */
  guard(connection: Cuttable, certificate: PeerCertificate | undefined): Identity {
    const peer = this.authenticate(certificate);
    if (certificate) this.#guarded.set(connection, { peer, certificate });
    connection.once('close', () => this.#guarded.delete(connection));
    return peer;
  }

  isRevoked({ role, name }: Identity, { valid_from: from }: Pick<PeerCertificate, 'valid_from'>): boolean {
    return (
      role === 'agent' &&
      this.revoked.some(
        ({ pool, issuedUntilMs }) => pool === name && issuedAtMs(Date.parse(from)) <= issuedUntilMs,
      )
    );
  }
}
