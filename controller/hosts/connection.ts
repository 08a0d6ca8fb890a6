/** The connection to one host: created with the first call, and replaced when the host does not answer. */
import { connectivityState, type Client } from '@grpc/grpc-js';
import { CopaError, messageOf } from '../../common/errors.js';
import type { Connector } from './channel.js';
import { reasonOf } from './call-errors.js';

/** The part of the connect time-out that is reserved for finding the reason of a failure. */
const reasonMs = 200;

interface Parts {
  readonly connector: Connector;
  /** The name of the host in errors. */
  readonly where: string;
  /** How long connecting may take. */
  readonly connectMs: number;
  /** A call that changes nothing. Its error is the reason for a missing connection. */
  readonly probe: (deadlineMs: number) => Promise<unknown>;
}

export class Connection {
  #client: Client;
  /** Functions that end the calls in progress. */
  readonly #underWay = new Set<() => void>();
  /** The number of calls that wait for the connection. */
  #waiting = 0;
  #closed = false;

  constructor(private readonly parts: Parts) {
    this.#client = parts.connector.connect();
  }

  /** Read this for each call, because a failed connection is replaced. */
  get client(): Client {
    return this.#client;
  }

  /**
   * Resolves when the connection is ready. Throws `unavailable` with the reason after the time-out, or after the
   * first failed attempt if the caller is `impatient`.
   */
  async ready(impatient = false): Promise<void> {
    const { where, connectMs, probe } = this.parts;
    if (this.#closed) throw new CopaError('unavailable', `${where} is no longer a pool`);
    if (this.#client.getChannel().getConnectivityState(false) === connectivityState.READY) return;
    this.#replaceIfOutdated();
    this.#waiting++;
    const ready = await this.#becomesReady(Date.now() + connectMs - reasonMs, impatient);
    this.#waiting--;
    if (ready) return;
    // Waiting does not show the reason of a failure. A call does. This one changes nothing if it succeeds after all.
    try {
      await probe(reasonMs);
    } catch (cause) {
      if (cause instanceof CopaError && cause.code !== 'unavailable' && cause.code !== 'deadline_exceeded')
        return;
      if (impatient) this.#leaveAlone();
      const reason = cause instanceof CopaError ? reasonOf(cause, connectMs) : messageOf(cause);
      throw new CopaError('unavailable', `${where} does not answer: ${reason}`, { cause });
    }
  }

  /**
   * Calls `cancel` when the caller's signal aborts or this connection closes, until the returned function is called.
   */
  begun(cancel: () => void, signal: AbortSignal | undefined): () => void {
    this.#underWay.add(cancel);
    signal?.addEventListener('abort', cancel, { once: true });
    return () => {
      this.#underWay.delete(cancel);
      signal?.removeEventListener('abort', cancel);
    };
  }

  /** Current calls fail with `unavailable`. Later ones connect again, and so check the host's certificate again. */
  reconnect(): void {
    if (this.#closed) return;
    for (const cancel of this.#underWay) cancel();
    const before = this.#client;
    this.#client = this.parts.connector.connect();
    before.close();
  }

  /** Current and later calls fail with `unavailable`. */
  close(): void {
    this.#closed = true;
    for (const cancel of this.#underWay) cancel();
    this.#client.close();
  }

  /** Resolves with whether it is connected at the deadline. */
  #becomesReady(deadlineMs: number, impatient: boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const look = (late?: Error) => {
        // A closed channel has no state.
        if (late || this.#closed) {
          resolve(false);
          return;
        }
        // The channel may have been replaced meanwhile.
        const channel = this.#client.getChannel();
        const state = channel.getConnectivityState(true);
        if (state === connectivityState.READY) resolve(true);
        else if (impatient && state === connectivityState.TRANSIENT_FAILURE) resolve(false);
        else channel.watchConnectivityState(state, deadlineMs, look);
      };
      look();
    });
  }

  /** Connections created from now on use the current certificate. */
  #replaceIfOutdated(): void {
    if (!this.parts.connector.isOutdated(this.#client)) return;
    const outdated = this.#client;
    this.#client = this.parts.connector.connect();
    outdated.close();
  }

  /**
   * Closes a failed channel, which would keep retrying. When thousands of hosts come back, that would cause thousands
   * of simultaneous handshakes, past the semaphore that limits them.
   */
  #leaveAlone(): void {
    if (this.#closed || this.#waiting > 0 || this.#underWay.size > 0) return;
    // An attempt that gets no reply cannot be ended, and each new channel would start another one beside it.
    if (this.#client.getChannel().getConnectivityState(false) === connectivityState.CONNECTING) return;
    this.#client.close();
    this.#client = this.parts.connector.connect();
  }
}
