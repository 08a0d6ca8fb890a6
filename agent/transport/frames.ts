/**
 * The frames that carry a daemon's websocket messages between two agents: one byte for the kind, four for the length
 * (big-endian), then the payload. On the control channel a frame is one message. On the other channels (pipe.ts) a
 * binary frame is a piece of the websocket's byte stream.
 *
 * Agents of version 0.1.0 do not know the kinds from `part` on. `part` is sent only for messages that such an agent
 * could not take in any form. The others are sent only when both agents of a pass support them
 * (agent/transport/stream-features.ts).
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
  /** On the control channel: the sender's daemon failed. The payload is the reason. */
  failed: 5,
  /** On the control channel: a part of a message. The binary or text frame after the parts is its last part. */
  part: 6,
  /** On the other channels: a run of zeros. The payload is its length as a number of four bytes. */
  zeros: 7,
  /** On the control channel: names of files, each ended by a zero byte. An empty frame ends the list. */
  changedFiles: 8,
} as const;
type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Buffer;
}

export const frameHeaderBytes = 5;

/** LXD sends at most 32 KiB in a message, and a pipe reads 256 KiB at a time. No agent sends more than this. */
export const payloadBytesMax = 1024 * 1024;

/**
 * Limit on the pieces of an incomplete frame. Above it they are joined, because each piece costs more memory than its
 * bytes.
 */
const piecesMax = 1024;

export function frameHeader(kind: FrameKind, payloadBytes: number): Buffer {
  return writeFrameHeader(Buffer.allocUnsafe(frameHeaderBytes), kind, payloadBytes);
}

/** Writes a header to the start of a frame, and returns the frame. */
export function writeFrameHeader(frame: Buffer, kind: FrameKind, payloadBytes: number): Buffer {
  frame[0] = kind;
  frame.writeUInt32BE(payloadBytes, 1);
  return frame;
}

/** Parses a header. Throws `invalid_argument` on an invalid kind or length. */
export function readFrameHeader(header: Buffer): { readonly kind: FrameKind; readonly payloadBytes: number } {
  const kind = header[0] as FrameKind;
  const payloadBytes = header.readUInt32BE(1);
  if (kind > frameKinds.changedFiles || payloadBytes > payloadBytesMax) {
    throw new CopaError('invalid_argument', 'the migration stream holds no valid frame');
  }
  return { kind, payloadBytes };
}

/** Splits a message into frames of the largest permitted size. */
export function* framesOf(kind: FrameKind, message: Buffer): Generator<Frame> {
  let at = 0;
  for (; message.length - at > payloadBytesMax; at += payloadBytesMax) {
    yield { kind: frameKinds.part, payload: message.subarray(at, at + payloadBytesMax) };
  }
  yield { kind, payload: message.subarray(at) };
}

/** Splits a byte stream into frames. The pieces of the stream may have any size. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;

  /** Returns the complete frames. Throws `invalid_argument` on an invalid kind or length. */
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
