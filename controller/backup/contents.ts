/**
 * What a backup contains, and its form as bytes: compressed JSON, with a checksum of each part. It has the cluster
 * secret, so it is never written anywhere without encryption (encryption.ts).
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';

/** Raised when an older release cannot restore what this one writes. */
const formatNow = 1;
/** A backup of 100,000 records has some 100 MB. More than this is no backup, and would fill the memory. */
const bytesMax = 1024 ** 3;

const entriesSchema = z.array(z.object({ key: z.string(), value: z.unknown(), revision: z.number() }));
/** Names alone: who can encrypt a file for the recipient must not choose where it is written. */
export const settingsName = /^[a-z][a-z0-9-]*\.yaml$/;
const settingsSchema = z.record(z.string().regex(settingsName), z.string());
const sums = z.object({ entries: z.string(), secret: z.string(), settings: z.string() });

const manifestSchema = z.object({
  format: z.number(),
  madeAt: z.iso.datetime(),
  /** The name of the controller that made it. */
  controller: z.string(),
  version: z.string(),
  /** Of etcd: all entries are of this moment. */
  revision: z.number(),
  sha256: sums,
});

const fileSchema = z.object({ manifest: manifestSchema, parts: sums });

interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly revision: number;
}

export interface Contents extends Omit<z.infer<typeof manifestSchema>, 'format' | 'sha256'> {
  /** What etcd has below `/copa/`, without the keys that exist only as long as a controller. */
  readonly entries: readonly Entry[];
  /** The cluster secret, as in its file. */
  readonly secret: string;
  /** The settings files, by name. */
  readonly settings: z.infer<typeof settingsSchema>;
}

export async function pack(contents: Contents): Promise<Buffer> {
  const { madeAt, controller, version, revision } = contents;
  const parts = {
    entries: JSON.stringify(contents.entries),
    secret: contents.secret,
    settings: JSON.stringify(contents.settings),
  };
  const manifest = { format: formatNow, madeAt, controller, version, revision, sha256: sumsOf(parts) };
  return promisify(gzip)(JSON.stringify({ manifest, parts }));
}

/** Throws `invalid_argument` when it is damaged, or of a later release. */
export async function unpack(bytes: Uint8Array): Promise<Contents> {
  const { manifest, parts } = await parsed(bytes);
  const { format, sha256, ...about } = manifest;
  if (format > formatNow) throw invalid(`COPA ${about.version} made it: restore it with that release`);
  const actual = sumsOf(parts);
  for (const part of ['entries', 'secret', 'settings'] as const) {
    if (actual[part] !== sha256[part]) throw invalid(`the checksum of its ${part} is wrong`);
  }
  try {
    return {
      ...about,
      entries: entriesSchema.parse(JSON.parse(parts.entries)),
      secret: parts.secret,
      settings: settingsSchema.parse(JSON.parse(parts.settings)),
    };
  } catch (cause) {
    throw invalid('its contents are not those of a backup', cause);
  }
}

async function parsed(bytes: Uint8Array): Promise<z.infer<typeof fileSchema>> {
  try {
    const text = await promisify(gunzip)(bytes, { maxOutputLength: bytesMax });
    return fileSchema.parse(JSON.parse(text.toString()));
  } catch (cause) {
    throw invalid('its contents are not those of a backup', cause);
  }
}

function sumsOf(parts: Readonly<Record<'entries' | 'secret' | 'settings', string>>) {
  const sum = (text: string) => createHash('sha256').update(text).digest('hex');
  return { entries: sum(parts.entries), secret: sum(parts.secret), settings: sum(parts.settings) };
}

function invalid(why: string, cause?: unknown): CopaError {
  return new CopaError('invalid_argument', `the backup is not valid: ${why}`, { cause });
}
