/** The connection with one host: made with the first call, waited for, and made anew when the host does not answer. */
import { connectivityState, type Client } from '@grpc/grpc-js';
import { CopaError, messageOf } from '../../common/errors.js';
import type { Connector } from './channel.js';
import { reasonOf } from './call-errors.js';

/** The part of the time for connecting that is kept for finding out why there is no connection. */
const reasonMs = 200;

interface Parts {
  readonly connector: Connector;
  /** What errors call the host. */
  readonly where: string;
  /** How long the host may take to be connected. */
  readonly connectMs: number;
  /** A call that changes nothing, whose failure says why there is no connection. */
  readonly probe: (deadlineMs: number) => Promise<unknown>;
}

export class Connection {
  #client: Client;
  /** How to end each call that is under way. */
  readonly #underWay = new Set<() => void>();
  /** Calls that wait for it. */
  #waiting = 0;
  #closed = false;

  constructor(private readonly parts: Parts) {
    this.#client = parts.connector.connect();
  }

  /** To be read for each call, as a connection that failed is replaced. */
  get client(): Client {
    return this.#client;
  }

  /**
   * Resolves when it is up. Throws `unavailable` with the reason when it is not in time, or as soon as an attempt failed
   * if the caller is `impatient`.
   */
  async ready(impatient = false): Promise<void> {
    const { where, connectMs, probe } = this.parts;
    if (this.#closed) throw new CopaError('unavailable', `${where} is not a pool any more`);
    if (this.#client.getChannel().getConnectivityState(false) === connectivityState.READY) return;
    this.#replaceIfOutdated();
    this.#waiting++;
    const ready = await this.#becomesReady(Date.now() + connectMs - reasonMs, impatient);
    this.#waiting--;
    if (ready) return;
    // Waiting does not show the reason. A call does, and this one changes nothing should it get through after all.
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

  /** Has `cancel` called when the caller gives up or this closes, until the function returned is called. */
  begun(cancel: () => void, signal: AbortSignal | undefined): () => void {
    this.#underWay.add(cancel);
    signal?.addEventListener('abort', cancel, { once: true });
    return () => {
      this.#underWay.delete(cancel);
      signal?.removeEventListener('abort', cancel);
    };
  }

  /** Calls under way and later ones fail with `unavailable`. */
  close(): void {
    this.#closed = true;
    for (const cancel of this.#underWay) cancel();
    this.#client.close();
  }

  /** Resolves with whether it is connected by then. */
  #becomesReady(deadlineMs: number, impatient: boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const look = (late?: Error) => {
        // A closed channel has no state.
        if (late || this.#closed) {
          resolve(false);
          return;
        }
        // It may have been replaced meanwhile.
        const channel = this.#client.getChannel();
        const state = channel.getConnectivityState(true);
        if (state === connectivityState.READY) resolve(true);
        else if (impatient && state === connectivityState.TRANSIENT_FAILURE) resolve(false);
        else channel.watchConnectivityState(state, deadlineMs, look);
      };
      look();
    });
  }

  /** A connection that is made from now on is made with our current certificate. */
  #replaceIfOutdated(): void {
    if (!this.parts.connector.isOutdated(this.#client)) return;
    const outdated = this.#client;
    this.#client = this.parts.connector.connect();
    outdated.close();
  }

  /**
   * A channel that has failed keeps trying. When thousands of hosts come back, that would be thousands of handshakes at
   * once, past the semaphore that orders them.
   */
  #leaveAlone(): void {
    if (this.#closed || this.#waiting > 0 || this.#underWay.size > 0) return;
    // An attempt that gets no answer at all cannot be ended, and each new channel would begin another one beside it.
    if (this.#client.getChannel().getConnectivityState(false) === connectivityState.CONNECTING) return;
    this.#client.close();
    this.#client = this.parts.connector.connect();
  }
}
