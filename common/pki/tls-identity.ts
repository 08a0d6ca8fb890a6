/**
 * The TLS identity of a process: its own credentials, the trusted CAs, and the revocations. It can change while
 * connections are open. New connections use the new values. Open connections stay, except those of revoked peers.
 */
import { CopaError } from '../errors.js';
import { identityOf, identityUri, issuedAtMs, type Credentials, type Identity } from './identity.js';

/** Certificates of this pool that were issued up to that time are revoked. */
export interface Revocation {
  readonly pool: string;
  readonly issuedUntilMs: number;
}

/** The parts of a peer's certificate that are checked, in the format of Node's `getPeerCertificate`. */
export interface PeerCertificate {
  readonly subjectaltname?: string | undefined;
  readonly valid_from: string;
  readonly valid_to: string;
}

export interface TlsIdentityState {
  readonly credentials: Credentials;
  readonly revoked: readonly Revocation[];
}

/** A connection that is closed when its peer is revoked. */
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

  /** Throws `unavailable` until there are credentials. */
  get credentials(): Credentials {
    if (this.#state) return this.#state.credentials;
    throw new CopaError(
      'unavailable',
      'this controller has no certificate yet: etcd, which has the CA, does not answer',
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

  /** Calls `listener` after each change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The identity of a peer whose certificate TLS has verified. Throws `unauthenticated` when the certificate has no
   * identity of COPA or has expired since, `permission_denied` when it was revoked.
   */
  authenticate(certificate: PeerCertificate | undefined, now = Date.now()): Identity {
    const identity = identityOf(certificate?.subjectaltname);
    if (!certificate || !identity) {
      throw new CopaError('unauthenticated', 'the certificate has no identity of COPA');
    }
    // TLS checks the dates as well, but not when it resumes a session.
    if (Date.parse(certificate.valid_to) <= now) {
      throw new CopaError('unauthenticated', `the certificate of ${identityUri(identity)} has expired`);
    }
    if (this.isRevoked(identity, certificate)) {
      throw new CopaError('permission_denied', `the certificate of ${identityUri(identity)} was revoked`);
    }
    return identity;
  }

  /** As `admit`. Also closes the connection when the peer's certificate is revoked later. */
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
