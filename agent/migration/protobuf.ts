/**
 * The part of protobuf's wire format that is needed to change one field of a message and to keep all other fields,
 * known or unknown, byte for byte (https://protobuf.dev/programming-guides/encoding).
 */

const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const fixed32 = 5;

export interface Field {
  readonly field: number;
  /** The whole field with its key. */
  readonly bytes: Buffer;
  /** The value's bytes, without a length prefix. */
  readonly content: Buffer;
}

/** The fields of a message, up to the first one that cannot be parsed. */
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

/** A length-delimited field: text or another message. */
export function encodeField(field: number, content: Buffer): Buffer {
  return Buffer.concat([encodeVarint((field << 3) | lengthDelimited), encodeVarint(content.length), content]);
}

function encodeVarint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}

/** The value of numbers above the range of a length is not exact, but their end is. */
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
