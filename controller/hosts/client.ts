/**
 * One host over gRPC: who answers there is checked, every call has a deadline, and what goes wrong comes
 * back as a CopaError that names the pool.
 */
import {
  Metadata,
  status,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ServiceError,
} from '@grpc/grpc-js';
import { once } from 'node:events';
import type { MethodDefinition } from '@grpc/proto-loader';
import { codeOfGrpcStatus, CopaError } from '../../common/errors.js';
import { grpcErrorOf } from '../../common/net/grpc-errors.js';
import type { AgentDefinition } from '../../proto/gen/copa/agent/v1/Agent.js';
import type { Question } from '../../proto/gen/copa/agent/v1/Question.js';
import { agentService } from '../../proto/loader.js';
import { outcomeOf, timed } from '../../common/observability/metrics.js';
import { currentRequestId, requestIdHeader } from '../../common/observability/request-id.js';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import { agentCalls, agentStreams } from '../observability/metrics.js';
import { connectable } from './channel.js';
import { Connection } from './connection.js';
import { CallErrors, noLimits } from './call-errors.js';
import { MultiplexedCalls } from './multiplexed-calls.js';

/** The methods of the contract, without the index signature that the generated types add. */
type Methods = {
  [M in keyof AgentDefinition as string extends M ? never : number extends M ? never : M]: AgentDefinition[M];
};
export type StreamingMethod = 'ReceiveCopy' | 'SendCopy' | 'Watch' | 'WatchUsage';
export type UnaryMethod = Exclude<keyof Methods, StreamingMethod | 'Exec' | 'Ask'>;

export type RequestOf<M extends keyof Methods> = Parameters<Methods[M]['requestSerialize']>[0];
export type ReplyOf<M extends keyof Methods> = ReturnType<Methods[M]['responseDeserialize']>;

export interface CallOptions {
  /** From the moment that the host is connected. */
  readonly deadlineMs: number;
  /** Aborting ends the call with `cancelled`; the host may carry on. */
  readonly signal?: AbortSignal;
}

interface StreamOptions<Event> {
  readonly onEvent: (event: Event) => void;
  readonly signal?: AbortSignal;
  /** None: the stream takes as long as its work; keepalive notices a peer that is gone. */
  readonly deadlineMs?: number;
  /**
   * Fails as soon as nobody is there, or not the right one, and leaves the host alone until it is asked for again;
   * other calls wait for that to change.
   */
  readonly impatient?: boolean;
}

/** A call in which both sides speak, each at the pace of the other. */
export interface BidiCall<Input, Output> {
  /** Resolves when more may be said. */
  say(message: Input): Promise<void>;
  /** Ends when the agent has ended the call; throws the CopaError that it ended with. */
  readonly replies: AsyncIterable<Output>;
  /** The agent ends what was going on. */
  readonly cancel: () => void;
}

/** What services need of a host; a test's double is one function. */
export interface AgentCaller {
  call<M extends UnaryMethod>(method: M, request: RequestOf<M>, options: CallOptions): Promise<ReplyOf<M>>;
}

/** What a migration needs of a host. */
export type HostCalls = Pick<AgentClient, 'pool' | 'address' | 'call' | 'stream'>;

/** How long a host may take to be connected: a just restarted one is back, a dead one is told soon. */
const connectMsMax = 3000;
/** Who was asked so lately is likely to be asked again; for one question a multiplexed call is not worth its opening. */
const oftenMs = 1_000;
/** How long an agent is left alone with questions that it did not know; by then it may have been updated. */
const olderMs = 60_000;

export class AgentClient implements AgentCaller {
  readonly #where: string;
  readonly #failures: CallErrors;
  readonly #connection: Connection;
  /** Made with the first question. */
  #questions: MultiplexedCalls | undefined;
  #askedAt = -Infinity;
  /** From when on the agent may be asked over the multiplexed call. */
  #asksFrom = 0;

