/** The host's local images. */
import { CopaError, isCopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import type { LxdClient } from '../lxd/client.js';
import type { LxdImage } from '../lxd/types.js';

/** The shortest start of a fingerprint that LXD accepts. */
const fingerprintStart = /^[0-9a-f]{12,64}$/;

/**
 * An alias that the daemon finds by its path. It may have any other name as well, for example with dots between slashes,
 * which the daemon's router would resolve; such an alias is looked up in the list.
 */
const plainAlias = /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/:+-]*$/;

/** How many image names an error lists. */
const listedMax = 20;

/** Shared by all concurrent callers. */
export async function listImages(lxd: LxdClient): Promise<readonly LxdImage[]> {
  return lxd.getShared<LxdImage[]>('/1.0/images?recursion=1');
}

/** The fingerprint for an alias or for the start of a fingerprint. `not_found` lists the existing images. */
export async function findImage(lxd: LxdClient, name: string): Promise<string> {
  if (plainAlias.test(name)) {
    const alias = await tolerant(
      lxd.get<{ target: string }>(`/1.0/images/aliases/${encodeURIComponent(name)}`),
    );
    if (alias) return alias.target;
  }
  if (fingerprintStart.test(name)) {
    const image = await tolerant(lxd.get<LxdImage>(`/1.0/images/${name}`));
    if (image) return image.fingerprint;
  }
  const images = await listImages(lxd);
  const found = images.find(({ aliases }) => aliases?.some((alias) => alias.name === name));
  if (found) return found.fingerprint;
  const known = images.flatMap(({ fingerprint, aliases }) =>
    aliases?.length ? aliases.map((each) => each.name) : [fingerprint],
  );
  const listed = known.slice(0, listedMax).join(', ') || 'no image at all';
  const more = known.length > listedMax ? ` and ${known.length - listedMax} more` : '';
  throw new CopaError('not_found', `image ${shown(name)} is not on this pool; it has ${listed}${more}`);
}

async function tolerant<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (isCopaError(error, 'not_found')) return undefined;
    throw error;
  }
}
