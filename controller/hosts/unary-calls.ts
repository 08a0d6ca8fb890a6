/**
 * Unary calls to one host: frames of one stream. An agent of version 0.1.0 does not support that stream, so each call
 * to it is a separate gRPC call.
 */
import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import type { CopaError } from '../../common/errors.js';
import { isFromAgent } from '../../common/net/grpc-errors.js';
import { requestBytesMax } from '../../proto/loader.js';
import type { CallErrors } from './call-errors.js';
import type { Connection } from './connection.js';
import { metadataOf } from './metadata.js';
import { definitionOf, type CallOptions, type ReplyOf, type RequestOf, type UnaryMethod } from './methods.js';
import { MultiplexedCalls } from './multiplexed-calls.js';

/** How long an agent counts as one without the stream. It may be updated. */
const singleCallsMs = 60_000;

export class UnaryCalls {
  readonly #multiplexed = new MultiplexedCalls(() => this.#openMultiplexed());
  /** Until then, each call is a separate gRPC call. */
  #singleUntilMs = 0;

  constructor(
    private readonly connection: Connection,
    private readonly errors: CallErrors,
  ) {}

  /** Requires a connection. `requestId` is the id of the request that the call belongs to. */
  async call<M extends UnaryMethod>(
    method: M,
    request: RequestOf<M>,
    requestId: string | undefined,
    options: CallOptions,
  ): Promise<ReplyOf<M>> {
    if (Date.now() < this.#singleUntilMs) return this.single(method, request, requestId, options);
    try {
      return await this.#multiplex(method, request, requestId, options);
    } catch (error) {
      if (!isWithoutMultiplexing(error)) throw error;
      this.#singleUntilMs = Date.now() + singleCallsMs;
      return this.single(method, request, requestId, options);
    }
  }

  /** Makes the call as a frame of the shared stream. */
  async #multiplex<M extends UnaryMethod>(
    method: M,
    request: RequestOf<M>,
    requestId: string | undefined,
    { deadlineMs, signal }: CallOptions,
  ): Promise<ReplyOf<M>> {
    if (signal?.aborted) throw this.errors.cancelled(method);
    const { requestSerialize, responseDeserialize } = definitionOf(method);
    const bytes = requestSerialize(request);
    if (bytes.length > requestBytesMax) throw this.errors.tooLong(method, bytes.length);
    const call = this.#multiplexed.begin({ method, request: bytes, requestId });
    return new Promise((resolve, reject) => {
      const giveUp = (reason: CopaError) => {
        settled();
        call.cancel();
        reject(reason);
      };
      const onAbort = () => giveUp(this.errors.cancelled(method));
      const timer = setTimeout(() => giveUp(this.errors.late(method, deadlineMs)), deadlineMs);
      const settled = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      call.reply.then(
        (reply) => {
          settled();
          try {
            resolve(responseDeserialize(reply));
          } catch (error) {
            reject(this.errors.malformed(method, error));
          }
        },
        (failure: unknown) => {
          settled();
          reject(this.errors.of(method, failure as ServiceError, { deadlineMs, signal }));
        },
      );
    });
  }

  #openMultiplexed() {
    const { path, requestSerialize, responseDeserialize } = definitionOf('Multiplex');
    const { client } = this.connection;
    const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata());
    const ended = this.connection.begun(() => stream.cancel(), undefined);
    stream.once('close', ended);
    // A stream that fails need not be closed.
    stream.on('error', ended);
    return stream;
  }

  /** Makes a separate gRPC call. */
  single<M extends UnaryMethod>(
    method: M,
    request: RequestOf<M>,
    requestId: string | undefined,
    { deadlineMs, signal }: CallOptions,
  ): Promise<ReplyOf<M>> {
    const { path, requestSerialize, responseDeserialize } = definitionOf(method);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(this.errors.cancelled(method));
        return;
      }
      const call = this.connection.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadataOf(requestId),
        { deadline: Date.now() + deadlineMs },
        (error, reply) => {
          ended();
          if (error) reject(this.errors.of(method, error, { deadlineMs, signal }));
          else if (reply === undefined) reject(new Error(`${method} ended without a reply`));
          else resolve(reply);
        },
      );
      const ended = this.connection.begun(() => call.cancel(), signal);
    });
  }
}

/** Whether the agent does not support the stream of calls itself, rather than a method in it. */
function isWithoutMultiplexing(error: unknown): boolean {
  const { cause } = error as { readonly cause?: ServiceError };
  return cause?.code === status.UNIMPLEMENTED && !isFromAgent(cause);
}
