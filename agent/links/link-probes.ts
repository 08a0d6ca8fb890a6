/**
 * Measures the links of this host: sends a small UDP packet to each peer every second, and replies to those of peers. The
 * controller sends the peers and their keys. Every datagram counts as hostile: without the key of a peer it gets no reply,
 * and costs no cryptography unless it has the ID of a key, which only peers and people on the way know.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Logger } from 'pino';
import { messageOf } from '../../common/errors.js';
import type { RowOf } from '../../common/measurements.js';
import { LinkEstimator } from './link-estimator.js';
import * as packet from './packet.js';
import { Reflector } from './reflector.js';

export interface LinkPeer {
  readonly pool: string;
  /** IPv4. Probes from other addresses get no reply, so nobody else can be sent one. */
  readonly address: string;
  readonly port: number;
  /** Shared with that peer alone. */
  readonly key: Buffer;
  /** This host sends probes to it; otherwise it only replies. */
  readonly isProbed: boolean;
}

type Outcome = 'sent' | 'received' | 'reflected' | 'refused';

export interface ProbeOptions {
  readonly pool: string;
  readonly log: Logger;
  /** Counts packets. */
  readonly count: (outcome: Outcome) => void;
  /** Milliseconds between two probes to one peer. */
  readonly intervalMs?: number;
  /** Milliseconds since 1970, with microseconds behind the point. It never jumps. */
  readonly now?: () => number;
}

interface Link {
  readonly peer: LinkPeer;
  readonly sending: packet.DirectionKey;
  readonly receiving: packet.DirectionKey;
  readonly reflector: Reflector;
  readonly estimator: LinkEstimator;
  /** Grows with each start, so that packets of an earlier one are old. */
  session: number;
  sequence: number;
  /** Probes since the last reply. */
  unanswered: number;
  /** Verified packets and forged ones, since the last second. */
  packets: number;
  timer: NodeJS.Timeout | undefined;
}

export const probeIntervalMs = 1_000;
/** Of one peer. Replies and probes are two a second. Further ones are dropped unread. */
const packetsPerSecondMax = 50;
/**
 * After so many probes a new session begins. A host whose clock was behind when it started had one that was too old for its
 * peers.
 */
const unansweredMax = 30;
/** After a post, COPA does not measure the same link: the program's values count. */
const postedMs = 60_000;

/** The wall clock of the process's start, and steady from there. */
export const steadyClock = () => performance.timeOrigin + performance.now();

export class LinkProbes {
  readonly #options: ProbeOptions;
  readonly #now: () => number;
  readonly #links = new Map<string, Link>();
  readonly #byKeyId = new Map<string, Link>();
  readonly #postedUntilMs = new Map<string, number>();
  #socket: Socket | undefined;
  #port = 0;
  #second: NodeJS.Timeout | undefined;

  constructor(options: ProbeOptions) {
    this.#options = options;
    this.#now = options.now ?? steadyClock;
  }

  /** The UDP port; 0: this host measures no links. */
  get port(): number {
    return this.#port;
  }

