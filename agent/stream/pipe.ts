/**
 * The bridge of a channel with many bytes (fs, criu). The daemon's websocket stream goes to the other agent
 * in frames of whatever arrived, cut anywhere, and is not taken apart but for its headers on the way into
 * the other daemon; what arrives within a moment goes as one frame. Both together halve the processor time
 * of an agent: a daemon writes in pieces of 10 KiB and less, and each is a wake-up, a TLS record and a system
 * call on every side. Neither side is read faster than the other one takes.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { CopaError, messageOf } from '../../proto/errors.js';
import type { ChannelName } from '../../proto/stream.js';
import type { BridgeEvents } from './bridge.js';
import { frameHeader, frameHeaderBytes, frameKinds, readFrameHeader } from './frames.js';
import { closeFrame, Masker } from './masker.js';
import type { RateLimit } from './rate.js';

/** What may wait in memory for either side before the other one is held up, in bytes. */
const backlogMax = 512 * 1024;

/** So many bytes go at once; raising it saves nothing more. */
const batchBytes = 64 * 1024;

/** For so long fewer wait for more; raising it makes each question and answer of the daemons slower. */
const batchMs = 2;

export class Pipe {
  readonly #masker = new Masker();
  readonly #header = Buffer.alloc(frameHeaderBytes);
  #headerBytes = 0;
  #frameBytes = 0;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  #batchTimer: NodeJS.Timeout | undefined;
  #closed = false;
  #daemonGone = false;

  constructor(
    private readonly channel: ChannelName,
    /** The daemon's websocket after its handshake, paused, so that nothing it says is lost. */
    private readonly daemon: Socket,
    private readonly peer: TLSSocket,
    private readonly events: Pick<BridgeEvents, 'moved' | 'received' | 'broken'>,
    private readonly rate?: RateLimit,
  ) {
    daemon.on('data', (chunk: Buffer) => this.#fromDaemon(chunk));
    daemon.on('close', () => this.#daemonLeft());
    // The daemons end their sockets in all manners, also on success: the operations tell how it went.
    daemon.on('error', () => undefined);
    peer.on('data', (chunk: Buffer) => this.#fromPeer(chunk));
    peer.on('error', (error) => this.#broken(messageOf(error)));
    peer.on('close', () => this.#broken('the other side hung up'));
    // Either may have left before anyone listened, and says so only once.
    if (daemon.destroyed) this.#daemonLeft();
    else daemon.resume();
    if (peer.destroyed) process.nextTick(() => this.#broken('the other side hung up'));
  }

  /** Ends both sides, after what was written to the peer has left; nothing is told any more. */
  close(): void {
    if (this.#closed) return;
    this.#sendBatch();
    this.#closed = true;
    this.daemon.destroy();
    this.peer.resume();
    this.peer.destroySoon();
  }

  #fromDaemon(chunk: Buffer): void {
    if (this.#closed || !this.peer.writable) return;
    this.events.moved(chunk.length);
    this.#batch.push(chunk);
    this.#batchBytes += chunk.length;
    if (this.#batchBytes >= batchBytes) this.#sendBatch();
    else this.#batchTimer ??= setTimeout(() => this.#sendBatch(), batchMs);
    const pauseMs = this.rate?.pauseMsAfter(chunk.length) ?? 0;
    const full = this.peer.writableLength > backlogMax;
    if (!full && pauseMs === 0) return;
    this.daemon.pause();
    const resume = () => setTimeout(() => this.daemon.resume(), pauseMs);
    if (full) this.peer.once('drain', resume);
    else resume();
  }

  #sendBatch(): void {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = undefined;
    if (this.#batchBytes > 0 && this.peer.writable) {
      this.peer.cork();
      this.peer.write(frameHeader(frameKinds.binary, this.#batchBytes));
      for (const chunk of this.#batch) this.peer.write(chunk);
      this.peer.uncork();
    }
    this.#batch = [];
    this.#batchBytes = 0;
  }

  #fromPeer(chunk: Buffer): void {
    if (this.#closed) return;
    this.events.received(chunk.length);
    this.daemon.cork();
    try {
      this.#takeFrames(chunk);
    } catch (error) {
      this.#broken(messageOf(error));
    }
    this.daemon.uncork();
    if (this.#daemonGone || this.daemon.writableLength <= backlogMax || this.peer.isPaused()) return;
    this.peer.pause();
    this.daemon.once('drain', () => this.peer.resume());
  }

  /** Passes payload on as it comes: nobody has to wait for the rest of a frame. */
  #takeFrames(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#frameBytes > 0) {
        const piece = chunk.subarray(at, at + this.#frameBytes);
        this.#frameBytes -= piece.length;
        at += piece.length;
        this.#toDaemon(piece);
        continue;
      }
      this.#header[this.#headerBytes++] = chunk[at++] ?? 0;
      if (this.#headerBytes < frameHeaderBytes) continue;
      this.#headerBytes = 0;
      const { kind, payloadBytes } = readFrameHeader(this.#header);
      if (kind === frameKinds.close) this.#peerDaemonLeft();
      else if (kind !== frameKinds.binary) throw new CopaError('invalid_argument', 'a frame out of place');
      this.#frameBytes = payloadBytes;
    }
  }

  #toDaemon(piece: Buffer): void {
    this.events.moved(piece.length);
    if (!this.daemon.writable) return;
    for (const part of this.#masker.push(piece)) this.daemon.write(part);
  }

  /** The other daemon is through: ours hears it as a websocket's close, or as an end in mid-frame. */
  #peerDaemonLeft(): void {
    if (!this.daemon.writable) return;
    if (this.#masker.betweenFrames) this.daemon.write(closeFrame);
    else this.daemon.end();
  }

  /** The daemon is through with this channel: tell the peer, and go on listening to it. */
  #daemonLeft(): void {
    if (this.#closed || this.#daemonGone) return;
    this.#daemonGone = true;
    this.#sendBatch();
    this.peer.resume();
    if (this.peer.writable) this.peer.write(frameHeader(frameKinds.close, 0));
  }

  #broken(why: string): void {
    if (this.#closed) return;
    this.close();
    this.events.broken(
      new CopaError('unavailable', `the migration stream broke (channel ${this.channel}): ${why}`),
    );
  }
}
