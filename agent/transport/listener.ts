/**
 * The port that accepts migration streams. The authenticator requires a certificate of COPA's CA. In addition, each
 * channel needs a ticket that the controller issued for this peer and this pass. A ticket is valid once per channel.
 */
import { timingSafeEqual } from 'node:crypto';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { CopaError, messageOf } from '../../common/errors.js';
import { sameIdentity, type Identity } from '../../common/pki/identity.js';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import { answerFullSize, parseLine, readLine, type ChannelName } from '../../common/net/stream-channel.js';
import { PeerAuthenticator } from '../identity/peer-authenticator.js';

/** Limit on open channels. A pass has at most three, and no host copies that many containers at a time. */
const guestsMax = 1024;

export type Channels = ReadonlyMap<ChannelName, TLSSocket>;

/** The expected peer: one agent, or any controller (for a relayed stream). */
export type ExpectedPeer = Identity | 'controller';

interface Expected {
  readonly ticket: Buffer;
  readonly peer: ExpectedPeer;
  readonly missing: Set<string>;
  readonly arrived: Map<ChannelName, TLSSocket>;
  readonly complete: (channels: Channels) => void;
}

export class StreamListener {
  readonly #authenticator: PeerAuthenticator;
  readonly #expected = new Set<Expected>();

  constructor(
    private readonly tlsIdentity: TlsIdentity,
    log: Logger,
  ) {
    this.#authenticator = new PeerAuthenticator(tlsIdentity, log, {
      refusing: 'stream refused',
      guestsMax,
      greet: (socket, certificate) => this.#greet(socket, certificate),
    });
  }

  /** Listens and returns the port. Port 0 picks a free one. */
  listen(host: string, port: number): Promise<number> {
    return this.#authenticator.listen(host, port);
  }

  /**
   * Waits for all channels of one transfer. The ticket is valid from the moment of the call until the returned
   * promise settles. Throws `unavailable` when the channels do not arrive in time.
   */
  async expect(
    ticket: string,
    peer: ExpectedPeer,
    channels: readonly ChannelName[],
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<Channels> {
    const arrived = new Map<ChannelName, TLSSocket>();
    let giveUp: (error: unknown) => void = () => undefined;
    let expected: Expected | undefined;
    const all = new Promise<Channels>((resolve, reject) => {
      expected = {
        ticket: Buffer.from(ticket),
        peer,
        missing: new Set(channels),
        arrived,
        complete: resolve,
      };
      this.#expected.add(expected);
      giveUp = (error) => {
        for (const socket of arrived.values()) socket.destroy();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
    });
    const timer = setTimeout(
      () => giveUp(new CopaError('unavailable', 'the migration stream did not arrive in time')),
      options.timeoutMs,
    );
    const onAbort = () => giveUp(options.signal.reason);
    options.signal.addEventListener('abort', onAbort, { once: true });
    if (options.signal.aborted) onAbort();
    try {
      return await all;
    } finally {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
      if (expected) this.#expected.delete(expected);
    }
  }

  /** Stops listening. Open streams continue. */
  close(): void {
    this.#authenticator.close();
  }

  async #greet(socket: TLSSocket, certificate: PeerCertificate): Promise<void> {
    try {
      const peer = this.tlsIdentity.guard(socket, certificate);
      this.#admit(socket, peer, parseLine(await readLine(socket)));
    } catch (error) {
      if (socket.writable) socket.write(`${JSON.stringify({ error: messageOf(error) })}\n`);
      throw error;
    }
  }

  #admit(socket: TLSSocket, peer: Identity, hello: unknown): void {
    const { ticket, channel, full } = (hello ?? {}) as Record<string, unknown>;
    if (channel === 'probe') {
      socket.write('{"ok":true}\n');
      // If packets are lost, the probe fails on the other side, which reports the reason.
      const answered = full === true ? answerFullSize(socket).catch(() => undefined) : Promise.resolve();
      void answered.then(() => socket.destroySoon());
      return;
    }
    const expected = typeof ticket === 'string' ? this.#find(ticket) : undefined;
    if (!expected || typeof channel !== 'string' || !expected.missing.has(channel)) {
      throw new CopaError('permission_denied', 'this ticket is not valid here, or was used');
    }
    const welcome =
      expected.peer === 'controller' ? peer.role === 'controller' : sameIdentity(peer, expected.peer);
    if (!welcome) throw new CopaError('permission_denied', 'this ticket is for another peer');
    expected.missing.delete(channel);
    expected.arrived.set(channel as ChannelName, socket);
    socket.write('{"ok":true}\n');
    if (expected.missing.size === 0) expected.complete(expected.arrived);
  }

  #find(ticket: string): Expected | undefined {
    const given = Buffer.from(ticket);
    return [...this.#expected].find(
      (each) => each.ticket.length === given.length && timingSafeEqual(each.ticket, given),
    );
  }
}
