/**
 * The way round, for agents that cannot reach each other while the controller reaches both: it opens the
 * stream's channels on either side and joins them. It sees the bytes, and understands none of them.
 */
import { pipeline } from 'node:stream/promises';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import { openChannel, type ChannelName } from '../../common/net/stream-channel.js';

export interface StreamEnd {
  readonly pool: string;
  readonly address: string;
}

/** What migrations need of a relay. */
export type StreamRelay = Pick<Relay, 'probe' | 'join'>;

export class Relay {
  constructor(private readonly tlsIdentity: TlsIdentity) {}

  /** Whether this controller reaches a stream port. Throws what `openChannel` throws. */
  async probe(end: StreamEnd): Promise<void> {
    (await this.#open(end, '', 'probe')).destroy();
  }

  /**
   * Joins the channels of one pass and returns when they are open; from then on the agents themselves
   * notice and tell a break. Throws what `openChannel` throws.
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
      // A break of one end ends the other: the pipeline destroys both.
      else void pipeline(one, other, one).catch(() => undefined);
    }
    if (failed) throw failed.reason;
  }

  #open({ pool, address }: StreamEnd, ticket: string, channel: ChannelName | 'probe') {
    return openChannel(address, { role: 'agent', name: pool }, this.tlsIdentity, { ticket, channel });
  }
}
