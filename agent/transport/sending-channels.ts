/** The channels of a transfer from its source: opened to the destination, or accepted from a controller that relays. */
import { openChannel, type ChannelName } from '../../common/net/stream-channel.js';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import type { Channels, StreamListener } from './listener.js';

const relayedStreamTimeoutMs = 20_000;

/** Where to, as a controller orders it. */
interface Course {
  readonly ticket: string;
  readonly relayed: boolean;
  readonly destinationPool: string;
  readonly destinationAddress: string;
}

export interface SendingParts {
  readonly listener: StreamListener;
  readonly identity: TlsIdentity;
}

export async function sendingChannels(
  { listener, identity }: SendingParts,
  request: Course,
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
