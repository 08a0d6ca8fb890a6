/**
 * Converts a websocket server's byte stream into a client's, because both daemons are servers. RFC 6455 (5.2, 5.3)
 * requires masked frames from a client. With a mask of zeros the payload does not change, so only headers change and
 * no payload is copied. Sizes, kinds and fragments of messages stay the same.
 */
import { CopaError } from '../../common/errors.js';

const maskBit = 0x80;
const maskBytes = 4;

/** A close frame, sent for a peer whose daemon is gone: final, masked, status 1000. */
export const closeFrame = Buffer.from([0x88, maskBit | 2, 0, 0, 0, 0, 1000 >> 8, 1000 & 0xff]);

export class Masker {
  /** An incomplete header. A server's longest header has 10 bytes. */
  readonly #header = Buffer.alloc(10);
  #headerBytes = 0;
  /** The remaining bytes of the current frame. */
  #payloadBytes = 0;

  /** Whether the next byte begins a frame, so that another frame can be inserted here. */
  get betweenFrames(): boolean {
    return this.#headerBytes === 0 && this.#payloadBytes === 0;
  }

  /**
   * The bytes to send for the next piece of the stream. Throws `invalid_argument` when a server cannot have sent it.
   */
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

  /** Returns the client's header when the server's header is complete. */
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