  /**
   * `address` is IP:PORT, of IPv4. Connects with the first call, which waits `connectMs` for that; `pools` is how
   * many hosts there are.
   */
  constructor(
    readonly pool: string,
    readonly address: string,
    tlsIdentity: TlsIdentity,
    connectMs = connectMsMax,
    pools = 1,
  ) {
    this.#where = `pool "${pool}" at ${address}`;
    this.#failures = new CallErrors(this.#where);
    this.#connection = new Connection({
      connectable: connectable(pool, address, tlsIdentity, pools),
      where: this.#where,
      connectMs,
      probe: (deadlineMs) => this.#unary('DescribeHost', {}, metadataOf(), { deadlineMs }),
    });
  }

  /** One whole action on the host. Throws what the agent says, or `unavailable` when it does not answer. */
  async call<M extends UnaryMethod>(
    method: M,
    request: RequestOf<M>,
    options: CallOptions,
  ): Promise<ReplyOf<M>> {
    const id = currentRequestId();
    return timed(agentCalls, { method }, async () => {
      await this.#connection.ready();
      const asked = options.signal ? undefined : askedBy(method, request);
      if (asked && this.#isAskedOften()) {
        const reply = await this.#ask(method, { requestId: id ?? '', ...asked }, options.deadlineMs);
        if (reply) return reply;
        this.#asksFrom = performance.now() + olderMs;
      }
      return this.#unary(method, request, metadataOf(id), options);
    });
  }

  /** Follows a call's events; settles when the agent ends the stream, or with the error that broke it. */
  async stream<M extends StreamingMethod>(
    method: M,
    request: RequestOf<M>,
    { onEvent, signal, deadlineMs, impatient }: StreamOptions<ReplyOf<M>>,
  ): Promise<void> {
    const metadata = metadataOf();
    await this.#connection.ready(impatient);
    const { path, requestSerialize, responseDeserialize } = definitionOf(method);
    const deadline = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
    await new Promise<void>((resolve, reject) => {
      if (signal?.aborted) {
        reject(this.#failures.cancelled(method));
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
        const told = this.#failures.of(method, error as ServiceError, { deadlineMs, signal });
        agentStreams.inc({ method, outcome: outcomeOf(told) });
        reject(told);
      });
      events.on('end', () => {
        ended();
        agentStreams.inc({ method, outcome: 'ok' });
        resolve();
      });
    });
  }

  /** Opens a terminal's call; it lasts until either side ends it. */
  async converse(): Promise<BidiCall<RequestOf<'Exec'>, ReplyOf<'Exec'>>> {
    const metadata = metadataOf();
    await this.#connection.ready();
    const call = this.#talk('Exec', metadata);
    const failure = (error: unknown) => this.#failures.of('Exec', error as ServiceError, noLimits);
    return {
      say: async (message) => {
        if (call.destroyed || call.write(message)) return;
        await Promise.race([once(call, 'drain'), once(call, 'close')]).catch(() => undefined);
      },
      replies: told(call, failure),
      cancel: () => call.cancel(),
    };
  }

  #talk<M extends 'Exec' | 'Ask'>(
    method: M,
    metadata: Metadata,
  ): ClientDuplexStream<RequestOf<M>, ReplyOf<M>> {
    const { path, requestSerialize, responseDeserialize } = definitionOf(method);
    const call = this.#connection.client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadata,
    );
    const ended = this.#connection.begun(() => call.cancel(), undefined);
    call.once('close', ended);
    // Each failure is told where the replies are read.
    call.on('error', ended);
    return call;
  }

  /** Ends the connection; calls under way and later ones fail with `unavailable`. */
  close(): void {
    this.#connection.close();
  }

  /** Whether the last short question was put a moment ago, to an agent that answers such over the multiplexed call. */
  #isAskedOften(): boolean {
    const now = performance.now();
    const isOften = now < this.#askedAt + oftenMs;
    this.#askedAt = now;
    return isOften && now >= this.#asksFrom;
  }

  #asking(): MultiplexedCalls {
    return new MultiplexedCalls(({ onAnswer, onEnd }) =>
      this.#talk('Ask', new Metadata())
        .on('data', onAnswer)
        .on('error', onEnd)
        .on('end', () => onEnd(new CopaError('unavailable', `${this.#where}: the agent ended Ask`))),
    );
  }

  /** Undefined when the agent does not know such questions. */
  async #ask<M extends UnaryMethod>(
    method: M,
    question: Omit<Question, 'id'>,
    deadlineMs: number,
  ): Promise<ReplyOf<M> | undefined> {
    const late = () => this.#failures.late(method, deadlineMs);
    let failed;
    try {
      const { told, failure, ...replies } = await (this.#questions ??= this.#asking()).ask(
        question,
        deadlineMs,
        late,
      );
      if (!told || failure?.status === status.UNIMPLEMENTED) return undefined;
      if (!failure) {
        if (told in question) return replies[told as keyof typeof replies] as ReplyOf<M>;
        throw new CopaError('internal', `${this.#where}: the agent answered something else than ${method}`);
      }
      failed = grpcErrorOf(new CopaError(codeOfGrpcStatus(failure.status), failure.message));
    } catch (error) {
      if (error instanceof CopaError) throw error;
      failed = error;
    }
    if ((failed as ServiceError).code === status.UNIMPLEMENTED) return undefined;
    throw this.#failures.of(method, failed as ServiceError, { deadlineMs, signal: undefined });
  }

  #unary<M extends UnaryMethod>(
    method: M,
    request: RequestOf<M>,
    metadata: Metadata,
    { deadlineMs, signal }: CallOptions,
  ): Promise<ReplyOf<M>> {
    const { path, requestSerialize, responseDeserialize } = definitionOf(method);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(this.#failures.cancelled(method));
        return;
      }
      const call = this.#connection.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        { deadline: Date.now() + deadlineMs },
        (error, reply) => {
          ended();
          if (error) reject(this.#failures.of(method, error, { deadlineMs, signal }));
          else if (reply === undefined) reject(new Error(`${method} ended without a reply`));
          else resolve(reply);
        },
      );
      const ended = this.#connection.begun(() => call.cancel(), signal);
    });
  }
}

/** Says to the agent for which request this is, so that its log can be searched for it, too; asked for before any wait. */
function metadataOf(id = currentRequestId()): Metadata {
  const metadata = new Metadata();
  if (id !== undefined) metadata.set(requestIdHeader, id);
  return metadata;
}

/** A short question, as it is asked over the multiplexed call; what may be long has a call of its own, to be in nobody's way. */
function askedBy<M extends UnaryMethod>(
  method: M,
  request: RequestOf<M>,
): Pick<Question, 'listContainers' | 'getInformation'> | undefined {
  if (method === 'ListContainers') return { listContainers: {} };
  const { container } = request as RequestOf<'GetInformation'>;
  return method === 'GetInformation' && container ? { getInformation: { container } } : undefined;
}

/** What the agent says in a call, and how it ends. */
async function* told<Reply>(
  call: ClientDuplexStream<never, Reply>,
  failure: (error: unknown) => CopaError,
): AsyncGenerator<Reply> {
  try {
    for await (const reply of call as AsyncIterable<Reply>) yield reply;
  } catch (error) {
    throw failure(error);
  }
}

/** The method as grpc-js wants it; the types in gen/ were made from the same file. */
function definitionOf<M extends keyof Methods>(method: M) {
  return agentService[method] as unknown as MethodDefinition<RequestOf<M>, never, never, ReplyOf<M>>;
}
