/** One copy of an image from host to host, from the controller's view: both agents' halves, and the relay if needed. */
import { deferred } from '../../common/async/deferred.js';
import { CopaError, isCopaError, messageOf } from '../../common/errors.js';
import { randomHex } from '../../common/random-hex.js';
import type { ImageReceived__Output } from '../../proto/gen/copa/agent/v1/ImageReceived.js';
import type { HostCalls } from '../hosts/client.js';
import type { RequestOf } from '../hosts/methods.js';
import type { StreamRelay } from '../migration/relay.js';
import { findWay, streamEnds } from '../migration/route.js';
import type { ListedImage } from './image-search.js';

const shortMs = 20_000;

/** How long the destination may take to report why it failed after the source has failed. */
const otherHalfMs = 3_000;

export interface ImageTransfer {
  readonly image: ListedImage;
  readonly from: HostCalls;
  readonly to: HostCalls;
}

export interface ImageTransferred extends ImageReceived__Output {
  readonly bytes: number;
}

/** Throws what the destination reports; `aborted` when the stream broke, which may be tried again. */
export async function transferImage(
  { image, from, to }: ImageTransfer,
  relay: StreamRelay,
): Promise<ImageTransferred> {
  const ends = await streamEnds(from, to, shortMs);
  const way = await findWay(from, relay, ends);
  if (way.problem !== undefined) throw new CopaError('unavailable', way.problem);
  const relayed = way.via === 'relay';
  const ticket = randomHex(32);
  const giveUp = new AbortController();
  const receiving = half(
    to,
    'ReceiveImage',
    { image, ticket, relayed, sourcePool: from.pool },
    giveUp.signal,
  );
  await Promise.race([receiving.ready, receiving.ended]);
  // Without `ready` it is there, or somebody else's copy of it was in progress.
  if (receiving.isReady()) {
    const sending = half(from, 'SendImage', {
      ...{ fingerprint: image.fingerprint, ticket, relayed },
      ...{ destinationPool: to.pool, destinationAddress: relayed ? '' : ends.destination.address },
    });
    const join = async () => {
      await Promise.race([sending.ready, sending.ended]);
      if (relayed) await relay.join(ticket, ['fs'], ends.source, ends.destination);
      await sending.ended;
    };
    const failed = await join().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failed !== undefined) await failTogether(failed, receiving.ended, giveUp);
  }
  return receiving.result();
}

/** Throws the destination's reason if it comes soon, together with the source's. */
async function failTogether(first: unknown, other: Promise<void>, giveUp: AbortController): Promise<never> {
  const timer = setTimeout(() => giveUp.abort(), otherHalfMs);
  const second = await other.then(
    () => undefined,
    (error: unknown) => error,
  );
  clearTimeout(timer);
  if (isCopaError(second, 'failed_precondition', 'internal')) throw second;
  if (!isCopaError(first)) throw first;
  const more = second === undefined || giveUp.signal.aborted ? '' : `; ${messageOf(second)}`;
  throw new CopaError('aborted', `${first.message}${more}`, { cause: first });
}

type Half = 'ReceiveImage' | 'SendImage';

/** Calls one agent, and follows its events. */
function half<M extends Half>(host: HostCalls, method: M, request: RequestOf<M>, signal?: AbortSignal) {
  const ready = deferred<undefined>();
  let isReady = false;
  let bytes = 0;
  let received: ImageReceived__Output | undefined;
  const ended = host.stream(method, request, {
    ...(signal ? { signal } : {}),
    onEvent: (event) => {
      if (event.ready) {
        isReady = true;
        ready.resolve(undefined);
      }
      bytes = Math.max(bytes, event.bytes);
      received ??= event.received ?? undefined;
    },
  });
  ended.catch(() => undefined);
  return {
    ready: ready.promise,
    isReady: () => isReady,
    ended,
    result: async (): Promise<ImageTransferred> => {
      await ended;
      if (!received) throw new CopaError('internal', `pool "${host.pool}" has not said what it received`);
      return { ...received, bytes };
    },
  };
}
