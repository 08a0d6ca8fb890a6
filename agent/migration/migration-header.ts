/**
 * What agents change in a source daemon's offer, the first message on the control channel: a protobuf
 * `MigrationHeader` (lxd/migration/migrate.proto, the same in Incus). An offer that cannot be read goes on as it
 * is: it is for the daemons to say what is wrong with it.
 */
import { encodeField, fieldsOf, isReadable } from './protobuf.js';

/** Fields of MigrationHeader, of its Snapshot, and of Snapshot's Config. */
const header = { snapshots: 5, rsyncFeatures: 8 } as const;
const snapshot = { localConfig: 2 } as const;
const config = { key: 1, value: 2 } as const;
const rsyncFeatures = { compress: 3 } as const;

/**
 * Takes compression out of what is offered. Daemons have rsync compress (at level 2) unless their storage pool
 * says `rsync.compression=false`; between hosts of one network that costs much more time than it saves. The
 * destination's daemon takes what is offered, and both then use what it took.
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
 * Puts the snapshots' own config into the words of the daemon that is to have them. The container's config goes
 * another way, but a snapshot's stands here, and one key that its new daemon does not know fails the whole move.
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
