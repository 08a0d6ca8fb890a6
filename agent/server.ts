/** The agent's gRPC port. What its calls do is in `service/`, by noun. */
import { experimental, Server } from '@grpc/grpc-js';
import type { AgentHandlers } from '../proto/gen/copa/agent/v1/Agent.js';
import { agentService, messageBytesMax } from '../proto/load.js';
import { GrpcCredentials } from '../proto/standing.js';
import { Calls } from './service/calls.js';
import { containerCalls } from './service/containers.js';
import { hostCalls } from './service/host.js';
import { migrationCalls } from './service/migration.js';
import type { AgentParts } from './service/parts.js';

export class AgentServer {
  readonly #server: Server;

  constructor(private readonly parts: AgentParts) {
    this.#server = new Server({
      'grpc.max_receive_message_length': messageBytesMax,
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 5_000,
    });
    const calls = new Calls(parts.log);
    const handlers: AgentHandlers = {
      ...hostCalls(calls, parts),
      ...containerCalls(calls, parts),
      ...migrationCalls(calls, parts),
    };
    this.#server.addService(agentService, handlers);
  }

  /** Listens with mutual TLS: a caller without a certificate of our CA does not get past the handshake. */
  async listen(address: string): Promise<number> {
    // A new certificate of ours counts from the next connection on; what is open goes on.
    const own = new GrpcCredentials(this.parts.standing);
    const credentials = experimental.createCertificateProviderServerCredentials(own, own, true);
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port)));
    });
  }

  close(): void {
    this.#server.forceShutdown();
  }
}
