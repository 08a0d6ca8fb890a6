/** The channels of a pass from its source: opened to the destination, or accepted from a controller that relays. */
import type { SendCopyRequest__Output } from '../../proto/gen/copa/agent/v1/SendCopyRequest.js';
import { openChannel, type ChannelName } from '../../common/net/stream-channel.js';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import type { Channels, StreamListener } from '../transport/listener.js';

const relayedStreamTimeoutMs = 20_000;

export interface SendingParts {
  readonly listener: StreamListener;
  readonly identity: TlsIdentity;
}

export async function sendingChannels(
  { listener, identity }: SendingParts,
  request: SendCopyRequest__Output,
  names: readonly ChannelName[],
  signal: AbortSignal,
): Promise<Channels> {
  if (request.relayed) {
    return listener.expect(request.ticket, 'controller', names, {
      timeoutMs: relayedStreamTimeoutMs,
      signal,
    });
  }
  const destination = { role: 'agent', name: request.destinationPool } as const;
  const opened = await Promise.allSettled(
    names.map(async (channel) => {
      const hello = { ticket: request.ticket, channel };
      return openChannel(request.destinationAddress, destination, identity, hello);
    }),
  );
  const failed = opened.find((each) => each.status === 'rejected');
  if (failed) {
    for (const each of opened) if (each.status === 'fulfilled') each.value.destroy();
    throw failed.reason;
  }
  return new Map(
    opened.flatMap((each, index) =>
      each.status === 'fulfilled' ? [[names[index] as ChannelName, each.value] as const] : [],
    ),
  );
}
