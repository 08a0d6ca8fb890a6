/**
 * Connects a daemon's control websocket with the control channel to the other agent. It works message by message,
 * because the agents read and change messages.
 */
import type { RawData, WebSocket } from 'ws';
import type { ControlChannel, Message } from './control-channel.js';
import type { RateLimit } from './rate-limit.js';

/** The bytes that may wait in memory for the network before reading from the daemon pauses. */
const peerBacklogMax = 512 * 1024;

export interface BridgeOptions {
  /** Receives the number of payload bytes that were just forwarded. */
  readonly moved: (bytes: number) => void;
  readonly rate?: RateLimit | undefined;
  /** Changes the first message from one side before it is forwarded. */
  readonly amendFirst?:
    { readonly from: 'daemon' | 'peer'; readonly amend: (message: Buffer) => Buffer } | undefined;
  /**
   * A daemon that has received a custom volume may close its control channel without its last message (Incus 6.0 and
   * LXD 5.0.2 of Debian 13, after passes of more than about 30 s). The other daemon takes that for a failure. With this
   * option the end is only passed on by `complete`, with the message if it is missing.
   */
  readonly completesAnswer?: boolean;
}

/** `MigrationControl { success: true }`. */
const successMessage = Buffer.from([0x08, 0x01]);

/** The answer to the offer, and how it ended. */
const answersMin = 2;

export class Bridge {
  #closed = false;
  #daemonClosed = false;
  #fromDaemonCount = 0;
  #amendFirst: BridgeOptions['amendFirst'];

  constructor(
    /** Must be paused, so that no message is lost. */
    private readonly daemon: WebSocket,
    private readonly channel: ControlChannel,
    private readonly options: BridgeOptions,
  ) {
    this.#amendFirst = options.amendFirst;
    daemon.on('message', (data, isBinary) => this.#fromDaemon(data, isBinary));
    daemon.on('close', () => this.#daemonLeft());
    // The daemons close their websockets in many ways, also on success. The operation's result decides.
    daemon.on('error', () => undefined);
    // The websocket may have closed before this listener was added, and then emits nothing more.
    if (daemon.readyState !== daemon.OPEN) this.#daemonLeft();
    else daemon.resume();
    channel.take((message) => this.#toDaemon(message));
  }

  /** Ends both sides after the pending writes. No events follow. */
  close(): void {
    this.#closed = true;
    this.daemon.terminate();
    this.channel.close();
  }

  #fromDaemon(data: RawData, isBinary: boolean): void {
    if (this.#closed) return;
    if (isBinary) this.#fromDaemonCount++;
    const payload = this.#amended('daemon', data as Buffer);
    this.options.moved(payload.length);
    this.channel.send({ payload, isBinary });
    const pauseMs = this.options.rate?.pauseMsAfter(payload.length) ?? 0;
    const full = this.channel.backlog > peerBacklogMax;
    // A paused websocket still delivers its buffered messages, so several of them may call resume.
    if ((!full && pauseMs === 0) || this.daemon.isPaused) return;
    this.daemon.pause();
    if (full) this.channel.onceDrained(() => this.daemon.resume());
    else setTimeout(() => this.daemon.resume(), pauseMs);
  }

  #toDaemon(message: Message | null): void {
    if (this.#closed) return;
    if (message === null) {
      this.daemon.close(1000);
      return;
    }
    this.options.moved(message.payload.length);
    if (this.daemon.readyState !== this.daemon.OPEN) return;
    const payload = this.#amended('peer', message.payload);
    this.daemon.send(payload, { binary: message.isBinary, compress: false });
  }

  #amended(from: 'daemon' | 'peer', message: Buffer): Buffer {
    if (this.#amendFirst?.from !== from) return message;
    const { amend } = this.#amendFirst;
    this.#amendFirst = undefined;
    return amend(message);
  }

  /** The daemon has closed this channel. This is reported to the peer, whose messages are still accepted. */
  #daemonLeft(): void {
    if (this.#closed || this.#daemonClosed) return;
    this.#daemonClosed = true;
    if (!this.options.completesAnswer) this.channel.sendClose();
  }

  /** The daemon has reported success. */
  complete(): void {
    if (this.#closed || !this.options.completesAnswer) return;
    if (this.#fromDaemonCount < answersMin) this.channel.send({ payload: successMessage, isBinary: true });
    this.channel.sendClose();
  }
}