  /** The peers that this host sends probes to. */
  get peers(): readonly LinkPeer[] {
    return [...this.#links.values()].flatMap(({ peer }) => (peer.isProbed ? [peer] : []));
  }

  /** Throws when the port is not free. */
  async listen(host: string, port: number): Promise<void> {
    // All are addresses, so nothing is looked up.
    const socket = createSocket({
      type: 'udp4',
      lookup: (address, _options, found) => found(null, address, 4),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, host, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    socket.on('error', (error) => this.#options.log.debug({ reason: messageOf(error) }, 'link probe'));
    socket.on('message', (data, from) => this.#receive(data, from));
    socket.unref();
    this.#socket = socket;
    this.#port = socket.address().port;
    this.#second = setInterval(() => {
      for (const link of this.#links.values()) link.packets = 0;
    }, 1_000).unref();
  }

  close(): void {
    clearInterval(this.#second);
    this.setPeers([]);
    this.#socket?.close();
    this.#socket = undefined;
    this.#port = 0;
  }

  /** From now on these are the peers. Links that stay go on without an interruption. */
  setPeers(peers: readonly LinkPeer[]): void {
    const wanted = new Map(peers.map((peer) => [peer.pool, peer]));
    for (const [pool, link] of this.#links) {
      const peer = wanted.get(pool);
      if (peer && isSame(peer, link.peer)) wanted.delete(pool);
      else this.#remove(link);
    }
    if (!this.#socket) return;
    for (const peer of wanted.values()) this.#add(peer);
  }

  /** A program posted a row of this link. */
  posted(pool: string): void {
    if (this.#links.has(pool)) this.#postedUntilMs.set(pool, this.#now() + postedMs);
  }

  /** What was measured since the last call. */
  take(): RowOf<'link'>[] {
    const nowMs = this.#now();
    return [...this.#links.values()].flatMap(({ peer, estimator }) => {
      if (!peer.isProbed) return [];
      const measured = estimator.take(nowMs);
      if (!measured || (this.#postedUntilMs.get(peer.pool) ?? 0) > nowMs) return [];
      return [{ locus2_id: peer.pool, ...measured, throughput: 0, throughput_measured: false }];
    });
  }

  #add(peer: LinkPeer): void {
    const link: Link = {
      peer,
      sending: packet.directionKey(peer.key, this.#options.pool),
      receiving: packet.directionKey(peer.key, peer.pool),
      reflector: new Reflector(),
      estimator: new LinkEstimator(),
      session: sessionAfter(0),
      ...{ sequence: 0, unanswered: 0, packets: 0, timer: undefined },
    };
    this.#links.set(peer.pool, link);
    this.#byKeyId.set(link.receiving.id, link);
    if (!peer.isProbed) return;
    const intervalMs = this.#options.intervalMs ?? probeIntervalMs;
    // Each peer has another moment, so that replies do not wait for each other.
    link.timer = setTimeout(() => {
      this.#probe(link);
      link.timer = setInterval(() => this.#probe(link), intervalMs).unref();
    }, Math.random() * intervalMs).unref();
  }

  #remove(link: Link): void {
    clearTimeout(link.timer);
    this.#links.delete(link.peer.pool);
    this.#byKeyId.delete(link.receiving.id);
    this.#postedUntilMs.delete(link.peer.pool);
  }

  #probe(link: Link): void {
    if (++link.unanswered % unansweredMax === 0) link.session = sessionAfter(link.session);
    const sequence = ++link.sequence;
    const sentMs = this.#now();
    link.estimator.sent(sequence, sentMs);
    const { address, port } = link.peer;
    this.#send(packet.encodeProbe(link.sending, { sequence, session: link.session, sentMs }), port, address);
    this.#options.count('sent');
  }

  #receive(data: Buffer, from: RemoteInfo): void {
    const receivedMs = this.#now();
    const id = packet.keyIdOf(data);
    const link = id === undefined ? undefined : this.#byKeyId.get(id);
    const isCounted =
      link && link.packets++ < packetsPerSecondMax && this.#handle(link, data, from, receivedMs);
    if (!isCounted) this.#options.count('refused');
  }

  #handle(link: Link, data: Buffer, from: RemoteInfo, receivedMs: number): boolean {
    const decoded = packet.decode(data, link.receiving.key);
    if (!decoded) return false;
    if ('reply' in decoded) {
      if (decoded.reply.probeSession !== link.session) return false;
      if (!link.estimator.received(decoded.reply, receivedMs)) return false;
      link.unanswered = 0;
      this.#options.count('received');
      return true;
    }
    if (from.address !== link.peer.address) return false;
    const { session: probeSession, sequence: probeSequence } = decoded.probe;
    const accepted = link.reflector.accept(decoded.probe, receivedMs);
    if (accepted === undefined) return false;
    const times = { receivedMs, sentMs: this.#now() };
    const reply = packet.encodeReply(link.sending, { probeSession, probeSequence, accepted, ...times });
    this.#send(reply, from.port, from.address);
    this.#options.count('reflected');
    return true;
  }

  /** A packet that cannot be sent is one that was lost. */
  #send(data: Buffer, port: number, address: string): void {
    this.#socket?.send(data, port, address, () => undefined);
  }
}

/** Microseconds since 1970. */
function sessionAfter(session: number): number {
  return Math.max(session + 1, Date.now() * 1000);
}

function isSame(one: LinkPeer, other: LinkPeer): boolean {
  return (
    one.address === other.address &&
    one.port === other.port &&
    one.isProbed === other.isProbed &&
    one.key.equals(other.key)
  );
}
