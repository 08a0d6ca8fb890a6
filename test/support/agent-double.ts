/** A host's agent without a host: real gRPC with real mutual TLS, and one function for each method. */
import {
  Server,
  ServerCredentials,
  type handleServerStreamingCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { UnaryCall } from '../../agent/grpc/calls.js';
import { Multiplexer } from '../../agent/grpc/multiplexer.js';
import { grpcErrorOf, type GrpcError } from '../../common/net/grpc-errors.js';
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

  private constructor(answers: Answers, streams: Streams, multiplexes: boolean) {
    const unary = Object.entries(answers).map(([method, answer]) => [
      method,
      this.#unary(method, answer as (request: unknown) => unknown),
    ]);
    const single = Object.fromEntries(unary) as object;
    const multiplexer = new Multiplexer(single);
    const shared = { Multiplex: (stream: Parameters<Multiplexer['serve']>[0]) => multiplexer.serve(stream) };
    const service = { ...single, ...(multiplexes ? shared : {}), ...streams } as UntypedServiceImplementation;
    this.#server.addService(agentService, service);
  }

  /** Listens on a free port, or on the one given. */
  static async start(
    credentials: Credentials,
    answers: Answers,
    {
      port = 0,
      streams = {},
      multiplexes = true,
    }: { port?: number; streams?: Streams; multiplexes?: boolean } = {},
  ): Promise<AgentDouble> {
    const double = new AgentDouble(answers, streams, multiplexes);
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

  /** As for a killed process: every connection breaks at once. */
  kill(): void {
    this.#server.forceShutdown();
  }

  #unary(method: string, answer: (request: unknown) => unknown) {
    return (call: UnaryCall<unknown>, callback: (error: GrpcError | null, reply?: unknown) => void): void => {
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
