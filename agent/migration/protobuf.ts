/**
 * As much of protobuf's wire format as it takes to change one field of a message that somebody else defines, and
 * to leave all the others, known or not, as they are (https://protobuf.dev/programming-guides/encoding).
 */

const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const fixed32 = 5;

export interface Field {
  readonly field: number;
  /** The whole field, its key included. */
  readonly bytes: Buffer;
  /** The value's own bytes, without the length that may stand before them. */
  readonly content: Buffer;
}

/** The fields of a message, up to the first that cannot be read. */
export function* fieldsOf(message: Buffer): Generator<Field> {
  for (let at = 0; at < message.length;) {
    const key = readVarint(message, at);
    if (!key) return;
    let start = key.end;
    let end: number;
    const value = readVarint(message, start);
    switch (key.value & 7) {
      case varint:
        if (!value) return;
        end = value.end;
        break;
      case lengthDelimited:
        if (!value) return;
        start = value.end;
        end = start + value.value;
        break;
      case fixed64:
        end = start + 8;
        break;
      case fixed32:
        end = start + 4;
        break;
      default:
        return;
    }
    if (end > message.length) return;
    yield { field: key.value >>> 3, bytes: message.subarray(at, end), content: message.subarray(start, end) };
    at = end;
  }
}

/** Whether `fieldsOf` reads the message to its end. */
export function isReadable(message: Buffer): boolean {
  let read = 0;
  for (const { bytes } of fieldsOf(message)) read += bytes.length;
  return read === message.length;
}

/** A field that holds text or another message. */
export function encodeField(field: number, content: Buffer): Buffer {
  return Buffer.concat([encodeVarint((field << 3) | lengthDelimited), encodeVarint(content.length), content]);
}

function encodeVarint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}

/** Larger numbers than a length can be are told short, but their end is right. */
function readVarint(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7, at++) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    if (shift < 28) value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at + 1 };
  }
  return undefined;
}
