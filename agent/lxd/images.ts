/** The daemon's images: their files in and out, and their aliases. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { isCopaError } from '../../common/errors.js';
import type { LxdClient } from './client.js';
import { waitForOperation } from './operations.js';
import type { Space } from './storage.js';
import type { LxdImage, LxdOperation } from './types.js';

/** Time limit for the daemon to take an image in after it has received it. */
const importMs = 900_000;

/** LXD ignores the headers of Incus, and Incus those of LXD. */
const vendors = ['LXD', 'Incus'] as const;

/** Now, not shared with earlier callers. */
export async function readImages(lxd: LxdClient): Promise<readonly LxdImage[]> {
  return lxd.get<LxdImage[]>('/1.0/images?recursion=1');
}

/** The file of an image: one archive, or a form with two. */
export function exportImage(lxd: LxdClient, fingerprint: string) {
  return lxd.download(`/1.0/images/${fingerprint}/export`);
}

/**
 * Takes an image in, from what a daemon exported with that content type. The daemon refuses a content that has another fingerprint.
 * An image that is there already is no error.
 */
export async function importImage(
  lxd: LxdClient,
  {
    fingerprint,
    properties,
    contentType,
  }: Pick<LxdImage, 'fingerprint' | 'properties'> & { readonly contentType: string },
  body: Readable,
): Promise<void> {
  const own = new URLSearchParams(properties ?? {}).toString();
  const headers = vendors.map((vendor) => ({
    [`X-${vendor}-fingerprint`]: fingerprint,
    ...(own === '' ? {} : { [`X-${vendor}-properties`]: own }),
  }));
  const content = { 'content-type': contentType };
  const { id } = await lxd.upload<LxdOperation>(
    '/1.0/images',
    Object.assign(content, ...headers) as Record<string, string>,
    body,
  );
  try {
    await waitForOperation(lxd, id, importMs);
  } catch (error) {
    // Somebody has brought it meanwhile.
    const isThere = (await readImages(lxd)).some((image) => image.fingerprint === fingerprint);
    if (!isThere) throw error;
  }
}

/** Gives an image these aliases, except those that another image has. */
export async function addAliases(
  lxd: LxdClient,
  fingerprint: string,
  names: readonly string[],
): Promise<{ readonly added: string[]; readonly taken: string[] }> {
  const targets = new Map(
    (await readImages(lxd)).flatMap((image) =>
      (image.aliases ?? []).map(({ name }) => [name, image.fingerprint] as const),
    ),
  );
  const [added, taken]: [string[], string[]] = [[], []];
  for (const name of names) {
    const target = targets.get(name);
    if (target === fingerprint) continue;
    const isFree = target === undefined && (await createAlias(lxd, name, fingerprint));
    (isFree ? added : taken).push(name);
  }
  return { added, taken };
}

/** False when there is such an alias by now. */
async function createAlias(lxd: LxdClient, name: string, target: string): Promise<boolean> {
  try {
    await lxd.request('POST', '/1.0/images/aliases', { body: { name, target, description: '' } });
    return true;
  } catch (error) {
    if (isCopaError(error, 'already_exists')) return false;
    throw error;
  }
}

/** The space of the file system that has the daemon's images; undefined when this process does not see it. */
export async function imageSpace(lxd: LxdClient): Promise<Space | undefined> {
  const { prefix } = await lxd.root();
  const directory = `${prefix}${dirname(lxd.socketPath)}/images`;
  if (!existsSync(directory)) return undefined;
  const { blocks, bavail, bsize } = await statfs(directory);
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
}
