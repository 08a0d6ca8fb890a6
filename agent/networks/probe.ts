/**
 * Whether packets of a size reach an address, without a program there: the kernel answers a packet to a port on which
 * nobody listens. The packet is sent whole, so it arrives only if each link on the way carries it.
 */
import { createSocket } from 'node:dgram';

/** The port of `discard`, which nothing uses. */
const port = 9;
const headerBytes = 28;
const waitMs = 400;

/** Sends up to `tries` packets of so many bytes, headers included. */
export async function reaches(address: string, packetBytes: number, tries = 3): Promise<boolean> {
  for (let at = 0; at < tries; at++) if (await isAnswered(address, packetBytes - headerBytes)) return true;
  return false;
}

function isAnswered(address: string, bytes: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const end = (isThere: boolean) => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => undefined);
      socket.close();
      resolve(isThere);
    };
    const timer = setTimeout(() => end(false), waitMs);
    // Refused is an answer. Anything else, as no route, is none.
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'));
    socket.on('message', () => end(true));
    socket.connect(port, address, () => socket.send(Buffer.alloc(Math.max(0, bytes))));
  });
}
