/** The channel to one host: how often it is tried and asked whether it lives, its TLS, and who has to answer there. */
import {
  Client,
  credentials as channelCredentials,
  type ChannelCredentials,
  type ChannelOptions,
} from '@grpc/grpc-js';
import { createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';
import { messageOf } from '../../common/errors.js';
import { identityUri, sameIdentity } from '../../common/pki/identity.js';
import { replyBytesMax, requestBytesMax } from '../../proto/loader.js';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import { handshake } from './internals/tls-handshake.js';
import './internals/stream-decoder.js';

const channelOptions: ChannelOptions = {
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_receive_message_length': replyBytesMax,
  'grpc.max_send_message_length': requestBytesMax,
  'grpc.default_authority': 'copa-agent',
  // A connection of its own, that ends with this client.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  // Books that nobody reads.
  'grpc.enable_channelz': 0,
  'grpc.service_config_disable_resolution': 1,
};

/**
 * How often it is asked whether a silent connection still lives, which is also how long the answer may take, and how
 * soon a broken one is tried again at the latest: 5 s and 1 s, but less often in a fleet of thousands, so that all of
 * them together cause some 250 questions and a thousand attempts a second at most. The former is for calls without a
 * deadline alone, as a host that dies is noticed by its silence (inventory/host-watch.ts).
 */
function paceOf(pools: number): { readonly keepaliveMs: number; readonly reconnectMsMax: number } {
  return {
    keepaliveMs: Math.min(20_000, Math.max(5_000, 4 * pools)),
    reconnectMsMax: Math.min(5_000, Math.max(1_000, pools)),
  };
}

/** Makes channels to a pool's host at an address, one of `pools`, that connect when they are asked to. */
export function connectable(
  pool: string,
  address: string,
  tlsIdentity: TlsIdentity,
  pools: number,
): () => Client {
  const { keepaliveMs, reconnectMsMax } = paceOf(pools);
  const options = {
    ...channelOptions,
    'grpc.keepalive_time_ms': keepaliveMs,
    // Counted in time, so a controller that is kept from reading for so long takes living hosts for dead.
    'grpc.keepalive_timeout_ms': keepaliveMs,
    'grpc.max_reconnect_backoff_ms': reconnectMsMax,
    'grpc.ssl_target_name_override': tlsNameOf(pool),
  };
  // With its scheme, as every target without one costs a resolver of names, with memory and files of its own.
  return () => new Client(`ipv4:${address}`, channelCredentialsFor(tlsIdentity), options);
}

/** What TLS calls a pool's agent. The certificate names a pool, not a host; this only carries the name to its check. */
const tlsNameOf = (pool: string) => `${tlsNamePrefix}${pool}`;
const tlsNamePrefix = 'agent.';

/** One for all hosts: made anew for each connection, contexts are most of what a handshake and a connection cost. */
const credentialsByStanding = new WeakMap<TlsIdentity, ChannelCredentials>();

function channelCredentialsFor(tlsIdentity: TlsIdentity): ChannelCredentials {
  const known = credentialsByStanding.get(tlsIdentity);
  if (known) return known;
  const secureContext = secureContextOf(tlsIdentity);
  const made = channelCredentials.createFromSecureContext(secureContext);
  const checkServerIdentity = (tlsName: string, certificate: PeerCertificate) => {
    const expected = { role: 'agent', name: tlsName.slice(tlsNamePrefix.length) } as const;
    try {
      const answered = tlsIdentity.authenticate(certificate);
      if (sameIdentity(answered, expected)) return undefined;
      return new Error(`${identityUri(answered)} answers there, not ${identityUri(expected)}`);
    } catch (error) {
      return new Error(messageOf(error));
    }
  };
  const usual = made._createSecureConnector.bind(made);
  made._createSecureConnector = (target, options, callCredentials) => {
    const connector = usual(target, options, callCredentials);
    const servername = String(options['grpc.ssl_target_name_override']);
    // A closed channel may have one attempt left to make, and nobody would end the connection that came of it.
    const channel = { isClosed: false };
    const refuseIfClosed = () => {
      if (channel.isClosed) throw new Error('nobody wants this connection any more');
    };
    connector.destroy = () => void (channel.isClosed = true);
    connector.waitForReady = () => Promise.resolve().then(refuseIfClosed);
    connector.connect = async (socket) => {
      refuseIfClosed();
      const secured = await handshake(socket, { secureContext, servername, checkServerIdentity });
      refuseIfClosed();
      return { socket: secured, secure: true };
    };
    return connector;
  };
  credentialsByStanding.set(tlsIdentity, made);
  return made;
}

/**
 * What connections begin with. A new certificate of ours counts from the next connection on; calls under way go on:
 * each connection takes the inside that is there when it begins.
 */
function secureContextOf(tlsIdentity: TlsIdentity): SecureContext {
  const made = () => {
    if (!tlsIdentity.isReady) return createSecureContext();
    const { ca, cert, key } = tlsIdentity.credentials;
    return createSecureContext({ ca, cert, key });
  };
  const shared = made();
  tlsIdentity.onChange(() => {
    shared.context = made().context as unknown;
  });
  return shared;
}
