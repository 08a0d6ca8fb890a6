/**
 * Opens one of an operation's websockets as a raw byte stream, without parsing its frames. It reads into a few large
 * buffers that are reused, and pauses between reads, so that the daemon's pieces of 10 KiB and less gather in the
 * kernel. An HTTP client's socket reads each piece into a buffer of its own, also while paused, and V8 then collects
 * the whole heap for every 64 MiB. This is why this file has its own short handshake (RFC 6455, 4.1). The daemon is
 * trusted, so its reply's key is not checked.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { CopaError, messageOf } from '../../common/errors.js';

/** Limit on one read: more than a unix socket holds. */
const readBytesMax = 256 * 1024;

/** Limit on the pieces that the reader holds. Raising it only costs memory. */
const piecesOutMax = 4;

/** Limit on the head of the handshake's reply, against a peer that is not a daemon. */
const headBytesMax = 16 * 1024;

const endOfHead = '\r\n\r\n';

/** A piece belongs to the reader until the reader releases it. */
type Take = (piece: Buffer, release: () => void) => void;

export class DaemonWebsocket {
  /** The socket for writing and destroying. Received data goes to the reader. */
  readonly socket: Socket;
  readonly #spare: Buffer[] = [];
  #next: Buffer = Buffer.alloc(0);
  #piecesOut = 0;
  #held = false;
  #take: Take;
  /** Data that the daemon sent together with its handshake reply. */
  #early = Buffer.alloc(0);

  private constructor(
    socketPath: string,
    /** Free bytes before each piece, where the reader can write a header. */
    private readonly room: number,
    take: Take,
  ) {
    this.#take = take;
    this.socket = connect({
      path: socketPath,
      onread: { buffer: () => this.#space(), callback: (bytes) => this.#took(bytes) },
    });
  }

  /** Opens the websocket, paused. The path may contain a secret, so errors do not show it. Throws `unavailable`. */
  static async open(
    socketPath: string,
    path: string,
    options: { readonly room: number; readonly timeoutMs: number },
  ): Promise<DaemonWebsocket> {
    let opened: DaemonWebsocket | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<DaemonWebsocket>((resolve, reject) => {
        let head = Buffer.alloc(0);
        const bare = new DaemonWebsocket(socketPath, options.room, (piece, release) => {
          head = Buffer.concat([head, piece.subarray(options.room)]);
          release();
          const end = head.indexOf(endOfHead);
          if (end < 0 && head.length <= headBytesMax) return;
          const status =
            /^HTTP\/1\.1 (\d{3}) /.exec(head.toString('latin1', 0, 16))?.[1] ?? 'without a status';
          if (end < 0 || status !== '101') {
            reject(new Error(`HTTP ${status}`));
            return;
          }
          bare.#hold();
          bare.#early = head.subarray(end + endOfHead.length);
          resolve(bare);
        });
        opened = bare;
        timer = setTimeout(() => reject(new Error('no answer')), options.timeoutMs);
        bare.socket.on('error', reject);
        bare.socket.once('close', () => reject(new Error('it hung up')));
        bare.socket.write(handshake(path));
      });
    } catch (cause) {
      opened?.socket.destroy();
      throw new CopaError('unavailable', `the daemon refused a websocket: ${messageOf(cause)}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Begins to read. Each piece is passed with its free room before it. */
  read(take: Take): void {
    this.#take = take;
    // The early piece comes first, because its reader may pause again.
    this.#letGo();
    if (this.#early.length > 0) {
      take(Buffer.concat([Buffer.alloc(this.room), this.#early]), () => undefined);
    }
  }

  /** Pauses reading for the given time. */
  holdFor(ms: number): void {
    this.#hold();
    setTimeout(() => this.#letGo(), ms);
  }

  #hold(): void {
    this.#held = true;
    this.socket.pause();
  }

  #letGo(): void {
    this.#held = false;
    this.#goOn();
  }

  #goOn(): void {
    if (!this.#held && this.#piecesOut < piecesOutMax) this.socket.resume();
  }

  /** The buffer for the next read. */
  #space(): Buffer {
    this.#next = this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.room + readBytesMax);
    return this.#next.subarray(this.room);
  }

  /** Called after each read. Returns true, because pausing prevents unwanted reads. */
  #took(bytes: number): boolean {
    const buffer = this.#next;
    if (++this.#piecesOut >= piecesOutMax) this.socket.pause();
    this.#take(buffer.subarray(0, this.room + bytes), () => {
      this.#spare.push(buffer);
      this.#piecesOut--;
      this.#goOn();
    });
    return true;
  }
}

function handshake(path: string): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    'Host: daemon',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
  ];
  return lines.join('\r\n') + endOfHead;
}
