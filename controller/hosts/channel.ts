/** The gRPC channel to one host: keepalive, reconnects, TLS, and the check of the host's identity. */
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
  // A separate connection per client, so that it ends with the client.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  // Disables channelz, because its records are never read.
  'grpc.enable_channelz': 0,
  'grpc.service_config_disable_resolution': 1,
};

/**
 * The keepalive interval of a silent connection, which is also the time-out of its reply, and the longest pause
 * before a reconnect: 5 s and 1 s. Both grow in a fleet of thousands of hosts, so that all channels together cause at
 * most about 250 probes and a thousand attempts per second. Only calls without a deadline need the probes. A dead
 * host is detected by its missing heartbeats (inventory/host-watch.ts).
 */
function paceOf(pools: number): { readonly keepaliveMs: number; readonly reconnectMsMax: number } {
  return {
    keepaliveMs: Math.min(20_000, Math.max(5_000, 4 * pools)),
    reconnectMsMax: Math.min(5_000, Math.max(1_000, pools)),
  };
}

/** Creates clients of one host. */
export interface Connector {
  /** Creates a client. It connects on its first call. */
  connect(): Client;
  /** Whether the controller's certificate or the CAs have changed since that client was created. */
  isOutdated(client: Client): boolean;
}

export interface Endpoint {
  /** Throws while the host is not trusted yet, for every call but that for its identity. */
  readonly check?: () => void;
  /** The name that the host's certificate must have. */
  readonly pool: string;
  /** IP:PORT. */
  readonly address: string;
  /** The number of hosts. */
  readonly pools: number;
}

export function connectorOf({ pool, address, pools }: Endpoint, tlsIdentity: TlsIdentity): Connector {
  const { keepaliveMs, reconnectMsMax } = paceOf(pools);
  const options = {
    ...channelOptions,
    'grpc.keepalive_time_ms': keepaliveMs,
    // Elapsed time: a controller that cannot read for this long takes live hosts for dead.
    'grpc.keepalive_timeout_ms': keepaliveMs,
    'grpc.max_reconnect_backoff_ms': reconnectMsMax,
    'grpc.ssl_target_name_override': `${tlsNamePrefix}${pool}`,
  };
  const used = new WeakMap<Client, ChannelCredentials>();
  return {
    connect: () => {
      const current = channelCredentialsOf(tlsIdentity);
      // With a scheme, because each target without one creates a name resolver with memory and files of its own.
      const client = new Client(`ipv4:${address}`, current, options);
      used.set(client, current);
      return client;
    },
    isOutdated: (client) => used.get(client) !== channelCredentialsOf(tlsIdentity),
  };
}

/**
 * The server name of agents in TLS. An agent's certificate names a pool and not a host; the server name carries the
 * pool to the check.
 */
const tlsNamePrefix = 'agent.';

/** One secure context for all hosts, because contexts are the largest cost of a connection. */
const credentialsOf = new WeakMap<
  TlsIdentity,
  { readonly from: Credentials | undefined; readonly made: ChannelCredentials }
>();

/** The current secure context. A new certificate applies to new connections. */
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
