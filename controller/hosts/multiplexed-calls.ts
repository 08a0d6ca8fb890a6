/**
 * Unary calls to one host as frames of one stream. A call in it costs a fraction of the processor time of a separate
 * gRPC call. The stream opens with the first call, and ends when it is unused for some time.
 */
import { Metadata, status, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';
import { grpcErrorFrom, type GrpcError } from '../../common/net/grpc-errors.js';
import type { CallFrame } from '../../proto/gen/copa/agent/v1/CallFrame.js';
import type { ReplyFrame__Output as ReplyFrame } from '../../proto/gen/copa/agent/v1/ReplyFrame.js';

/** How long an unused stream stays open at least. Raising it keeps about 20 KB longer per host. */
const idleMs = 10_000;

type FrameStream = Pick<ClientDuplexStream<CallFrame, ReplyFrame>, 'write' | 'end' | 'on'>;

/** The error of a call, as grpc-js would report it for a separate call. */
export type CallFailure = GrpcError | ServiceError;

interface Pending {
  readonly resolve: (reply: Buffer) => void;
  readonly reject: (failure: CallFailure) => void;
}

interface Frame {
  readonly method: string;
  readonly request: Buffer;
  readonly requestId: string | undefined;
}

/** A call in progress. */
export interface MultiplexedCall {
  /** Rejects with a `CallFailure`. */
  readonly reply: Promise<Buffer>;
  /** Cancels the call on both sides. There is no reply. */
  readonly cancel: () => void;
}

export class MultiplexedCalls {
  #stream: OpenStream | undefined;
  #lastId = 0;

  /** `open` opens a stream. The stream's events report its errors and its end. */
  constructor(private readonly open: () => FrameStream) {}

  begin({ method, request, requestId = '' }: Frame): MultiplexedCall {
    const stream = this.#stream?.isOpen ? this.#stream : (this.#stream = new OpenStream(this.open()));
    const id = (this.#lastId = (this.#lastId + 1) >>> 0);
    return stream.begin(id, { method, request, requestId });
  }
}

/** One stream, from its opening to its end. */
class OpenStream {
  isOpen = true;
  readonly #pending = new Map<number, Pending>();
  #wasUsed = false;
  readonly #idle: NodeJS.Timeout;

  constructor(private readonly stream: FrameStream) {
    stream.on('data', (frame: ReplyFrame) => this.#settle(frame));
    stream.on('error', (error) => this.#fail(error as ServiceError));
    stream.on('end', () => this.#fail(endedByAgent));
    this.#idle = setInterval(() => this.#endIfIdle(), idleMs).unref();
  }

  begin(id: number, frame: Omit<CallFrame, 'id'>): MultiplexedCall {
    this.#wasUsed = true;
    const reply = new Promise<Buffer>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.stream.write({ id, ...frame });
    const cancel = () => {
      if (this.#pending.delete(id) && this.isOpen) this.stream.write({ id });
    };
    return { reply, cancel };
  }

  #settle(frame: ReplyFrame): void {
    const pending = this.#pending.get(frame.id);
    // Undefined when the reply and the cancellation have crossed.
    this.#pending.delete(frame.id);
    if (frame.failure) pending?.reject(grpcErrorFrom(frame.failure));
    else pending?.resolve(frame.reply ?? Buffer.alloc(0));
  }

  #fail(failure: CallFailure): void {
    this.isOpen = false;
    clearInterval(this.#idle);
    for (const { reject } of this.#pending.values()) reject(failure);
    this.#pending.clear();
  }

  #endIfIdle(): void {
    if (!this.#wasUsed && this.#pending.size === 0) {
      this.isOpen = false;
      clearInterval(this.#idle);
      this.stream.end();
    }
    this.#wasUsed = false;
  }
}

const endedByAgent: CallFailure = {
  code: status.CANCELLED,
  details: 'the agent ended the stream of calls',
  metadata: new Metadata(),
};
