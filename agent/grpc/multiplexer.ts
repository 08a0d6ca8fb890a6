/**
 * Serves unary calls that come as frames of one stream. The handlers are those of the calls of their own, so a call does
 * the same whichever way it came.
 */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { EventEmitter } from 'node:events';
import { CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import { grpcErrorOf, type GrpcError } from '../../common/net/grpc-errors.js';
import { requestIdHeader } from '../../common/observability/request-id.js';
import type { CallFrame__Output as CallFrame } from '../../proto/gen/copa/agent/v1/CallFrame.js';
import type { ReplyFrame } from '../../proto/gen/copa/agent/v1/ReplyFrame.js';
import { agentService, replyBytesMax } from '../../proto/loader.js';
import type { UnaryCall } from './calls.js';

type FrameStream = ServerDuplexStream<CallFrame, ReplyFrame>;
type Handler = (call: UnaryCall<unknown>, answer: (error: GrpcError | null, reply?: unknown) => void) => void;

interface UnaryMethod {
  readonly definition: MethodDefinition<object, object>;
  readonly handle: Handler;
}

/** Calls in progress on one stream; more than a controller lets in for one pool. */
const callsMax = 2048;

export class Multiplexer {
  readonly #methods: ReadonlyMap<string, UnaryMethod>;

  /** `handlers` may contain those of streams, which are not served here. */
  constructor(handlers: object) {
    const definitions = Object.entries(agentService as unknown as Record<string, UnaryMethod['definition']>);
    this.#methods = new Map(
      definitions.flatMap(([name, definition]) => {
        const handle = (handlers as Record<string, Handler>)[name];
        const isUnary = !definition.requestStream && !definition.responseStream;
        return handle && isUnary ? [[name, { definition, handle }] as const] : [];
      }),
    );
  }

  /** The handler of the stream. */
  serve(stream: FrameStream): void {
    const calls = new Map<number, FramedCall>();
    stream.on('data', (frame: CallFrame) => {
      if (frame.method === '') calls.get(frame.id)?.cancel();
      else this.#begin(frame, stream, calls);
    });
    const cancelAll = () => {
      for (const call of calls.values()) call.cancel();
    };
    stream.once('cancelled', cancelAll);
    stream.once('end', () => {
      cancelAll();
      stream.end();
    });
    // A stream that breaks is cancelled, too.
    stream.on('error', () => undefined);
  }

  #begin(frame: CallFrame, stream: FrameStream, calls: Map<number, FramedCall>): void {
    const { id, method: name } = frame;
    const send = (outcome: Pick<ReplyFrame, 'reply'> | Pick<ReplyFrame, 'failure'>) => {
      if (stream.writable) stream.write({ id, ...outcome });
    };
    const fail = ({ code, details }: GrpcError) => send({ failure: { status: code, message: details } });
    try {
      const { definition, handle } = this.#methodOf(name);
      checkPlace(id, calls);
      const call = new FramedCall(requestOf(frame, definition), frame.requestId, definition.path, stream);
      calls.set(id, call);
      handle(call, (error, reply) => {
        calls.delete(id);
        if (call.cancelled) return;
        if (error) fail(error);
        else send(outcomeOf(name, definition, reply as object));
      });
    } catch (error) {
      fail(grpcErrorOf(error));
    }
  }

  /** Throws `unimplemented` for a caller that is newer than this agent. */
  #methodOf(name: string): UnaryMethod {
    const method = this.#methods.get(name);
    if (!method) throw new CopaError('unimplemented', `there is no method ${shown(name)}`);
    return method;
  }
}

function checkPlace(id: number, calls: ReadonlyMap<number, unknown>): void {
  if (calls.has(id)) throw new CopaError('invalid_argument', `call ${id} is in progress already`);
  if (calls.size >= callsMax) {
    throw new CopaError('resource_exhausted', `${callsMax} calls are in progress: try again in a moment`);
  }
}

function requestOf({ method, request }: CallFrame, definition: UnaryMethod['definition']): object {
  try {
    return definition.requestDeserialize(request);
  } catch (cause) {
    throw new CopaError('invalid_argument', `the request of ${method} is malformed`, { cause });
  }
}

/** A reply that cannot be sent fails its own call, and not the stream. */
function outcomeOf(
  method: string,
  { responseSerialize }: UnaryMethod['definition'],
  reply: object,
): Pick<ReplyFrame, 'reply'> | Pick<ReplyFrame, 'failure'> {
  try {
    const bytes = responseSerialize(reply);
    if (bytes.length <= replyBytesMax) return { reply: bytes };
    throw tooLong(method, bytes.length);
  } catch (error) {
    const { code, details } = grpcErrorOf(error);
    return { failure: { status: code, message: details } };
  }
}

function tooLong(method: string, bytes: number): CopaError {
  const message = `the reply to ${method} has ${bytes} bytes, and ${replyBytesMax} is the limit`;
  return new CopaError('resource_exhausted', message);
}

/** A call in a frame, with as much of a call of its own as handlers use. */
class FramedCall extends EventEmitter implements UnaryCall<unknown> {
  cancelled = false;
  readonly metadata: UnaryCall<unknown>['metadata'];

  constructor(
    readonly request: unknown,
    requestId: string,
    private readonly path: string,
    private readonly stream: FrameStream,
  ) {
    super();
    this.metadata = { get: (key) => (key === requestIdHeader && requestId ? [requestId] : []) };
  }

  cancel(): void {
    this.cancelled = true;
    this.emit('cancelled');
  }

  getPath(): string {
    return this.path;
  }

  getPeer(): string {
    return this.stream.getPeer();
  }

  getAuthContext() {
    return this.stream.getAuthContext();
  }
}
