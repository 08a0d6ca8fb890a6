/** Handlers of calls about images: which there are, and their copies from host to host. */
import type { ServerWritableStream } from '@grpc/grpc-js';
import { CopaError, messageOf } from '../../common/errors.js';
import type { AgentHandlers } from '../../proto/gen/copa/agent/v1/Agent.js';
import type { ImageEvent } from '../../proto/gen/copa/agent/v1/ImageEvent.js';
import { listImages } from '../containers/images.js';
import { sendImage } from '../images/send-image.js';
import * as check from './image-validation.js';
import type { Calls } from './calls.js';
import { passFailure, type AgentParts } from './parts.js';

/** The interval at which a caller gets progress. */
const progressIntervalMs = 500;

export function imageCalls(calls: Calls, parts: AgentParts) {
  const { lxd, images, listener, tlsIdentity: identity } = parts;
  return {
    ListImages: calls.unary(async () => ({
      images: (await listImages(lxd)).map((image) => ({
        fingerprint: image.fingerprint,
        aliases: (image.aliases ?? []).map(({ name }) => name),
        size: image.size,
        architecture: image.architecture,
        type: image.type,
        properties: { ...image.properties },
      })),
    })),
    ReceiveImage: calls.stream((call) =>
      reporting(parts, call, async (progress) => {
        const { arrival, isNew } = images.receive(check.imageOrder(call.request));
        const leave = arrival.attend();
        call.once('cancelled', leave);
        if (isNew) void arrival.ready.then(() => call.write({ ready: true }));
        progress(() => arrival.bytes);
        try {
          const received = await arrival.received;
          call.write({ bytes: arrival.bytes, received });
        } finally {
          leave();
        }
      }),
    ),
    SendImage: calls.stream((call) =>
      reporting(parts, call, async (progress) => {
        let bytes = 0;
        progress(() => bytes);
        await sendImage({ lxd, listener, identity }, check.imageSending(call.request), {
          ready: () => call.write({ ready: true }),
          moved: (now) => (bytes = now),
        });
        call.write({ bytes });
      }),
    ),
  } satisfies Partial<AgentHandlers>;
}

/** Works, and meanwhile sends the number of bytes. A caller that does not read misses some. */
async function reporting<Request>(
  { lxd }: Pick<AgentParts, 'lxd'>,
  call: ServerWritableStream<Request, ImageEvent>,
  work: (progress: (bytes: () => number) => void) => Promise<void>,
): Promise<void> {
  let stop: () => void = () => undefined;
  const progress = (bytes: () => number) => {
    stop = lxd.clock.every(progressIntervalMs, () => {
      if (call.writableLength === 0) call.write({ bytes: bytes() });
    });
    call.once('cancelled', stop);
  };
  try {
    await work(progress);
  } catch (error) {
    throw passFailure(asCopaError(error));
  } finally {
    stop();
  }
}

/** A stream that breaks has an error of its own. */
function asCopaError(error: unknown): CopaError {
  if (error instanceof CopaError) return error;
  return new CopaError('unavailable', `the stream of the image broke: ${messageOf(error)}`, { cause: error });
}
