/**
 * Calls to one host over gRPC. The host's identity is checked, every call has a deadline, and every failure is a
 * CopaError that names the pool.
 */
import type { ClientDuplexStream, ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { once } from 'node:events';
import type { CopaError } from '../../common/errors.js';
import { outcomeOf, timed } from '../../common/observability/metrics.js';
import { currentRequestId } from '../../common/observability/request-id.js';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import { agentCalls, agentStreams } from '../observability/metrics.js';
import { CallErrors, noLimits } from './call-errors.js';
import { connectorOf, type Endpoint } from './channel.js';
import { Connection } from './connection.js';
import { metadataOf } from './metadata.js';
import {
  definitionOf,
  type AgentCaller,
  type CallOptions,
  type ReplyOf,
  type RequestOf,
  type StreamingMethod,
  type UnaryMethod,
} from './methods.js';
import { UnaryCalls } from './unary-calls.js';

interface StreamOptions<Event> {
  readonly onEvent: (event: Event) => void;
  readonly signal?: AbortSignal;
  /** Without a deadline, the stream lasts as long as its work. Keepalive detects a lost peer. */
  readonly deadlineMs?: number;
  /**
   * Fails as soon as no agent, or something else, answers. It makes no further attempt until the next call. Other
   * calls wait for a connection.
   */
  readonly impatient?: boolean;
}

/** A bidirectional call with flow control. */
export interface BidiCall<Input, Output> {
  /** Resolves when more may be sent. */
  send(message: Input): Promise<void>;
  /** Ends when the agent has ended the call. Throws the call's CopaError. */
  readonly replies: AsyncIterable<Output>;
  /** Ends the call, also on the host. */
  readonly cancel: () => void;
}

/** What a migration needs of a host. */
export type HostCalls = Pick<AgentClient, 'pool' | 'address' | 'call' | 'stream'>;

/** Time limit for connecting: long enough for a host that restarts, short enough to report a dead one soon. */
const connectMsMax = 3000;

export class AgentClient implements AgentCaller {
  readonly pool: string;
  /** IP:PORT. */
  readonly address: string;
  readonly #check: () => void;
  readonly #errors: CallErrors;
  readonly #connection: Connection;
  readonly #unary: UnaryCalls;

  /** Connects with the first call, which waits up to `connectMs`. */
  constructor(endpoint: Endpoint, tlsIdentity: TlsIdentity, connectMs = connectMsMax) {
    this.pool = endpoint.pool;
    this.address = endpoint.address;
    this.#check = endpoint.check ?? (() => undefined);
    const where = `pool "${this.pool}" at ${this.address}`;
    this.#errors = new CallErrors(where);
    this.#connection = new Connection({
      connector: connectorOf(endpoint, tlsIdentity),
      where,
      connectMs,
      probe: (deadlineMs) => this.#unary.single('DescribeHost', {}, currentRequestId(), { deadlineMs }),
    });
    this.#unary = new UnaryCalls(this.#connection, this.#errors);
  }

  /** Calls a unary method. Throws the agent's error, or `unavailable` when the agent does not answer. */
  async call<M extends UnaryMethod>(
    method: M,
    request: RequestOf<M>,
    options: CallOptions,
  ): Promise<ReplyOf<M>> {
    const id = currentRequestId();
    return timed(agentCalls, { method }, async () => {
      if (method !== 'DescribeIdentity') this.#check();
      await this.#connection.ready();
      return this.#unary.call(method, request, id, options);
    });
  }

  /** Follows a call's events. Settles when the agent ends the stream, or with the error that broke it. */
  async stream<M extends StreamingMethod>(
    method: M,
    request: RequestOf<M>,
    { onEvent, signal, deadlineMs, impatient }: StreamOptions<ReplyOf<M>>,
  ): Promise<void> {
    const metadata = metadataOf();
    this.#check();
    await this.#connection.ready(impatient);
    const { path, requestSerialize, responseDeserialize } = definitionOf(method);
    const deadline = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
    await new Promise<void>((resolve, reject) => {
      if (signal?.aborted) {
        reject(this.#errors.cancelled(method));
        return;
      }
      const events: ClientReadableStream<ReplyOf<M>> = this.#connection.client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        deadline,
      );
      const ended = this.#connection.begun(() => events.cancel(), signal);
      events.on('data', onEvent);
      events.on('error', (error) => {
        ended();
        const failure = this.#errors.of(method, error as ServiceError, { deadlineMs, signal });
        agentStreams.inc({ method, outcome: outcomeOf(failure) });
        reject(failure);
      });
      events.on('end', () => {
        ended();
        agentStreams.inc({ method, outcome: 'ok' });
        resolve();
      });
    });
  }

  /** Opens the call of an exec session. It lasts until either side ends it. */
  async exec(): Promise<BidiCall<RequestOf<'Exec'>, ReplyOf<'Exec'>>> {
    const metadata = metadataOf();
    this.#check();
    await this.#connection.ready();
    const { path, requestSerialize, responseDeserialize } = definitionOf('Exec');
    const { client } = this.#connection;
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
    const ended = this.#connection.begun(() => call.cancel(), undefined);
    call.once('close', ended);
    // The iterator over the replies throws errors.
    call.on('error', ended);
    const failure = (error: unknown) => this.#errors.of('Exec', error as ServiceError, noLimits);
    return {
      send: async (message) => {
        if (call.destroyed || call.write(message)) return;
        await Promise.race([once(call, 'drain'), once(call, 'close')]).catch(() => undefined);
      },
      replies: repliesOf(call, failure),
      cancel: () => call.cancel(),
    };
  }

  /** Ends the connection; the next call checks the host's certificate again. */
  reconnect(): void {
    this.#connection.reconnect();
  }

  /** Closes the connection. Current and later calls fail with `unavailable`. */
  close(): void {
    this.#connection.close();
  }
}

/** The agent's replies of a call, and the error that ends it. */
async function* repliesOf<Reply>(
  call: ClientDuplexStream<never, Reply>,
  failure: (error: unknown) => CopaError,
): AsyncGenerator<Reply> {
  try {
    for await (const reply of call as AsyncIterable<Reply>) yield reply;
  } catch (error) {
    throw failure(error);
  }
}
