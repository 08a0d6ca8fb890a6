/**
 * One channel's bridge: what the daemon says on a websocket goes to the other agent as frames, and back.
 * Neither side is read faster than the other one takes.
 */
import type { TLSSocket } from 'node:tls';
import type { RawData, WebSocket } from 'ws';
import { CopaError, messageOf } from '../../common/errors.js';
import type { ChannelName } from '../../common/net/stream-channel.js';
import { FrameReader, frameHeader, frameKinds, type Frame } from './frames.js';
import type { RateLimit } from './rate-limit.js';

/** What may wait in memory for the daemon before the peer is held up, in bytes. */
const daemonBacklogMax = 512 * 1024;

/** What may wait in memory for the network before the daemon is held up, in bytes. */
const peerBacklogMax = 512 * 1024;

/** What comes on a channel of messages, in bytes: an offer with thousands of snapshots is a few MiB. */
const receivedBytesMax = 64 * 1024 * 1024;

const heartbeatIntervalMs = 1_000;

/** A control channel that is silent for this long has no living agent or no network behind it. */
const heartbeatTimeoutMs = 6_000;

export interface BridgeEvents {
  /** Payload bytes that have just gone through. */
  readonly moved: (bytes: number) => void;
  /** All that has just come from the peer. */
  readonly received: (bytes: number) => void;
  /** The other side's daemon reported success. */
  readonly peerDone: () => void;
  /** The peer failed or is gone, or the network is; the daemons may still wait for each other. */
  readonly broken: (error: CopaError) => void;
}

export interface BridgeOptions {
  readonly rate?: RateLimit | undefined;
  /** Changes the first message from one side before it goes on. */
  readonly amendFirst?:
    { readonly from: 'daemon' | 'peer'; readonly amend: (message: Buffer) => Buffer } | undefined;
}

export class Bridge {
  readonly #reader = new FrameReader();
  #heartbeat: NodeJS.Timeout | undefined;
  #heardAt = Date.now();
  #receivedBytes = 0;
  #closed = false;
  #daemonClosed = false;
  readonly #rate: RateLimit | undefined;
  #amendFirst: BridgeOptions['amendFirst'];

  constructor(
    private readonly channel: ChannelName,
    /** Comes paused, so that nothing it says is lost. */
    private readonly daemon: WebSocket,
    private readonly peer: TLSSocket,
    private readonly events: BridgeEvents,
    options: BridgeOptions = {},
  ) {
    this.#rate = options.rate;
    this.#amendFirst = options.amendFirst;
    daemon.on('message', (data, isBinary) => this.#fromDaemon(data, isBinary));
    daemon.on('close', () => this.#daemonLeft());
    // The daemons end their sockets in all manners, also on success: the operations tell how it went.
    daemon.on('error', () => undefined);
    peer.on('data', (chunk: Buffer) => this.#fromPeer(chunk));
    peer.on('error', (error) => this.#broken(messageOf(error)));
    peer.on('close', () => this.#broken('the other side hung up'));
    if (channel === 'control') this.#heartbeat = setInterval(() => this.#beat(), heartbeatIntervalMs);
    // Either may have left before anyone listened, and says so only once.
    if (daemon.readyState !== daemon.OPEN) this.#daemonLeft();
    else daemon.resume();
    if (peer.destroyed) process.nextTick(() => this.#broken('the other side hung up'));
  }

  /** Tells the other side how it went here. Only for the control channel. */
  report(failure?: string): void {
    if (this.#closed || !this.peer.writable) return;
    const payload = Buffer.from((failure ?? '').slice(0, 2000));
    const kind = failure === undefined ? frameKinds.done : frameKinds.failed;
    this.peer.write(Buffer.concat([frameHeader(kind, payload.length), payload]));
  }

  /** Ends both sides, after what was written has left; nothing is told any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#heartbeat);
    this.daemon.terminate();
    this.peer.resume();
    this.peer.destroySoon();
  }

  #fromDaemon(data: RawData, isBinary: boolean): void {
    if (this.#closed) return;
    const payload = this.#amended('daemon', data as Buffer);
    this.events.moved(payload.length);
    const kind = isBinary ? frameKinds.binary : frameKinds.text;
    this.peer.cork();
    this.peer.write(frameHeader(kind, payload.length));
    this.peer.write(payload);
    process.nextTick(() => this.peer.uncork());
    const pauseMs = this.#rate?.pauseMsAfter(payload.length) ?? 0;
    const full = this.peer.writableLength > peerBacklogMax;
    // A paused websocket still delivers what it had buffered, so several messages may ask to resume.
    if ((!full && pauseMs === 0) || this.daemon.isPaused) return;
    this.daemon.pause();
    if (full) this.peer.once('drain', () => this.daemon.resume());
    else setTimeout(() => this.daemon.resume(), pauseMs);
  }

  #amended(from: 'daemon' | 'peer', message: Buffer): Buffer {
    if (this.#amendFirst?.from !== from) return message;
    const { amend } = this.#amendFirst;
    this.#amendFirst = undefined;
    return amend(message);
  }

  #fromPeer(chunk: Buffer): void {
    if (this.#closed) return;
    this.#heardAt = Date.now();
    this.events.received(chunk.length);
    this.#receivedBytes += chunk.length;
    try {
      if (this.#receivedBytes > receivedBytesMax) {
        throw new CopaError('resource_exhausted', `more than ${receivedBytesMax} bytes came`);
      }
      for (const frame of this.#reader.push(chunk)) this.#toDaemon(frame);
    } catch (error) {
      this.#broken(messageOf(error));
      return;
    }
    if (this.daemon.bufferedAmount > daemonBacklogMax) this.peer.pause();
  }

  #toDaemon({ kind, payload }: Frame): void {
    if (kind === frameKinds.heartbeat) return;
    if (kind === frameKinds.close) {
      this.daemon.close(1000);
      return;
    }
    if (kind === frameKinds.done) {
      this.events.peerDone();
      return;
    }
    if (kind === frameKinds.failed) {
      this.#end(new CopaError('unavailable', `the other side failed: ${payload.toString('utf8')}`));
      return;
    }
    this.events.moved(payload.length);
    if (this.daemon.readyState !== this.daemon.OPEN) return;
    const message = this.#amended('peer', payload);
    this.daemon.send(message, { binary: kind === frameKinds.binary, compress: false }, () => {
      if (this.peer.isPaused() && this.daemon.bufferedAmount <= daemonBacklogMax / 2) this.peer.resume();
    });
  }

  /** The daemon is through with this channel: tell the peer, and go on listening to it. */
  #daemonLeft(): void {
    if (this.#closed || this.#daemonClosed) return;
    this.#daemonClosed = true;
    this.peer.resume();
    if (this.peer.writable) this.peer.write(frameHeader(frameKinds.close, 0));
  }

  #beat(): void {
    if (Date.now() - this.#heardAt > heartbeatTimeoutMs) {
      this.#broken(`nothing heard for ${heartbeatTimeoutMs / 1000} s`);
    } else if (this.peer.writable) {
      this.peer.write(frameHeader(frameKinds.heartbeat, 0));
    }
  }

  #broken(why: string): void {
    this.#end(new CopaError('unavailable', `the migration stream broke (channel ${this.channel}): ${why}`));
  }

  #end(error: CopaError): void {
    if (this.#closed) return;
    this.close();
    this.events.broken(error);
  }
}
