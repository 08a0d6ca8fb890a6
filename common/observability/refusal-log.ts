/**
 * Logs refused connections and requests: the first one at once, and equal ones within the next minute as a count at
 * its end. So a client that is refused all the time does not fill the disk.
 */
import type { Logger } from 'pino';

export interface Refusal {
  /** The remote address without its port. */
  readonly from: string;
  /** The name in the certificate, if there is one. */
  readonly who?: string | undefined;
  readonly reason: string;
}

const windowMs = 60_000;
/** Limit on different refusals per minute that are logged separately. Beyond it, somebody fabricates them. */
const kindsMax = 100;

export class RefusalLog {
  readonly #kinds = new Map<string, { readonly refusal: Refusal; again: number }>();
  #beyond = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: Pick<Logger, 'warn'>,
    /** The message of each line. */
    private readonly message: string,
  ) {}

  record(refusal: Refusal): void {
    this.#timer ??= setTimeout(() => this.#sum(), windowMs).unref();
    const key = [refusal.from, refusal.who, refusal.reason].join('\n');
    const known = this.#kinds.get(key);
    if (known) known.again++;
    else if (this.#kinds.size >= kindsMax) this.#beyond++;
    else {
      this.#kinds.set(key, { refusal, again: 0 });
      this.log.warn(refusal, this.message);
    }
  }

  /** Logs the pending counts. */
  close(): void {
    clearTimeout(this.#timer);
    this.#sum();
  }

  #sum(): void {
    for (const { refusal, again } of this.#kinds.values()) {
      if (again > 0) this.log.warn({ ...refusal, again }, this.message);
    }
    if (this.#beyond > 0) {
      this.log.warn({ reason: 'too many different ones to log each', again: this.#beyond }, this.message);
    }
    this.#kinds.clear();
    this.#beyond = 0;
    this.#timer = undefined;
  }
}

const words: Readonly<Record<string, string>> = {
  ERR_SSL_HTTP_REQUEST: 'speaks HTTP, and not TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'speaks an older TLS than is taken here',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'shows no certificate',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'did not finish the TLS handshake in time',
};

/** Why a TLS handshake failed. OpenSSL's messages contain memory addresses, so no two of them are equal. */
export function handshakeFailure(error: NodeJS.ErrnoException): string {
  return words[error.code ?? ''] ?? `the TLS handshake failed: ${error.code ?? error.message}`;
}
