/**
 * One of an operation's websockets as the byte stream that it is: opened, and not taken apart. It is read straight
 * into a few large buffers that are used again and again, and not while it is held, so that what the daemon writes
 * in pieces of 10 KiB and less gathers in the kernel meanwhile. An HTTP client's socket reads each piece by itself,
 * held or not, into a buffer of its own, and V8 then collects the whole heap for every 64 MiB; hence the few lines
 * of a handshake here (RFC 6455, 4.1). The daemon is ours, so its answer's key is not checked.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { CopaError, messageOf } from '../../common/errors.js';

/** How much one read takes at the most: more than a unix socket holds. */
const readBytesMax = 256 * 1024;

/** So many pieces may be with the reader; raising it only costs memory. */
const piecesOutMax = 4;

/** An answer's head that is longer is no daemon's. */
const headBytesMax = 16 * 1024;

const endOfHead = '\r\n\r\n';

/** A piece is the reader's until it is released. */
type Take = (piece: Buffer, release: () => void) => void;

export class DaemonWebsocket {
  /** To write to and to destroy; what comes is told to the reader instead. */
  readonly socket: Socket;
  readonly #spare: Buffer[] = [];
  #next: Buffer = Buffer.alloc(0);
  #piecesOut = 0;
  #held = false;
  #take: Take;
  /** What the daemon said along with its answer. */
  #early = Buffer.alloc(0);

  private constructor(
    socketPath: string,
    /** So many bytes stay free before each piece that is read, for the reader to write a header to. */
    private readonly room: number,
    take: Take,
  ) {
    this.#take = take;
    this.socket = connect({
      path: socketPath,
      onread: { buffer: () => this.#space(), callback: (bytes) => this.#took(bytes) },
    });
  }

  /** Opens it, held. The path may hold a secret, so an error does not tell it. Throws `unavailable`. */
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

  /** Begins to read. Each piece comes with its free room before it. */
  read(take: Take): void {
    this.#take = take;
    // First, as whoever takes the early piece may hold it again.
    this.#letGo();
    if (this.#early.length > 0) {
      take(Buffer.concat([Buffer.alloc(this.room), this.#early]), () => undefined);
    }
  }

  /** Does not read for so long. */
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

  /** Where the next read goes to. */
  #space(): Buffer {
    this.#next = this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.room + readBytesMax);
    return this.#next.subarray(this.room);
  }

  /** After a read of so many bytes; true, as a read that is not to be is prevented by the pause. */
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
