/**
 * Takes compression out of what the source's daemon offers. Daemons have rsync compress (at level 2) unless
 * their storage pool says `rsync.compression=false`; between hosts of one network that costs much more time
 * than it saves. The destination's daemon takes what is offered, and both then use what it took.
 *
 * The offer is the first message on the control channel, a protobuf `MigrationHeader`; its field 8 is
 * `rsyncFeatures`, whose field 3 is the bool `compress` (lxd/migration/migrate.proto, the same in Incus). A
 * bool stays one byte long whatever it says, so it is changed in place and all the rest, known or not, is
 * left as it is.
 */

const rsyncFeaturesField = 8;
const compressField = 3;

const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const fixed32 = 5;

/** Changes the offer in place. One that cannot be read is left alone: compression is no reason to fail. */
export function declineCompression(offer: Buffer): void {
  for (const { field, content } of fieldsOf(offer)) {
    if (field !== rsyncFeaturesField) continue;
    for (const feature of fieldsOf(content)) {
      if (feature.field === compressField && feature.content.length === 1) feature.content[0] = 0;
    }
  }
}

interface Field {
  readonly field: number;
  /** The value's own bytes, without the length that may stand before them. */
  readonly content: Buffer;
}

/** The fields of a protobuf message, up to the first that cannot be read. */
function* fieldsOf(message: Buffer): Generator<Field> {
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
    yield { field: key.value >>> 3, content: message.subarray(start, end) };
    at = end;
  }
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
