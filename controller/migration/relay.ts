/**
 * Relays a stream between agents that cannot reach each other but that the controller reaches. It opens the stream's
 * channels on both sides and connects them. It forwards bytes without parsing them.
 */
import { pipeline } from 'node:stream/promises';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import { openChannel, type ChannelName } from '../../common/net/stream-channel.js';

export interface StreamEnd {
  readonly pool: string;
  readonly address: string;
}

/** What migrations use of a relay. */
export type StreamRelay = Pick<Relay, 'probe' | 'join'>;

export class Relay {
  constructor(private readonly tlsIdentity: TlsIdentity) {}

  /** Tests whether this controller reaches a stream port. Throws what `openChannel` throws. */
  async probe(end: StreamEnd): Promise<void> {
    (await this.#open(end, '', 'probe')).destroy();
  }

  /**
   * Connects the channels of one pass and returns when they are open. After that, the agents notice and report a
   * broken connection. Throws what `openChannel` throws.
   */
  async join(ticket: string, channels: readonly ChannelName[], a: StreamEnd, b: StreamEnd): Promise<void> {
    const ends = channels.flatMap((channel) => [a, b].map((end) => this.#open(end, ticket, channel)));
    const opened = await Promise.allSettled(ends);
    const failed = opened.find((each) => each.status === 'rejected');
    const sockets = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    if (failed) {
      // Also the half of a channel whose other half did not come.
      for (const socket of sockets) socket.destroy();
      throw failed.reason;
    }
    for (let at = 0; at < sockets.length; at += 2) {
      const [one, other] = sockets.slice(at);
      // If one end breaks, the pipeline destroys the other, too.
      if (one && other) void pipeline(one, other, one).catch(() => undefined);
    }
  }

  #open({ pool, address }: StreamEnd, ticket: string, channel: ChannelName | 'probe') {
    return openChannel(address, { role: 'agent', name: pool }, this.tlsIdentity, { ticket, channel });
  }
}
