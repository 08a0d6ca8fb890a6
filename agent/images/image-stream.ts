/**
 * An image's stream between two agents: one channel, with one line of JSON (`{"type": CONTENT TYPE}`), and then the
 * bytes as the source's daemon exports them. The end of the stream is the end of the image.
 */
import type { TLSSocket } from 'node:tls';
import { CopaError } from '../../common/errors.js';

export const imageChannel = 'fs';

/** A stream ends after this long without bytes, as a pass of a migration does. */
const idleTimeoutMs = 300_000;

export function endIfIdle(socket: TLSSocket): void {
  const message = `no byte of the image has moved for ${idleTimeoutMs / 1000} s`;
  socket.setTimeout(idleTimeoutMs, () => socket.destroy(new CopaError('unavailable', message)));
}
