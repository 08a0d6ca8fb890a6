/**
 * Changes the migration header, the first message on the control channel: a protobuf `MigrationHeader`
 * (lxd/migration/migrate.proto, the same in Incus). A header that cannot be parsed is forwarded unchanged, so that
 * the daemons report the error.
 */
import { encodeField, fieldsOf, isReadable } from './protobuf.js';

/** Field numbers of MigrationHeader, of its Snapshot, and of Snapshot's Config. */
const header = { snapshots: 5, rsyncFeatures: 8 } as const;
const snapshot = { localConfig: 2 } as const;
const config = { key: 1, value: 2 } as const;
const rsyncFeatures = { compress: 3 } as const;

/**
 * Removes compression from the source's offer. Daemons have rsync compress (at level 2) unless their storage pool
 * sets `rsync.compression=false`. Within one network, compression costs much more time than it saves. The
 * destination's daemon answers with the features that it accepts, and both then use those.
 */
export function declineCompression(offer: Buffer): Buffer {
  const declined = Buffer.from(offer);
  for (const { field, content } of fieldsOf(declined)) {
    if (field !== header.rsyncFeatures) continue;
    for (const feature of fieldsOf(content)) {
      if (feature.field === rsyncFeatures.compress && feature.content.length === 1) feature.content[0] = 0;
    }
  }
  return declined;
}

/**
 * Converts the snapshots' config for the receiving daemon. The container's own config is sent elsewhere, but a
 * snapshot's config is part of the header. One key that the receiving daemon does not know makes the whole move fail.
 */
export function translateSnapshots(
  offer: Buffer,
  translate: (config: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
): Buffer {
  if (!isReadable(offer)) return offer;
  return Buffer.concat(
    [...fieldsOf(offer)].map(({ field, bytes, content }) =>
      field === header.snapshots && isReadable(content)
        ? encodeField(field, translateSnapshot(content, translate))
        : bytes,
    ),
  );
}

function translateSnapshot(message: Buffer, translate: Parameters<typeof translateSnapshots>[1]): Buffer {
  const all = [...fieldsOf(message)];
  const own = Object.fromEntries(
    all.filter(({ field }) => field === snapshot.localConfig).map(({ content }) => pairOf(content)),
  );
  const translated = Object.entries(translate(own)).map(([key, value]) =>
    encodeField(
      snapshot.localConfig,
      Buffer.concat([
        encodeField(config.key, Buffer.from(key)),
        encodeField(config.value, Buffer.from(value)),
      ]),
    ),
  );
  const others = all.filter(({ field }) => field !== snapshot.localConfig).map(({ bytes }) => bytes);
  return Buffer.concat([...others, ...translated]);
}

function pairOf(message: Buffer): readonly [string, string] {
  const text = (wanted: number) =>
    [...fieldsOf(message)].find(({ field }) => field === wanted)?.content.toString('utf8') ?? '';
  return [text(config.key), text(config.value)];
}
