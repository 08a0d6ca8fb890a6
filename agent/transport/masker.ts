/**
 * Turns a websocket server's byte stream into a client's, as both daemons are servers. RFC 6455 (5.2, 5.3)
 * wants a client's frames masked; with a mask of zeros the payload stays as it is, so only headers change
 * and no payload is copied. Sizes, kinds and fragments of messages stay what they were.
 */
import { CopaError } from '../../common/errors.js';

const maskBit = 0x80;
const maskBytes = 4;

/** Sent for a peer whose daemon is gone: final, a close frame, masked, status 1000. */
export const closeFrame = Buffer.from([0x88, maskBit | 2, 0, 0, 0, 0, 1000 >> 8, 1000 & 0xff]);

export class Masker {
  /** A header that is not whole yet; the longest one of a server has 10 bytes. */
  readonly #header = Buffer.alloc(10);
  #headerBytes = 0;
  /** What is still to come of the frame under way. */
  #payloadBytes = 0;

  /** Whether the next byte begins a frame, so that one of ours may stand here. */
  get betweenFrames(): boolean {
    return this.#headerBytes === 0 && this.#payloadBytes === 0;
  }

  /** What to send for the next piece of the stream. Throws `invalid_argument` when it is no server's. */
  push(chunk: Buffer): Buffer[] {
    const out: Buffer[] = [];
    for (let at = 0; at < chunk.length;) {
      if (this.#payloadBytes > 0) {
        const taken = Math.min(this.#payloadBytes, chunk.length - at);
        out.push(chunk.subarray(at, at + taken));
        this.#payloadBytes -= taken;
        at += taken;
        continue;
      }
      this.#header[this.#headerBytes++] = chunk[at++] ?? 0;
      const masked = this.#maskedHeader();
      if (masked) out.push(masked);
    }
    return out;
  }

  /** The client's header once the server's is whole. */
  #maskedHeader(): Buffer | undefined {
    if (this.#headerBytes < 2) return undefined;
    const short = this.#header[1] ?? 0;
    if (short & maskBit) throw new CopaError('invalid_argument', 'a daemon sent a masked websocket frame');
    const bytes = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (this.#headerBytes < bytes) return undefined;
    this.#payloadBytes =
      short === 126
        ? this.#header.readUInt16BE(2)
        : short === 127
          ? Number(this.#header.readBigUInt64BE(2))
          : short;
    const masked = Buffer.alloc(bytes + maskBytes);
    this.#header.copy(masked, 0, 0, bytes);
    masked[1] = short | maskBit;
    this.#headerBytes = 0;
    return masked;
  }
}
