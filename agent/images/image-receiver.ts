/**
 * Receives images from other hosts: each image once, however many callers want it, and a few at a time. The bytes go
 * through to the daemon as they come. The daemon compares their fingerprint.
 */
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';
import { WorkQueue } from '../../common/async/work-queue.js';
import { CopaError } from '../../common/errors.js';
import { parseLine, readLine } from '../../common/net/stream-channel.js';
import type { Image__Output } from '../../proto/gen/copa/agent/v1/Image.js';
import type { ImageReceived } from '../../proto/gen/copa/agent/v1/ImageReceived.js';
import type { LxdClient } from '../lxd/client.js';
import { addAliases, importImage, readImages } from '../lxd/images.js';
import type { StreamListener } from '../transport/listener.js';
import { ImageArrival } from './image-arrival.js';
import { checkRoom } from './image-room.js';
import { endIfIdle, imageChannel } from './image-stream.js';

/** How many images come at a time, and how many may wait. Raising the first fills the disk's queue. */
const bounds = { atOnceMax: 2, waitingMax: 64 };

/** How long the stream may take to come after this host is ready for it. */
const streamTimeoutMs = 30_000;

/** What a form around two files may add to an image's size. A peer that sends more has another content. */
const formBytesMax = 1024 * 1024;

export interface ImageOrder {
  readonly image: Image__Output;
  readonly ticket: string;
  readonly sourcePool: string;
  readonly relayed: boolean;
}

interface Parts {
  readonly lxd: LxdClient;
  readonly listener: StreamListener;
}

export class ImageReceiver {
  readonly #queue = new WorkQueue('copies of images', bounds);
  /** By fingerprint. */
  readonly #arriving = new Map<string, ImageArrival>();

  constructor(private readonly parts: Parts) {}

  /** Begins, or joins the copy of that image which is in progress. */
  receive(order: ImageOrder): { readonly arrival: ImageArrival; readonly isNew: boolean } {
    const { fingerprint } = order.image;
    const known = this.#arriving.get(fingerprint);
    if (known) return { arrival: known, isNew: false };
    const forget = () => {
      if (this.#arriving.get(fingerprint) === arrival) this.#arriving.delete(fingerprint);
    };
    const arrival: ImageArrival = new ImageArrival(async (self, signal) => {
      // Not before it is in the map, which is after the constructor.
      await Promise.resolve();
      try {
        return await this.#queue.run(
          () => this.#copy(order, self, signal),
          () => signal.aborted,
        );
      } finally {
        forget();
      }
    }, forget);
    this.#arriving.set(fingerprint, arrival);
    return { arrival, isNew: true };
  }

  async #copy(order: ImageOrder, arrival: ImageArrival, signal: AbortSignal): Promise<ImageReceived> {
    const { lxd } = this.parts;
    const { fingerprint, aliases } = order.image;
    const isHere = (await readImages(lxd)).some((image) => image.fingerprint === fingerprint);
    if (!isHere) {
      await checkRoom(lxd, order.image);
      await this.#transfer(order, arrival, signal);
    }
    const { added, taken } = await addAliases(lxd, fingerprint, aliases);
    return { copied: !isHere, aliasesAdded: added, aliasesTaken: taken };
  }

  async #transfer(order: ImageOrder, arrival: ImageArrival, signal: AbortSignal): Promise<void> {
    const { ticket, relayed, sourcePool } = order;
    const peer = relayed ? ('controller' as const) : ({ role: 'agent', name: sourcePool } as const);
    const coming = this.parts.listener.expect(ticket, peer, [imageChannel], {
      timeoutMs: streamTimeoutMs,
      signal,
    });
    arrival.expectStream();
    const socket = (await coming).get(imageChannel) as TLSSocket;
    const onAbort = () => socket.destroy(signal.reason as CopaError);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#take(socket, order.image, (bytes) => (arrival.bytes = bytes));
    } finally {
      signal.removeEventListener('abort', onAbort);
      socket.destroySoon();
    }
  }

  async #take(socket: TLSSocket, image: Image__Output, moved: (bytes: number) => void): Promise<void> {
    endIfIdle(socket);
    const { type } = (parseLine(await readLine(socket)) ?? {}) as { readonly type?: unknown };
    if (typeof type !== 'string') throw new CopaError('invalid_argument', 'the stream has no image');
    const whole = wholeImage(image.size, moved);
    const { fingerprint, properties } = image;
    const flow = pipeline(socket, whole);
    const taken = importImage(this.parts.lxd, { fingerprint, properties, contentType: type }, whole);
    // The daemon's refusal says more than the end of the stream that it causes.
    flow.catch(() => undefined);
    taken.catch(() => whole.destroy());
    await taken;
    await flow;
  }
}

/** Passes an image on, and fails when it is shorter than it should be, or much longer. */
function wholeImage(size: number, moved: (bytes: number) => void): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      moved(bytes);
      if (bytes <= size + formBytesMax) done(null, chunk);
      else done(new CopaError('failed_precondition', `the source sends more than the ${size} bytes of it`));
    },
    flush(done) {
      if (bytes >= size) done();
      else done(new CopaError('unavailable', `the stream ended after ${bytes} of ${size} bytes`));
    },
  });
}
