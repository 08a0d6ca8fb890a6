/** The agent's gRPC server. The handlers in this folder implement the calls. */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { AgentHandlers } from '../../proto/gen/copa/agent/v1/Agent.js';
import { CopaError } from '../../common/errors.js';
import { agentService, frameBytesMax, requestBytesMax } from '../../proto/loader.js';
import { RefusalLog } from '../../common/observability/refusal-log.js';
import { PeerAuthenticator } from '../identity/peer-authenticator.js';
import { Calls } from './calls.js';
import { containerCalls } from './container-handlers.js';
import { hostCalls } from './host-handlers.js';
import { imageCalls } from './image-handlers.js';
import { measurementCalls } from './measurement-handlers.js';
import { trafficCalls } from './traffic-handlers.js';
import { migrationCalls } from './migration-handlers.js';
import { Multiplexer } from './multiplexer.js';
import { networkCalls } from './network-handlers.js';
import type { AgentParts } from './parts.js';

/** Limit on connections from controllers. Each has one or two, and old ones may not have timed out yet. */
const guestsMax = 64;
/**
 * Limit on concurrent calls per connection. It is above the controller's own limit per pool, with terminals and
 * passes included.
 */
const callsMax = 2048;

export class AgentServer {
  readonly #server: Server;
  readonly #authenticator: PeerAuthenticator;
  readonly #refusals: RefusalLog;

  constructor(parts: AgentParts) {
    const { log, tlsIdentity } = parts;
    this.#refusals = new RefusalLog(log, 'call refused');
    this.#server = new Server({
      'grpc.max_receive_message_length': requestBytesMax + frameBytesMax,
      'grpc.max_concurrent_streams': callsMax,
      'grpc.keepalive_time_ms': 10_000,
      // This is elapsed time: an agent that cannot read for this long would disconnect a live controller.
      'grpc.keepalive_timeout_ms': 15_000,
    });
    const calls = new Calls(log, this.#refusals);
    const single = {
      ...hostCalls(calls, parts),
      ...imageCalls(calls, parts),
      ...containerCalls(calls, parts),
      ...migrationCalls(calls, parts),
      ...measurementCalls(calls, parts),
      ...trafficCalls(calls, parts),
      ...networkCalls(calls, parts),
    };
    const multiplexer = new Multiplexer(single);
    const handlers: AgentHandlers = { ...single, Multiplex: (stream) => multiplexer.serve(stream) };
    this.#server.addService(agentService, handlers);
    // The authenticator and TLS have already accepted the connections that gRPC gets.
    const calling = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#authenticator = new PeerAuthenticator(tlsIdentity, log, {
      refusing: 'connection refused',
      guestsMax,
      protocols: ['h2'],
      greet: (socket, certificate) => {
        const peer = tlsIdentity.guard(socket, certificate);
        if (peer.role !== 'controller') {
          throw new CopaError('permission_denied', 'only a controller may command this agent');
        }
        calling.injectConnection(socket);
      },
    });
  }

  /** Listens for controllers and returns the port. Port 0 picks a free one. */
  listen(host: string, port: number): Promise<number> {
    return this.#authenticator.listen(host, port);
  }

  close(): void {
    this.#authenticator.close();
    this.#refusals.close();
    this.#server.forceShutdown();
  }
}
