/** The images for new containers: of one pool, or of all pools in parallel. */
import { CopaError, isCopaError, messageOf } from '../../common/errors.js';
import { carryingRequestId, currentRequestId } from '../../common/observability/request-id.js';
import type { HostConnections } from '../hosts/locator.js';
import type { Host } from '../model/host.js';
import { eachAtMost } from '../../common/async/each-at-most.js';
import type { ListedImage, PoolImages } from './image-search.js';

interface ImageList {
  /** From alias to fingerprint. An image without an alias has its fingerprint as key. */
  readonly images: Record<string, string>;
  /** Which pools are missing and why, or which alias means different images. */
  readonly warning?: string;
}

/** The list of pools. */
export interface PoolDirectory {
  get(name: string): Promise<Host>;
  list(): Promise<readonly Host[]>;
}

type Answer = PoolImages | { readonly pool: string; readonly error: unknown };

/** An image, and its aliases on each pool that has it. */
export interface ImagePlaces {
  readonly image: ListedImage;
  readonly places: readonly { readonly pool: string; readonly aliases: readonly string[] }[];
}

const deadlineMs = 20_000;
/** Limit on parallel calls. Raising it is faster with very many pools, and needs more sockets. */
const poolsAtOnceMax = 64;

export class Images {
  readonly #pools: PoolDirectory;
  readonly #agents: HostConnections;

  constructor(pools: PoolDirectory, agents: HostConnections) {
    this.#pools = pools;
    this.#agents = agents;
  }

  async ofPool(name: string): Promise<ImageList> {
    const ask = this.#querying();
    return mergeImages([{ pool: name, images: await ask(await this.#pools.get(name)) }]);
  }

  /** Throws `unavailable` when no pool answers. */
  async ofAllPools(
    isAsked: (pool: string) => boolean = () => true,
    signal?: AbortSignal,
  ): Promise<ImageList> {
    return mergeImages(await this.#ask(isAsked, signal));
  }

  /** The lists of the pools that answer, in the order of the pools. */
  async listsOf(isAsked: (pool: string) => boolean, signal?: AbortSignal): Promise<readonly PoolImages[]> {
    return (await this.#ask(isAsked, signal)).flatMap((answer) => ('error' in answer ? [] : [answer]));
  }

  async #ask(isAsked: (pool: string) => boolean, signal?: AbortSignal): Promise<readonly Answer[]> {
    const ask = this.#querying();
    const pools = (await this.#pools.list()).filter(({ name }) => isAsked(name));
    const answers: Answer[] = [];
    const read = async (pool: Host, index: number) => {
      try {
        answers[index] = { pool: pool.name, images: await ask(pool) };
      } catch (error) {
        if (!isCopaError(error)) throw error;
        answers[index] = { pool: pool.name, error };
      }
    };
    await eachAtMost(poolsAtOnceMax, pools, read, signal);
    return answers;
  }

  /** The host client for the current request. */
  #querying(): (pool: Host) => Promise<readonly ListedImage[]> {
    const id = currentRequestId();
    const ask = (pool: Host) => this.#agents.host(pool).call('ListImages', {}, { deadlineMs });
    return async (pool) => (await carryingRequestId(id, () => ask(pool))).images;
  }
}

/** Merges the lists of pools. The first pool that has an alias decides its meaning. */
export function mergeImages(answers: readonly Answer[]): ImageList {
  const failures = answers.flatMap((answer) => ('error' in answer ? [answer] : []));
  const warnings = failures.map(({ pool, error }) => `no images of pool "${pool}": ${messageOf(error)}`);
  if (failures.length > 0 && failures.length === answers.length) {
    throw new CopaError('unavailable', warnings.join('; '));
  }

  const found = new Map<string, { fingerprint: string; pool: string }>();
  for (const answer of answers) {
    if ('error' in answer) continue;
    for (const { aliases, fingerprint } of answer.images) {
      for (const alias of aliases.length > 0 ? aliases : [fingerprint]) {
        const earlier = found.get(alias);
        if (!earlier) found.set(alias, { fingerprint, pool: answer.pool });
        else if (earlier.fingerprint !== fingerprint) {
          warnings.push(
            `"${alias}" is another image on pool "${answer.pool}" (${fingerprint}) than on pool "${earlier.pool}"`,
          );
        }
      }
    }
  }
  // Not built by assignment, because an alias may be any text, also `__proto__`.
  const images = Object.fromEntries([...found].map(([alias, { fingerprint }]) => [alias, fingerprint]));
  return warnings.length > 0 ? { images, warning: warnings.join('; ') } : { images };
}

/** Each image once, with its places, in the order of their first pools. */
export function placesOf(lists: readonly PoolImages[]): readonly ImagePlaces[] {
  const found = new Map<string, { image: ListedImage; places: ImagePlaces['places'][number][] }>();
  for (const { pool, images } of lists) {
    for (const image of images) {
      const known = found.get(image.fingerprint) ?? { image, places: [] };
      known.places.push({ pool, aliases: image.aliases });
      found.set(image.fingerprint, known);
    }
  }
  return [...found.values()];
}
