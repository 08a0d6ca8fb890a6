/**
 * How a gRPC call becomes work: the request's id goes with it, it is counted, and its error becomes a status.
 * There is one method for each shape of a call. Who calls is a controller: the entrance lets in nobody else.
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

/** What no honest controller asks for. */
const suspicious: ReadonlySet<ErrorCode> = new Set(['invalid_argument', 'permission_denied']);

/** Of one multiplexed call, at a time; the next ones are not read before one is answered. */
const readsAtOnceMax = 512;
const methodAsked = { listContainers: 'ListContainers', getInformation: 'GetInformation' } as const;

export class Calls {
  constructor(
    private readonly log: Logger,
    private readonly refusals: Pick<RefusalLog, 'record'>,
  ) {}

  /** A question that many ask at a time: `work` carries its id by hand, which costs less. */
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

  /** A call that changes something, in a work queue; it is not begun when its caller has given it up by its turn. */
  change<Request>(queue: WorkQueue, work: (request: Request) => Promise<void>) {
    return this.unary(async (request: Request, isGone) => {
      await queue.run(() => work(request), isGone);
      return {};
    });
  }

  /** A stream of events that ends when the work does; the work ends by itself, whether or not somebody listens. */
  stream<Request, Event>(work: (call: ServerWritableStream<Request, Event>) => Promise<void>) {
    return (call: ServerWritableStream<Request, Event>): void => {
      this.#untilEnd(call, () => work(call));
    };
  }

  /** A call in which both sides speak; it ends when the work does. */
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

  /** Sends what `follow` emits until the caller leaves; `drained` is called when the caller has read what was sent. */
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
   * Questions over one multiplexed call. Each is answered by itself, as soon as it can be; its id, its time and its
   * failure are noted as those of a call of its own.
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
        const method = question.asked ? methodAsked[question.asked] : 'Ask';
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

/** Aborts when the caller has given the call up, or is gone; also after its end, when it does not matter. */
function abandonment(call: { once(event: 'cancelled', listener: () => void): unknown }): AbortSignal {
  const controller = new AbortController();
  call.once('cancelled', () => controller.abort());
  return controller.signal;
}

/** The id of the request that a call is for, or a new one. */
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
