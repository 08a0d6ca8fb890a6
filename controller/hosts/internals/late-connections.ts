/**
 * Uses an undocumented function: `_createSecureConnector` of grpc-js 1.14.
 *
 * Purpose: a channel that is closed while it waits for its next attempt still makes that attempt, and nothing ends
 * the resulting connection. The controller would connect to a removed host. This code refuses the attempt. It does
 * not make anything faster.
 */
import type { ChannelCredentials } from '@grpc/grpc-js';
import { usesInternals } from '../../../common/internals-switch.js';

/** The same credentials. A channel that uses them makes no connection after it was closed. */
export function refusingLateConnections(credentials: ChannelCredentials): ChannelCredentials {
  if (!usesInternals) return credentials;
  const create = credentials._createSecureConnector.bind(credentials);
  credentials._createSecureConnector = (target, options, callCredentials) => {
    const connector = create(target, options, callCredentials);
    const connect = connector.connect.bind(connector);
    const state = { isClosed: false };
    const refuseIfClosed = () => {
      if (state.isClosed) throw new Error('this channel was closed');
    };
    connector.destroy = () => void (state.isClosed = true);
    connector.waitForReady = () => Promise.resolve().then(refuseIfClosed);
    connector.connect = async (socket) => {
      refuseIfClosed();
      const connected = await connect(socket);
      if (state.isClosed) connected.socket.destroy();
      refuseIfClosed();
      return connected;
    };
    return connector;
  };
  return credentials;
}
