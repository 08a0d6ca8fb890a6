/** Finds an image in the lists of pools: a pure function. */
import type { ReplyOf } from '../hosts/methods.js';

export type ListedImage = ReplyOf<'ListImages'>['images'][number];

export interface PoolImages {
  readonly pool: string;
  readonly images: readonly ListedImage[];
}

export interface FoundImage {
  /** As the first pool has it. */
  readonly image: ListedImage;
  /** All pools that have it. */
  readonly pools: readonly string[];
}

/** The shortest start of a fingerprint that names an image. */
const fingerprintStart = /^[0-9a-f]{12,64}$/;

/**
 * The image of that name, of those that may run: by alias, else by the start of a fingerprint. The first pool that has
 * the alias decides its meaning, as in the list of images.
 */
export function findInPools(
  pools: readonly PoolImages[],
  name: string,
  mayRun: (image: ListedImage) => boolean,
): FoundImage | undefined {
  const isNamed = ({ fingerprint }: ListedImage) =>
    fingerprintStart.test(name) && fingerprint.startsWith(name);
  const first =
    firstOf(pools, (image) => mayRun(image) && image.aliases.includes(name)) ??
    firstOf(pools, (image) => mayRun(image) && isNamed(image));
  if (!first) return undefined;
  const { fingerprint } = first;
  const having = pools.filter(({ images }) => images.some((image) => image.fingerprint === fingerprint));
  return { image: first, pools: having.map(({ pool }) => pool) };
}

function firstOf(
  pools: readonly PoolImages[],
  suits: (image: ListedImage) => boolean,
): ListedImage | undefined {
  for (const { images } of pools) {
    const found = images.find(suits);
    if (found) return found;
  }
  return undefined;
}
