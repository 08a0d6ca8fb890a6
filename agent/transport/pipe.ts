/**
 * Connects a channel with many bytes (fs, criu) to the daemon's websocket. The websocket's byte stream is sent in
 * frames that can be cut anywhere. Only its headers are parsed, on the way into the other daemon.
 *
 * A daemon writes pieces of 10 KiB and less. Each piece would cost a wake-up, a TLS record and a system call on every
 * side. Therefore reading pauses briefly after a small piece, and what gathers meanwhile is sent as one frame. All
 * data that arrives in one iteration of the event loop is written to the daemon at once. Backpressure applies in both
 * directions.
 */
import type { TLSSocket } from 'node:tls';
import { CopaError, messageOf } from '../../common/errors.js';
import type { ChannelName } from '../../common/net/stream-channel.js';
import type { DaemonWebsocket } from '../lxd/websocket.js';
import { collectYoung } from './internals/young-garbage.js';
import { frameHeader, frameHeaderBytes, frameKinds, readFrameHeader, writeFrameHeader } from './frames.js';
import { closeFrame, Masker } from './masker.js';
import type { RateLimit } from './rate-limit.js';
import { segmentsOf } from './zero-runs.js';

/** The bytes that may wait in memory for the daemon before reading from the peer pauses. */
const backlogMax = 512 * 1024;

/** Reading pauses after a piece from a daemon that is smaller, in bytes. */
const smallBytes = 32 * 1024;

/** The length of that pause. Raising it delays each message between the daemons. */
const gatherMs = 1;

/** A piece of this size, in bytes, filled the kernel's buffer: the daemon is faster, so reading does not pause ... */
const fullBytes = 128 * 1024;

/** ... for this many pieces. */
const hurriedPieces = 16;

/** Zeros to write runs from, a piece at a time. */
const zeros = Buffer.alloc(256 * 1024);
const zeroFrameBytes = frameHeaderBytes + 4;

/** Limit on the zeros of one frame, in bytes. A piece from a daemon has fewer. */
const zeroRunMax = 1024 * 1024;

export interface PipeOptions {
  /** Receives the number of payload bytes that were just forwarded. */
  readonly moved: (bytes: number) => void;
  /** Receives the number of all bytes that just arrived from the peer. */
  readonly received: (bytes: number) => void;
  /** The peer or the network is gone. The daemons may still wait for each other. */
  readonly broken: (error: CopaError) => void;
  readonly rate?: RateLimit | undefined;
  /** Send runs of zeros as their length, because the peer supports it. */
  readonly packZeros: boolean;
}

export class Pipe {
  readonly #masker = new Masker();
  readonly #header = Buffer.alloc(frameHeaderBytes);
  #headerBytes = 0;
  #frameBytes = 0;
  #hurried = 0;
  #closed = false;
  #daemonGone = false;
  #held = false;
  /** The bytes of an incomplete length in a frame of zeros. */
  readonly #runLength = Buffer.alloc(4);
  #runLengthBytes = -1;

