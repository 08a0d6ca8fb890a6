/**
 * The handshake of a migration stream, shared by agents and by a controller that relays.
 *
 * Each channel of a transfer (control, fs, criu) is a TCP connection of its own with mutual TLS 1.3, so that a full
 * disk behind one never blocks another. The connecting side sends one line of JSON, `{"ticket": "...", "channel":
 * "fs"}`. The other side answers `{"ok": true}` or `{"error": "..."}`. After that both send frames
 * (agent/transport/frames.ts). A ticket opens each channel once. The channel "probe" needs no ticket and is closed
 * after the reply. With `"full": true`, both sides first send so much data that packets have their full size.
 *
 * gRPC is not used here: it costs about 2.5 times the CPU for bulk data.
 */
import { connect, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { CopaError, messageOf } from '../errors.js';
import { parseAddress } from './address.js';
import { identityUri, sameIdentity, type Credentials, type Identity } from '../pki/identity.js';
import type { TlsIdentity } from '../pki/tls-identity.js';

export type ChannelName = 'control' | 'fs' | 'criu';

/** The channels of a transfer. A stateful transfer has one more. */
export function channelsOf(live: boolean): readonly ChannelName[] {
  return live ? ['control', 'fs', 'criu'] : ['control', 'fs'];
}

export interface Hello {
  readonly ticket: string;
  readonly channel: ChannelName | 'probe';
  /** A probe that tests packets of full size. */
  readonly full?: boolean;
}

/** Limit on the line that either side reads. */
export const lineBytesMax = 1024;

/** The bytes that a probe for packets of full size sends in each direction: more than the largest packet. */
const fullSizeBytes = 128 * 1024;
const fullSizeTimeoutMs = 6_000;

/** The time limit of connecting, the handshake and the reply together. */
const openTimeoutMs = 8_000;

/** AES-128 first, because it is the fastest TLS 1.3 cipher in hardware. */
export function streamTlsOptions({ ca, cert, key }: Credentials): SecureContextOptions {
  return {
    ca,
    cert,
    key,
    minVersion: 'TLSv1.3',
    ciphers: 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256',
  };
}

/**
 * Opens one channel to the stream port at `address` ("10.0.0.2:8002"), only to the peer `expected`. Throws
 * `unavailable` when nothing answers there, `permission_denied` when another peer answers or the peer refuses.
 */
export async function openChannel(
  address: string,
  expected: Identity,
  tlsIdentity: TlsIdentity,
  hello: Hello,
): Promise<TLSSocket> {
  const peerAddress = parseAddress(address);
  if (!peerAddress) throw new CopaError('invalid_argument', `${address} is not an IP address and port`);
  const socket = connect({
    ...peerAddress,
    ...streamTlsOptions(tlsIdentity.credentials),
    // The certificate's URI identifies the peer. There is no host name to compare.
    checkServerIdentity: () => undefined,
  });
  socket.setNoDelay(true);
  // Until the channel has an owner there is no other listener, and a reset must not end the process.
  socket.on('error', () => undefined);
  const timer = setTimeout(
    () => socket.destroy(new Error(`no answer within ${openTimeoutMs / 1000} s`)),
    openTimeoutMs,
  );
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    const peer = tlsIdentity.guard(socket, socket.getPeerCertificate());
    if (!sameIdentity(peer, expected)) {
      const who = identityUri(peer);
      throw new CopaError('permission_denied', `${who} answers at ${address}, not ${identityUri(expected)}`);
    }
    socket.write(`${JSON.stringify(hello)}\n`);
    const answer = parseLine(await readLine(socket)) as { ok?: unknown; error?: unknown } | undefined;
    if (answer?.ok !== true) {
      const why = typeof answer?.error === 'string' ? answer.error : 'no reason given';
      throw new CopaError('permission_denied', `${address} refuses the stream: ${why}`);
    }
    return socket;
  } catch (error) {
    socket.destroy();
    if (error instanceof CopaError) throw error;
    throw new CopaError('unavailable', `no stream to ${address}: ${messageOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * On an open probe: sends enough data for packets of full size, and reads as much. Throws `unavailable` when they do
 * not arrive, although the few bytes of the handshake did.
 */
export async function probeFullSize(socket: TLSSocket): Promise<void> {
  try {
    socket.write(Buffer.alloc(fullSizeBytes));
    await takeFullSize(socket);
  } catch (cause) {
    const message = `small packets pass between the agents, packets of full size do not (${messageOf(cause)}): look at the MTU of the networks between them`;
    throw new CopaError('unavailable', message, { cause });
  }
}

/** The other side of such a probe. */
export async function answerFullSize(socket: TLSSocket): Promise<void> {
  await takeFullSize(socket);
  socket.write(Buffer.alloc(fullSizeBytes));
}

async function takeFullSize(socket: TLSSocket): Promise<void> {
  let missing = fullSizeBytes;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`nothing came for ${fullSizeTimeoutMs / 1000} s`)),
      fullSizeTimeoutMs,
    );
    const settle = (act: () => void) => {
      clearTimeout(timer);
      act();
    };
    socket.on('data', (chunk: Buffer) => {
      missing -= chunk.length;
      if (missing <= 0) settle(resolve);
    });
    socket.once('close', () => settle(() => reject(new Error('the other side hung up'))));
  });
}

/** Reads one line and leaves what follows in the socket. Throws when it is too long or the peer disconnects. */
export function readLine(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0);
    const settle = (act: () => void) => {
      socket.off('readable', onReadable).off('end', onEnd).off('error', onError).off('close', onEnd);
      act();
    };
    const onEnd = () => settle(() => reject(new Error('the other side hung up')));
    const onError = (error: Error) => settle(() => reject(error));
    const onReadable = () => {
      const chunk = socket.read() as Buffer | null;
      if (!chunk) return;
      read = Buffer.concat([read, chunk]);
      const end = read.indexOf(10);
      if (end >= 0) {
        settle(() => {
          if (end + 1 < read.length) socket.unshift(read.subarray(end + 1));
          resolve(read.subarray(0, end).toString('utf8'));
        });
      } else if (read.length > lineBytesMax) {
        settle(() => reject(new Error(`a line of more than ${lineBytesMax} bytes`)));
      }
    };
    socket.on('readable', onReadable).once('end', onEnd).once('error', onError).once('close', onEnd);
    onReadable();
  });
}

/** Parses a line's JSON; undefined when it is invalid. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
