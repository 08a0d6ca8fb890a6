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
    const opened = await Promise.allSettled(
      channels.map((channel) =>
        Promise.all([this.#open(a, ticket, channel), this.#open(b, ticket, channel)]),
      ),
    );
    const failed = opened.find((each) => each.status === 'rejected');
    for (const each of opened) {
      if (each.status === 'rejected') continue;
      const [one, other] = each.value;
      if (failed) [one, other].forEach((socket) => socket.destroy());
      // If one end breaks, the pipeline destroys the other, too.
      else void pipeline(one, other, one).catch(() => undefined);
    }
    if (failed) throw failed.reason;
  }

  #open({ pool, address }: StreamEnd, ticket: string, channel: ChannelName | 'probe') {
    return openChannel(address, { role: 'agent', name: pool }, this.tlsIdentity, { ticket, channel });
  }
}
