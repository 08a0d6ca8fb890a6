/** The channel to one host: keepalive, reconnects, TLS, and the identity that the host has to show. */
import {
  Client,
  credentials as channelCredentials,
  type ChannelCredentials,
  type ChannelOptions,
} from '@grpc/grpc-js';
import { createSecureContext, type PeerCertificate } from 'node:tls';
import { messageOf } from '../../common/errors.js';
import { identityUri, sameIdentity, type Credentials } from '../../common/pki/identity.js';
import { frameBytesMax, replyBytesMax, requestBytesMax } from '../../proto/loader.js';
import { refusingLateConnections } from './internals/late-connections.js';
import { releaseBuffersOfMessages } from './internals/stream-decoder.js';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';

releaseBuffersOfMessages();

const channelOptions: ChannelOptions = {
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_receive_message_length': replyBytesMax + frameBytesMax,
  'grpc.max_send_message_length': requestBytesMax + frameBytesMax,
  'grpc.default_authority': 'copa-agent',
  // A connection of its own, which ends with this client.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  // Its records are never read.
  'grpc.enable_channelz': 0,
  'grpc.service_config_disable_resolution': 1,
};

/**
 * How often a silent connection is probed, which is also how long the reply may take, and how soon a broken one is tried
 * again at the latest: 5 s and 1 s, and less often in a fleet of thousands, so that all of them together cause at most
 * some 250 probes and a thousand attempts a second. The probes are for calls without a deadline alone, as a dead host is
 * noticed by its missing heartbeats (inventory/host-watch.ts).
 */
function paceOf(pools: number): { readonly keepaliveMs: number; readonly reconnectMsMax: number } {
  return {
    keepaliveMs: Math.min(20_000, Math.max(5_000, 4 * pools)),
    reconnectMsMax: Math.min(5_000, Math.max(1_000, pools)),
  };
}

/** Makes clients of one host. */
export interface Connector {
  /** A new client, which connects when its channel is asked to. */
  connect(): Client;
  /** Whether our certificate or the CAs have changed since that client was made. */
  isOutdated(client: Client): boolean;
}

export interface Endpoint {
  /** The name that its certificate has to show. */
  readonly pool: string;
  /** IP:PORT. */
  readonly address: string;
  /** How many hosts there are. */
  readonly pools: number;
}

export function connectorOf({ pool, address, pools }: Endpoint, tlsIdentity: TlsIdentity): Connector {
  const { keepaliveMs, reconnectMsMax } = paceOf(pools);
  const options = {
    ...channelOptions,
    'grpc.keepalive_time_ms': keepaliveMs,
    // Counted in time, so a controller that cannot read for so long takes living hosts for dead.
    'grpc.keepalive_timeout_ms': keepaliveMs,
    'grpc.max_reconnect_backoff_ms': reconnectMsMax,
    'grpc.ssl_target_name_override': `${tlsNamePrefix}${pool}`,
  };
  const used = new WeakMap<Client, ChannelCredentials>();
  return {
    connect: () => {
      const current = channelCredentialsOf(tlsIdentity);
      // With its scheme, as every target without one costs a resolver of names, with memory and files of its own.
      const client = new Client(`ipv4:${address}`, current, options);
      used.set(client, current);
      return client;
    },
    isOutdated: (client) => used.get(client) !== channelCredentialsOf(tlsIdentity),
  };
}

/** What TLS calls an agent. Its certificate names a pool, not a host; this carries the name to the check. */
const tlsNamePrefix = 'agent.';

/** One for all hosts: made for each connection, secure contexts are most of what a connection costs. */
const credentialsOf = new WeakMap<
  TlsIdentity,
  { readonly from: Credentials | undefined; readonly made: ChannelCredentials }
>();

/** What connections start with now. A new certificate of ours counts for connections made afterwards. */
function channelCredentialsOf(tlsIdentity: TlsIdentity): ChannelCredentials {
  const from = tlsIdentity.isReady ? tlsIdentity.credentials : undefined;
  const known = credentialsOf.get(tlsIdentity);
  if (known && known.from === from) return known.made;
  const secureContext = createSecureContext(from && { ca: from.ca, cert: from.cert, key: from.key });
  const checkServerIdentity = (tlsName: string, certificate: PeerCertificate) => {
    const expected = { role: 'agent', name: tlsName.slice(tlsNamePrefix.length) } as const;
    try {
      const peer = tlsIdentity.authenticate(certificate);
      if (sameIdentity(peer, expected)) return undefined;
      return new Error(`${identityUri(peer)} answers there, not ${identityUri(expected)}`);
    } catch (error) {
      return new Error(messageOf(error));
    }
  };
  const made = refusingLateConnections(
    channelCredentials.createFromSecureContext(secureContext, { checkServerIdentity }),
  );
  credentialsOf.set(tlsIdentity, { from, made });
  return made;
}
