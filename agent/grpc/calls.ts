/**
 * Adapts gRPC calls to functions: passes the request's id on, counts the call, and converts errors to statuses. There
 * is one method for each shape of call. The peer authenticator has already checked that the caller is a controller.
 */
import type { ServerDuplexStream, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { CopaError, messageOf, type ErrorCode } from '../../common/errors.js';
import type { Answer } from '../../proto/gen/copa/agent/v1/Answer.js';
import type { Question__Output } from '../../proto/gen/copa/agent/v1/Question.js';
import { parseAddress } from '../../common/net/address.js';
import { grpcErrorOf, type GrpcError } from '../../common/net/grpc-errors.js';
import { identityOf, identityUri } from '../../common/pki/identity.js';
import { outcomeOf, timed } from '../../common/observability/metrics.js';
import type { RefusalLog } from '../../common/observability/refusal-log.js';
import {
  carryingRequestId,
  requestIdFrom,
  requestIdHeader,
  withRequestId,
} from '../../common/observability/request-id.js';
import type { WorkQueue } from '../../common/async/work-queue.js';
import { calls, streams } from '../observability/metrics.js';

/** What handlers use of a unary call; gRPC's own has it, and so has one that came in a frame. */
export interface UnaryCall<Request> {
  readonly request: Request;
  /** Its caller has given it up. */
  readonly cancelled: boolean;
  readonly metadata: { get(key: string): unknown[] };
  once(event: 'cancelled', listener: () => void): unknown;
  getPath(): string;
  getPeer(): string;
  getAuthContext(): ReturnType<ServerUnaryCall<unknown, unknown>['getAuthContext']>;
}

type Call =
  UnaryCall<unknown> | ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>;

type Reply = Omit<Answer, 'id'>;

interface Talk<Input, Output> {
  readonly inputs: AsyncIterator<Input, undefined>;
  /** Resolves when more may be written. */
  readonly write: (output: Output) => Promise<void>;
  readonly signal: AbortSignal;
}

/** The errors of requests that no genuine controller sends. */
const suspicious: ReadonlySet<ErrorCode> = new Set(['invalid_argument', 'permission_denied']);

/** Concurrent requests on one multiplexed call. Further ones are read only after a reply. */
const readsAtOnceMax = 512;
const multiplexedMethods = { listContainers: 'ListContainers', getInformation: 'GetInformation' } as const;

export class Calls {
  constructor(
    private readonly log: Logger,
    private readonly refusals: Pick<RefusalLog, 'record'>,
  ) {}

  /** A frequent read. `work` passes the id explicitly, because this costs less. */
  read<Request, Reply>(work: (request: Request) => Promise<Reply>) {
    return this.unary(work, carryingRequestId);
  }

  unary<Request, Reply>(
    work: (request: Request, isGone: () => boolean, gone: () => AbortSignal) => Promise<Reply>,
    under: typeof withRequestId = withRequestId,
  ) {
    return (call: UnaryCall<Request>, answer: (error: GrpcError | null, reply?: Reply) => void): void => {
      const reply = () =>
        work(
          call.request,
          () => call.cancelled,
          () => abandonment(call),
        );
      const id = requestIdOf(call);
      under(id, () => timed(calls, { method: methodOf(call) }, reply)).then(
        (value) => answer(null, value),
        (error: unknown) => answer(carryingRequestId(id, () => this.#status(error, call))),
      );
    };
  }

  /** A change, executed in a work queue. It is skipped if its caller has cancelled before it starts. */
  change<Request>(queue: WorkQueue, work: (request: Request) => Promise<void>) {
    return this.unary(async (request: Request, isGone) => {
      await queue.run(() => work(request), isGone);
      return {};
    });
  }

  /** A stream of events that ends when the work does. The work continues without a reader. */
  stream<Request, Event>(work: (call: ServerWritableStream<Request, Event>) => Promise<void>) {
    return (call: ServerWritableStream<Request, Event>): void => {
      this.#untilEnd(call, () => work(call));
    };
  }

  /** A bidirectional call that ends when the work does. */
  talk<Input, Output>(work: (talk: Talk<Input, Output>) => Promise<void>) {
    return (call: ServerDuplexStream<Input, Output>): void => {
      this.#untilEnd(call, async () => {
        const signal = abandonment(call);
        const write = async (output: Output) => {
          if (!call.write(output)) await once(call, 'drain', { signal });
        };
        const inputs = call[Symbol.asyncIterator]() as AsyncIterator<Input, undefined>;
        await work({ inputs, write, signal });
      });
    };
  }

  /**
   * Sends what `follow` emits until the caller leaves. `drained` is called when the caller has read what was sent.
   */
  watch<Request, Event>(
    follow: (request: Request, send: (event: Event) => boolean) => { drained(): void; close(): void },
  ) {
    return (call: ServerWritableStream<Request, Event>): void => {
      try {
        const follower = follow(call.request, (event) => call.write(event));
        call.on('drain', () => follower.drained());
        call.once('cancelled', () => follower.close());
      } catch (error) {
        call.emit('error', this.#status(error, call));
      }
    };
  }

  /**
   * Requests over one multiplexed call. Each gets its reply as soon as possible, in any order. Its id, duration and
   * error are logged and counted like those of a separate call.
   */
  ask(answerTo: (question: Question__Output) => Promise<Reply>) {
    return (call: ServerDuplexStream<Question__Output, Answer>): void => {
      let underWay = 0;
      const answer = (id: number, reply: Reply) => {
        const over = () => {
          if (underWay-- === readsAtOnceMax) call.resume();
        };
        if (call.writable) call.write({ id, ...reply }, over);
      };
      call.on('data', (question: Question__Output) => {
        if (++underWay === readsAtOnceMax) call.pause();
        const method = question.request ? multiplexedMethods[question.request] : 'Ask';
        const requestId = requestIdFrom(question.requestId);
        carryingRequestId(requestId, () => timed(calls, { method }, () => answerTo(question))).then(
          (reply) => answer(question.id, reply),
          (error: unknown) => {
            const reply = carryingRequestId(requestId, () => this.#status(error, call, method));
            answer(question.id, { failure: { status: reply.code, message: reply.details } });
          },
        );
      });
      call.on('end', () => call.end());
    };
  }

  #untilEnd(
    call: ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
    work: () => Promise<void>,
  ): void {
    const method = methodOf(call);
    const run = async () => {
      await work();
      call.end();
    };
    const id = requestIdOf(call);
    withRequestId(id, run).then(
      () => streams.inc({ method, outcome: 'ok' }),
      (error: unknown) => {
        streams.inc({ method, outcome: outcomeOf(error) });
        call.emit(
          'error',
          carryingRequestId(id, () => this.#status(error, call)),
        );
      },
    );
  }

  #status(error: unknown, call: Call, method = methodOf(call)): GrpcError {
    if (error instanceof CopaError) {
      this.log.debug({ method, code: error.code, reason: error.message }, 'call failed');
      if (suspicious.has(error.code)) {
        const reason = `${method}: ${error.message}`;
        this.refusals.record({
          from: parseAddress(call.getPeer())?.host ?? call.getPeer(),
          who: callerOf(call),
          reason,
        });
      }
    } else {
      this.log.error({ method, err: error, reason: messageOf(error) }, 'bug: unexpected error');
    }
    return grpcErrorOf(error);
  }
}

/**
 * Aborts when the caller has cancelled or disconnected. It also aborts after the call's end, when this has no effect.
 */
function abandonment(call: { once(event: 'cancelled', listener: () => void): unknown }): AbortSignal {
  const controller = new AbortController();
  call.once('cancelled', () => controller.abort());
  return controller.signal;
}

/** The id of the request that a call belongs to, or a new one. */
function requestIdOf(call: Call): string {
  return requestIdFrom(call.metadata.get(requestIdHeader)[0]);
}

function callerOf(call: Call): string | undefined {
  const identity = identityOf(call.getAuthContext().sslPeerCertificate?.subjectaltname);
  return identity && identityUri(identity);
}

function methodOf(call: Call): string {
  return call.getPath().split('/').at(-1) ?? '';
}
