/**
 * A test of a link with traffic: one stream between two agents, as a move has it, for some seconds. It runs only when somebody
 * orders it, and a host takes part in one at a time. Nothing is stored.
 */
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { CopaError, messageOf } from '../../common/errors.js';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import type { StreamListener } from '../transport/listener.js';
import { sendingChannels } from '../transport/sending-channels.js';

export const testSecondsMax = 30;
/** How long the stream may take to come, and to end after its time. */
const lateMs = 10_000;
const chunkBytes = 64 * 1024;
/** Of a limited test: how often what is due is sent. */
const tickMs = 5;
const channel = 'fs';

export interface TrafficReceived {
  readonly bytes: number;
  readonly ms: number;
}

export interface ReceiveOrder {
  readonly ticket: string;
  readonly sourcePool: string;
  readonly seconds: number;
}

export interface SendOrder {
  readonly ticket: string;
  readonly destinationPool: string;
  readonly destinationAddress: string;
  readonly seconds: number;
  /** 0: no limit. */
  readonly mbitsMax: number;
}

export class TrafficTests {
  #isBusy = false;

  constructor(
    private readonly pool: string,
    private readonly parts: { readonly listener: StreamListener; readonly identity: TlsIdentity },
  ) {}

  /** `ready` is called when the source may send. Throws `aborted` when a test is in progress, or the stream breaks. */
  receive(order: ReceiveOrder, ready: () => void, signal: AbortSignal): Promise<TrafficReceived> {
    return this.#alone(async () => {
      const peer = { role: 'agent', name: order.sourcePool } as const;
      const coming = this.parts.listener.expect(order.ticket, peer, [channel], { timeoutMs: lateMs, signal });
      ready();
      const socket = (await coming).get(channel) as TLSSocket;
      const timeout = AbortSignal.timeout(order.seconds * 1000 + lateMs);
      return counted(socket, AbortSignal.any([signal, timeout]));
    });
  }

  /** Returns when all is sent. */
  send(order: SendOrder): Promise<void> {
    return this.#alone(async () => {
      // A destination that goes away without a word ends it too.
      const signal = AbortSignal.timeout(order.seconds * 1000 + lateMs);
      const course = { ...order, relayed: false };
      const socket = (await sendingChannels(this.parts, course, [channel], signal)).get(channel) as TLSSocket;
      try {
        await fill(socket, order, signal);
      } catch (cause) {
        throw new CopaError('aborted', `the stream of the test broke: ${messageOf(cause)}`, { cause });
      } finally {
        socket.destroySoon();
      }
    });
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isBusy)
      throw new CopaError('aborted', `pool "${this.pool}" takes part in a test of a link already`);
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }
}

async function counted(socket: TLSSocket, signal: AbortSignal): Promise<TrafficReceived> {
  let bytes = 0;
  let [firstMs, lastMs] = [0, 0];
  socket.on('data', (chunk: Buffer) => {
    lastMs = performance.now();
    if (bytes === 0) firstMs = lastMs;
    bytes += chunk.length;
  });
  try {
    await once(socket, 'end', { signal });
  } catch (cause) {
    throw new CopaError('aborted', `the stream of the test broke: ${messageOf(cause)}`, { cause });
  } finally {
    socket.destroy();
  }
  return { bytes, ms: lastMs - firstMs };
}

async function fill(socket: TLSSocket, { seconds, mbitsMax }: SendOrder, signal: AbortSignal): Promise<void> {
  // Nothing on the way can compress it.
  const chunk = randomBytes(chunkBytes);
  const start = performance.now();
  let sent = 0;
  for (let ms = 0; ms < seconds * 1000; ms = performance.now() - start) {
    const due = mbitsMax === 0 ? chunkBytes : Math.min(chunkBytes, Math.floor(mbitsMax * 125 * ms) - sent);
    if (due <= 0) {
      await delay(tickMs);
      continue;
    }
    sent += due;
    if (!socket.write(chunk.subarray(0, due))) await once(socket, 'drain', { signal });
  }
}
