/**
 * Changes the migration header, the first message on the control channel: a protobuf `MigrationHeader`
 * (lxd/migration/migrate.proto, the same in Incus). A header that cannot be parsed is forwarded unchanged, so that
 * the daemons report the error.
 */
import { CopaError } from '../../common/errors.js';
import type { Devices } from '../lxd/types.js';
import { encodeField, fieldsOf, isReadable, type Field } from './protobuf.js';
import type { OwnSettings } from './settings-check.js';

/** Field numbers of MigrationHeader, of its Snapshot, and of Snapshot's Config and Device. */
const header = { fs: 1, snapshots: 5, rsyncFeatures: 8, volumeSize: 11 } as const;
const snapshot = { localConfig: 2, profiles: 3, localDevices: 5 } as const;
const pair = { key: 1, value: 2 } as const;
const device = { name: 1, config: 2 } as const;
const snapshotName = 1;
/** Of one message of an offer: an honest one has a field for each snapshot, or for each of its config keys. */
const fieldsMax = 100_000;
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

/** Offers rsync in the place of the storage's own format. The destination's daemon answers with it, and both use it. */
export function offerRsync(offer: Buffer): Buffer {
  const offered = Buffer.from(offer);
  for (const { field, content } of fieldsOf(offered)) if (field === header.fs) content.fill(0);
  return offered;
}

/**
 * Completes the offer of a custom volume. LXD 5.0 does not send the size, which it needs for blocks alone, and the daemon
 * of Incus 6.0 ends with a nil pointer when it is missing.
 */
export function withVolumeSize(offer: Buffer): Buffer {
  if (!isReadable(offer)) return offer;
  const hasSize = [...fieldsOf(offer)].some(({ field }) => field === header.volumeSize);
  return hasSize ? offer : Buffer.concat([offer, Buffer.from([header.volumeSize << 3, 0])]);
}

/**
 * Converts the snapshots' own settings for the receiving host. The container's own settings are sent elsewhere, but a
 * snapshot's are part of the header. One key that the receiving daemon does not know makes the whole move fail.
 */
export function translateSnapshots(offer: Buffer, translate: (own: OwnSettings) => OwnSettings): Buffer {
  if (!isReadable(offer)) return offer;
  return Buffer.concat(
    [...fieldsOf(offer)].map(({ field, bytes, content }) =>
      field === header.snapshots && isReadable(content)
        ? encodeField(field, translateSnapshot(content, translate))
        : bytes,
    ),
  );
}

const translatedFields: ReadonlySet<number> = new Set(Object.values(snapshot));

function translateSnapshot(message: Buffer, translate: Parameters<typeof translateSnapshots>[1]): Buffer {
  const all = [...fieldsOf(message)];
  const contents = (wanted: number) =>
    all.filter(({ field }) => field === wanted).map(({ content }) => content);
  const { config, profiles, devices } = translate({
    config: Object.fromEntries(contents(snapshot.localConfig).map(pairOf)),
    profiles: contents(snapshot.profiles).map((name) => name.toString('utf8')),
    devices: Object.fromEntries(contents(snapshot.localDevices).map(deviceOf)),
  });
  return Buffer.concat([
    ...all.filter(({ field }) => !translatedFields.has(field)).map(({ bytes }) => bytes),
    ...encodePairs(snapshot.localConfig, config),
    ...profiles.map((name) => encodeField(snapshot.profiles, Buffer.from(name))),
    ...Object.entries(devices).map(([name, options]) =>
      encodeField(
        snapshot.localDevices,
        Buffer.concat([encodeField(device.name, Buffer.from(name)), ...encodePairs(device.config, options)]),
      ),
    ),
  ]);
}

function encodePairs(field: number, pairs: Readonly<Record<string, string>>): Buffer[] {
  return Object.entries(pairs).map(([key, value]) =>
    encodeField(
      field,
      Buffer.concat([encodeField(pair.key, Buffer.from(key)), encodeField(pair.value, Buffer.from(value))]),
    ),
  );
}

/**
 * The snapshots that a daemon makes of an offer, with their own settings. Throws `permission_denied` for an offer that is
 * not readable to its end, because the daemon might find more in it.
 */
export function snapshotsIn(offer: Buffer): (OwnSettings & { readonly name: string })[] {
  return fieldsIn(offer)
    .filter(({ field }) => field === header.snapshots)
    .map(({ content }) => {
      const all = fieldsIn(content);
      const own = (wanted: number) => all.filter(({ field }) => field === wanted).map((each) => each.content);
      return {
        name: textIn(content, snapshotName),
        config: Object.fromEntries(own(snapshot.localConfig).map(pairOf)),
        devices: Object.fromEntries(own(snapshot.localDevices).map(deviceOf)),
        profiles: own(snapshot.profiles).map((profile) => profile.toString('utf8')),
      };
    });
}

function fieldsIn(message: Buffer): Field[] {
  const found: Field[] = [];
  let read = 0;
  for (const each of fieldsOf(message)) {
    found.push(each);
    read += each.bytes.length;
    if (found.length > fieldsMax) break;
  }
  if (read === message.length) return found;
  throw new CopaError('permission_denied', "the source daemon's offer cannot be read, so it is not taken");
}

function pairOf(message: Buffer): readonly [string, string] {
  return [textIn(message, pair.key), textIn(message, pair.value)];
}

function deviceOf(message: Buffer): readonly [string, Devices[string]] {
  const options = fieldsIn(message).filter(({ field }) => field === device.config);
  return [textIn(message, device.name), Object.fromEntries(options.map(({ content }) => pairOf(content)))];
}

/** As in protobuf, the last one counts of a field that comes more than once. */
function textIn(message: Buffer, wanted: number): string {
  const found = fieldsIn(message).findLast(({ field }) => field === wanted);
  return found?.content.toString('utf8') ?? '';
}
