/**
 * The frames that carry a daemon's websocket messages between two agents: one byte of kind, four of
 * length (big-endian), the payload. On the control channel a frame is one message, of its kind; on the others
 * (pipe.ts) a binary frame is a piece of the websocket's own byte stream.
 *
 * The kinds from `part` on are younger than the others. `part` is sent where no older agent could take the message
 * either; the others only when both agents of a pass can (agent/transport/stream-features.ts).
 */
import { CopaError } from '../../common/errors.js';

export const frameKinds = {
  binary: 0,
  text: 1,
  heartbeat: 2,
  /** The sender's daemon has closed this channel. */
  close: 3,
  /** On the control channel: the sender's daemon reported success. */
  done: 4,
  /** On the control channel: it did not; the payload says why. */
  failed: 5,
  /** On the control channel: a piece of a message, whose last piece is the binary or text frame after it. */
  part: 6,
  /** On the other channels: so many zeros, as a number of four bytes. */
  zeros: 7,
  /** On the control channel: names of files, each ended by a zero byte; an empty frame ends the list. */
  changedFiles: 8,
} as const;
type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Buffer;
}

export const frameHeaderBytes = 5;

/** LXD sends at most 32 KiB in a message, a pipe reads 256 KiB at a time; more than this is no agent talking. */
export const payloadBytesMax = 1024 * 1024;

/** Pieces of a frame that is not whole yet; past it they are put together, as each costs more than its bytes. */
const piecesMax = 1024;

export function frameHeader(kind: FrameKind, payloadBytes: number): Buffer {
  return writeFrameHeader(Buffer.allocUnsafe(frameHeaderBytes), kind, payloadBytes);
}

/** Writes a header to where a frame begins, and returns the frame. */
export function writeFrameHeader(frame: Buffer, kind: FrameKind, payloadBytes: number): Buffer {
  frame[0] = kind;
  frame.writeUInt32BE(payloadBytes, 1);
  return frame;
}

/** What a header says. Throws `invalid_argument` on a kind or a length that cannot be. */
export function readFrameHeader(header: Buffer): { readonly kind: FrameKind; readonly payloadBytes: number } {
  const kind = header[0] as FrameKind;
  const payloadBytes = header.readUInt32BE(1);
  if (kind > frameKinds.changedFiles || payloadBytes > payloadBytesMax) {
    throw new CopaError('invalid_argument', 'the migration stream holds no valid frame');
  }
  return { kind, payloadBytes };
}

/** A message as the frames that carry it: the largest that there may be, and the rest. */
export function* framesOf(kind: FrameKind, message: Buffer): Generator<Frame> {
  let at = 0;
  for (; message.length - at > payloadBytesMax; at += payloadBytesMax) {
    yield { kind: frameKinds.part, payload: message.subarray(at, at + payloadBytesMax) };
  }
  yield { kind, payload: message.subarray(at) };
}

/** Cuts a byte stream into frames, whatever the sizes of the pieces it arrives in. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;

  /** The frames that are whole now. Throws `invalid_argument` on a kind or a length that cannot be. */
  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#chunks.length > piecesMax) this.#chunks = [Buffer.concat(this.#chunks)];
    const frames: Frame[] = [];
    while (this.#length >= frameHeaderBytes) {
      const { kind, payloadBytes } = readFrameHeader(this.#peek(frameHeaderBytes));
      if (this.#length < frameHeaderBytes + payloadBytes) break;
      this.#take(frameHeaderBytes);
      frames.push({ kind, payload: this.#take(payloadBytes) });
    }
    return frames;
  }

  #peek(bytes: number): Buffer {
    const first = this.#chunks[0];
    if (first && first.length >= bytes) return first;
    this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] as Buffer;
  }

  #take(bytes: number): Buffer {
    const first = this.#chunks[0] ?? Buffer.alloc(0);
    const whole = first.length >= bytes ? first : Buffer.concat(this.#chunks);
    if (whole !== first) this.#chunks = [whole];
    this.#length -= bytes;
    if (whole.length === bytes) this.#chunks.shift();
    else this.#chunks[0] = whole.subarray(bytes);
    return whole.subarray(0, bytes);
  }
}
