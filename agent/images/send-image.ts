/** Sends an image to another host, as the daemon exports it. */
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';
import type { SendImageRequest__Output } from '../../proto/gen/copa/agent/v1/SendImageRequest.js';
import type { LxdClient } from '../lxd/client.js';
import { exportImage } from '../lxd/images.js';
import { sendingChannels, type SendingParts } from '../transport/sending-channels.js';
import { endIfIdle, imageChannel } from './image-stream.js';

interface Parts extends SendingParts {
  readonly lxd: LxdClient;
}

interface Watcher {
  /** A controller that relays may connect. */
  readonly ready: () => void;
  /** Receives the number of bytes so far. */
  readonly moved: (bytes: number) => void;
}

/** Returns when the last byte is written. The other side knows whether it has the image. */
export async function sendImage(
  parts: Parts,
  order: SendImageRequest__Output,
  watcher: Watcher,
): Promise<void> {
  const { body, type } = await exportImage(parts.lxd, order.fingerprint);
  // Without a listener, a stream that breaks before it is read ends the process.
  body.on('error', () => undefined);
  try {
    const opening = sendingChannels(parts, order, [imageChannel], new AbortController().signal);
    watcher.ready();
    const socket = (await opening).get(imageChannel) as TLSSocket;
    endIfIdle(socket);
    socket.write(`${JSON.stringify({ type })}\n`);
    let bytes = 0;
    const counted = new Transform({
      transform(chunk: Buffer, _, done) {
        watcher.moved((bytes += chunk.length));
        done(null, chunk);
      },
    });
    await pipeline(body, counted, socket);
  } finally {
    body.destroy();
  }
}
