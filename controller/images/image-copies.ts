/**
 * Copies of images between pools: on request, and where a container is to be created from an image that its pool lacks.
 * A copy to a pool is made once for all who want it at the same time. The destination's agent holds to that as well, so
 * it is true over several controllers.
 */
import type { Logger } from 'pino';
import { Semaphore } from '../../common/async/semaphore.js';
import { CopaError, isCopaError, messageOf } from '../../common/errors.js';
import { checkImageName, checkPoolName, shown } from '../../common/names.js';
import type { HostCalls } from '../hosts/client.js';
import type { StreamRelay } from '../migration/relay.js';
import type { Host } from '../model/host.js';
import { imageCopies } from '../observability/metrics.js';
import { findInPools, type FoundImage } from './image-search.js';
import { transferImage, type ImageTransferred } from './image-transfer.js';
import type { Images, PoolDirectory } from './images.js';

const describeMs = 20_000;

/** How often a copy is tried, from one pool after the other, when the stream breaks. */
const attemptsMax = 3;

/** How many copies one pool sends at a time. Raising it makes each slower. */
const copiesFromMax = 4;

interface Parts {
  readonly images: Pick<Images, 'listsOf'>;
  readonly pools: PoolDirectory;
  readonly directory: { host(host: Host): HostCalls };
  readonly relay: StreamRelay;
  /** Pools that are known not to answer are not asked. */
  readonly isDown: (pool: string) => boolean;
  readonly log: Logger;
}

export interface ImageRequest {
  /** An alias, a fingerprint, or the start of one. */
  readonly image: string;
  readonly to: string;
  /** Undefined: from any pool that has it. */
  readonly from?: string | undefined;
  /** Whether the requester may read images of a pool. */
  readonly mayReach: (pool: string) => boolean;
}

export interface ImageCopied extends Pick<ImageTransferred, 'copied' | 'aliasesAdded' | 'aliasesTaken'> {
  readonly fingerprint: string;
  /** Where it came from. */
  readonly from: string;
  readonly bytes: number;
}

export class ImageCopies {
  /** By destination and fingerprint. */
  readonly #underWay = new Map<string, Promise<ImageCopied>>();
  readonly #sending = new Map<string, { readonly places: Semaphore; users: number }>();

  constructor(private readonly parts: Parts) {}

  /** Throws `not_found` when no pool, or not the one that is named, has an image which the destination can run. */
  async copy(request: ImageRequest): Promise<ImageCopied> {
    checkImageName('image_type', request.image);
    const copied = await this.bring(request);
    if (copied) return copied;
    const where = request.from === undefined ? 'no other pool has an' : `pool "${request.from}" has no`;
    const message = `${where} image ${shown(request.image)} that pool "${request.to}" can take`;
    throw new CopaError('not_found', message);
  }

  /** Undefined when no pool has an image of that name which the destination can run. */
  async bring(request: ImageRequest): Promise<ImageCopied | undefined> {
    const { to } = request;
    checkPoolName('destination_pool', to);
    const host = await this.parts.pools.get(to);
    const destination = this.parts.directory.host(host);
    const found = await this.#find(request, destination);
    if (!found) return undefined;
    const key = `${to} ${found.image.fingerprint}`;
    const known = this.#underWay.get(key);
    if (known) return known;
    const copy = this.#copy(found, destination).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, copy);
    return copy;
  }

  async #find({ image, from, to, mayReach }: ImageRequest, destination: HostCalls) {
    if (from !== undefined) await this.parts.pools.get(from);
    const isAsked = (pool: string) =>
      pool !== to && mayReach(pool) && !this.parts.isDown(pool) && (from === undefined || pool === from);
    const [lists, host] = await Promise.all([
      this.parts.images.listsOf(isAsked),
      destination.call('DescribeHost', {}, { deadlineMs: describeMs }),
    ]);
    if (!host.streamFeatures.includes('images')) return undefined;
    return findInPools(
      lists,
      image,
      ({ type, architecture }) => type === 'container' && host.architectures.includes(architecture),
    );
  }

  async #copy({ image, pools }: FoundImage, to: HostCalls): Promise<ImageCopied> {
    const { fingerprint } = image;
    let failure: unknown;
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const pool = pools[attempt % pools.length] ?? '';
      const release = await this.#placeAt(pool);
      try {
        const from = this.parts.directory.host(await this.parts.pools.get(pool));
        const done = await transferImage({ image, from, to }, this.parts.relay);
        imageCopies.inc({ outcome: done.copied ? 'copied' : 'present' });
        this.parts.log.info(
          { fingerprint, from: pool, to: to.pool, bytes: done.bytes },
          'an image is copied',
        );
        return { ...done, fingerprint, from: pool };
      } catch (error) {
        failure = error;
        imageCopies.inc({ outcome: 'failed' });
        const reason = messageOf(error);
        this.parts.log.warn({ fingerprint, from: pool, to: to.pool, reason }, 'a copy of an image failed');
        // Another source would not help against anything else.
        if (!isCopaError(error, 'aborted', 'unavailable', 'not_found')) break;
      } finally {
        release();
      }
    }
    throw failure;
  }

  /** One of the places of a pool that sends. */
  async #placeAt(pool: string): Promise<() => void> {
    const sender = this.#sending.get(pool) ?? { places: new Semaphore(copiesFromMax), users: 0 };
    this.#sending.set(pool, sender);
    sender.users++;
    const release = await sender.places.acquire();
    return () => {
      release();
      if (--sender.users === 0) this.#sending.delete(pool);
    };
  }
}
