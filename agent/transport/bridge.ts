/**
 * Joins a daemon's control websocket with the control channel to the other agent, message by message, as the agents
 * read and change what is said there.
 */
import type { RawData, WebSocket } from 'ws';
import type { ControlChannel, Message } from './control-channel.js';
import type { RateLimit } from './rate-limit.js';

/** What may wait in memory for the network before the daemon is held up, in bytes. */
const peerBacklogMax = 512 * 1024;

export interface BridgeOptions {
  /** Payload bytes that have just gone through. */
  readonly moved: (bytes: number) => void;
  readonly rate?: RateLimit | undefined;
  /** Changes the first message from one side before it goes on. */
  readonly amendFirst?:
    { readonly from: 'daemon' | 'peer'; readonly amend: (message: Buffer) => Buffer } | undefined;
}

export class Bridge {
  #closed = false;
  #daemonClosed = false;
  #amendFirst: BridgeOptions['amendFirst'];

  constructor(
    /** Comes paused, so that nothing it says is lost. */
    private readonly daemon: WebSocket,
    private readonly channel: ControlChannel,
    private readonly options: BridgeOptions,
  ) {
    this.#amendFirst = options.amendFirst;
    daemon.on('message', (data, isBinary) => this.#fromDaemon(data, isBinary));
    daemon.on('close', () => this.#daemonLeft());
    // The daemons end their sockets in all manners, also on success: the operations show how it went.
    daemon.on('error', () => undefined);
    // It may have left before anyone listened, and says so only once.
    if (daemon.readyState !== daemon.OPEN) this.#daemonLeft();
    else daemon.resume();
    channel.take((message) => this.#toDaemon(message));
  }

  /** Ends both sides, after what was written has left; nothing is reported any more. */
  close(): void {
    this.#closed = true;
    this.daemon.terminate();
    this.channel.close();
  }

  #fromDaemon(data: RawData, isBinary: boolean): void {
    if (this.#closed) return;
    const payload = this.#amended('daemon', data as Buffer);
    this.options.moved(payload.length);
    this.channel.send({ payload, isBinary });
    const pauseMs = this.options.rate?.pauseMsAfter(payload.length) ?? 0;
    const full = this.channel.backlog > peerBacklogMax;
    // A paused websocket still delivers what it had buffered, so several messages may ask to resume.
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

  /** The daemon is through with this channel: report it to the peer, whose messages are still taken. */
  #daemonLeft(): void {
    if (this.#closed || this.#daemonClosed) return;
    this.#daemonClosed = true;
    this.channel.sendClose();
  }
}
