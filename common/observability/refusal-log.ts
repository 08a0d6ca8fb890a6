/**
 * Who was refused at a port, and why, as the log tells it: the first time at once, and what is the same within
 * the next minute as a count at its end. So somebody who is refused all the time fills no disk.
 */
import type { Logger } from 'pino';

export interface Refusal {
  /** The address that it came from, without its port. */
  readonly from: string;
  /** Whom the certificate names, if there is one. */
  readonly who?: string | undefined;
  readonly reason: string;
}

const windowMs = 60_000;
/** Different refusals that are told apart within a minute; past it somebody makes them up. */
const kindsMax = 100;

export class RefusalLog {
  readonly #kinds = new Map<string, { readonly refusal: Refusal; again: number }>();
  #beyond = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: Pick<Logger, 'warn'>,
    /** What is refused here, as each line says it. */
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

  /** Tells what has only been counted so far. */
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

/** Why a TLS handshake failed. OpenSSL's own words have addresses in them, so that no two lines are alike. */
export function handshakeFailure(error: NodeJS.ErrnoException): string {
  return words[error.code ?? ''] ?? `the TLS handshake failed: ${error.code ?? error.message}`;
}
