/** A host's agent without a host: real gRPC with real mutual TLS, and one function for each method. */
import {
  Server,
  ServerCredentials,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { grpcErrorOf } from '../../common/net/grpc-errors.js';
import type { TransferEvent } from '../../proto/gen/copa/agent/v1/TransferEvent.js';
import type { Credentials } from '../../common/pki/identity.js';
import { agentService } from '../../proto/loader.js';
import { requestIdHeader } from '../../common/observability/request-id.js';
import type { Answers } from './agents.js';

export type Streams = Readonly<Record<string, handleServerStreamingCall<unknown, TransferEvent>>>;

export class AgentDouble {
  readonly #server = new Server();
  readonly calls: {
    readonly method: string;
    readonly request: unknown;
    readonly requestId: unknown;
    readonly cancelled: () => boolean;
  }[] = [];
  #port = 0;

  private constructor(answers: Answers, streams: Streams) {
    const unary = Object.entries(answers).map(([method, answer]) => [
      method,
      this.#unary(method, answer as (request: unknown) => unknown),
    ]);
    const service = { ...Object.fromEntries(unary), ...streams } as UntypedServiceImplementation;
    this.#server.addService(agentService, service);
  }

  /** Listens on a free port, or on the one given. */
  static async start(
    credentials: Credentials,
    answers: Answers,
    { port = 0, streams = {} }: { port?: number; streams?: Streams } = {},
  ): Promise<AgentDouble> {
    const double = new AgentDouble(answers, streams);
    const key = { private_key: Buffer.from(credentials.key), cert_chain: Buffer.from(credentials.cert) };
    const tls = ServerCredentials.createSsl(Buffer.from(credentials.ca), [key], true);
    double.#port = await new Promise((resolve, reject) =>
      double.#server.bindAsync(`127.0.0.1:${port}`, tls, (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      }),
    );
    return double;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** As a killed process would: every connection breaks at once. */
  kill(): void {
    this.#server.forceShutdown();
  }

  #unary(method: string, answer: (request: unknown) => unknown): handleUnaryCall<unknown, unknown> {
    return (call, callback) => {
      this.calls.push({
        method,
        request: call.request,
        requestId: call.metadata.get(requestIdHeader)[0],
        cancelled: () => call.cancelled,
      });
      Promise.resolve()
        .then(() => answer(call.request))
        .then(
          (reply) => callback(null, reply),
          (error: unknown) => callback(grpcErrorOf(error)),
        );
    };
  }
}