  constructor(
    private readonly channel: ChannelName,
    /** Opened with room for a frame's header before each piece. */
    private readonly daemon: DaemonWebsocket,
    private readonly peer: TLSSocket,
    private readonly options: PipeOptions,
  ) {
    daemon.socket.on('close', () => this.#daemonLeft());
    // The daemons close their websockets in many ways, also on success. The operation's result decides.
    daemon.socket.on('error', () => undefined);
    peer.on('data', (chunk: Buffer) => this.#fromPeer(chunk));
    peer.on('error', (error) => this.#broken(messageOf(error)));
    peer.on('close', () => this.#broken('the other side hung up'));
    // Either side may have closed before these listeners were added, and then emits nothing more.
    if (daemon.socket.destroyed) this.#daemonLeft();
    else daemon.read((piece, release) => this.#fromDaemon(piece, release));
    if (peer.destroyed) process.nextTick(() => this.#broken('the other side hung up'));
  }

  /** Ends both sides after the pending writes to the peer. No events follow. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.daemon.socket.destroy();
    this.peer.resume();
    this.peer.destroySoon();
  }

  /** Pauses reading from the peer. */
  hold(): void {
    this.#held = true;
    this.peer.pause();
  }

  letGoOn(): void {
    this.#held = false;
    this.peer.resume();
  }

  /** A piece is released when it has been written to the network, so the daemon is read no faster. */
  #fromDaemon(piece: Buffer, release: () => void): void {
    if (this.#closed || !this.peer.writable) return;
    const payloadBytes = piece.length - frameHeaderBytes;
    this.options.moved(payloadBytes);
    const sentBytes = this.#send(piece, release);
    this.#hurried = payloadBytes >= fullBytes ? hurriedPieces : Math.max(0, this.#hurried - 1);
    const gatheringMs = payloadBytes < smallBytes && this.#hurried === 0 ? gatherMs : 0;
    const holdMs = Math.max(gatheringMs, this.options.rate?.pauseMsAfter(sentBytes) ?? 0);
    if (holdMs > 0) this.daemon.holdFor(holdMs);
  }

  /** Sends a piece and returns the number of payload bytes sent. */
  #send(piece: Buffer, release: () => void): number {
    const payloadBytes = piece.length - frameHeaderBytes;
    const segments = this.options.packZeros ? segmentsOf(piece, frameHeaderBytes) : [];
    if (!segments.some(({ isZeros }) => isZeros)) {
      this.peer.write(writeFrameHeader(piece, frameKinds.binary, payloadBytes), release);
      return payloadBytes;
    }
    let sentBytes = 0;
    this.peer.cork();
    for (const [index, { start, end, isZeros }] of segments.entries()) {
      const done = index === segments.length - 1 ? release : undefined;
      if (isZeros) {
        const frame = writeFrameHeader(Buffer.allocUnsafe(zeroFrameBytes), frameKinds.zeros, 4);
        frame.writeUInt32BE(end - start, frameHeaderBytes);
        this.peer.write(frame, done);
        sentBytes += zeroFrameBytes;
      } else {
        this.peer.write(frameHeader(frameKinds.binary, end - start));
        this.peer.write(piece.subarray(start, end), done);
        sentBytes += end - start;
      }
    }
    process.nextTick(() => this.peer.uncork());
    return sentBytes;
  }

  #fromPeer(chunk: Buffer): void {
    if (this.#closed) return;
    this.options.received(chunk.length);
    collectYoung(chunk.length);
    this.#gather();
    try {
      this.#takeFrames(chunk);
    } catch (error) {
      this.#broken(messageOf(error));
    }
    const { socket } = this.daemon;
    if (this.#daemonGone || socket.writableLength <= backlogMax || this.peer.isPaused()) return;
    this.peer.pause();
    socket.once('drain', () => {
      if (!this.#held) this.peer.resume();
    });
  }

  /**
   * Collects what arrives in one iteration of the event loop, in TLS records of 16 KiB, and writes it to the daemon
   * at once.
   */
  #gather(): void {
    const { socket } = this.daemon;
    if (socket.writableCorked > 0) return;
    socket.cork();
    setImmediate(() => socket.uncork());
  }

  /** Forwards payload as it arrives, without waiting for the end of a frame. */
  #takeFrames(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#frameBytes > 0) {
        const piece = chunk.subarray(at, at + this.#frameBytes);
        this.#frameBytes -= piece.length;
        at += piece.length;
        this.#toDaemon(piece);
        continue;
      }
      if (this.#runLengthBytes >= 0) {
        this.#takeRunLength(chunk[at++] ?? 0);
        continue;
      }
      this.#header[this.#headerBytes++] = chunk[at++] ?? 0;
      if (this.#headerBytes < frameHeaderBytes) continue;
      this.#headerBytes = 0;
      const { kind, payloadBytes } = readFrameHeader(this.#header);
      if (kind === frameKinds.zeros && payloadBytes === 4) {
        this.#runLengthBytes = 0;
        continue;
      }
      if (kind === frameKinds.close) this.#peerDaemonLeft();
      else if (kind !== frameKinds.binary) throw new CopaError('invalid_argument', 'a frame out of place');
      this.#frameBytes = payloadBytes;
    }
  }

  /** Writes a run of zeros when its length is complete. */
  #takeRunLength(byte: number): void {
    this.#runLength[this.#runLengthBytes++] = byte;
    if (this.#runLengthBytes < this.#runLength.length) return;
    this.#runLengthBytes = -1;
    const runBytes = this.#runLength.readUInt32BE(0);
    if (runBytes > zeroRunMax) throw new CopaError('invalid_argument', 'a run of zeros is too long');
    for (let left = runBytes; left > 0; left -= zeros.length) {
      this.#toDaemon(zeros.subarray(0, Math.min(left, zeros.length)));
    }
  }

  #toDaemon(piece: Buffer): void {
    this.options.moved(piece.length);
    if (!this.daemon.socket.writable) return;
    for (const part of this.#masker.push(piece)) this.daemon.socket.write(part);
  }

  /**
   * The other daemon has closed the channel: closes the websocket to this host's daemon, or ends it within a frame.
   */
  #peerDaemonLeft(): void {
    const { socket } = this.daemon;
    if (!socket.writable) return;
    if (this.#masker.betweenFrames) socket.write(closeFrame);
    else socket.end();
  }

  /** The daemon has closed this channel: reports that to the peer and continues to read from it. */
  #daemonLeft(): void {
    if (this.#closed || this.#daemonGone) return;
    this.#daemonGone = true;
    this.#held = false;
    this.peer.resume();
    if (this.peer.writable) this.peer.write(frameHeader(frameKinds.close, 0));
  }

  #broken(why: string): void {
    if (this.#closed) return;
    this.close();
    this.options.broken(
      new CopaError('unavailable', `the migration stream broke (channel ${this.channel}): ${why}`),
    );
  }
}
