// Aim: calls that share a stream end as calls of their own would, and no frame of a hostile caller stops the others.
// Method: a real gRPC stream, whose frames are written by hand, against the agent's multiplexer.
import { Client, credentials, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { UnaryCall } from '../../agent/grpc/calls.js';
import { Multiplexer } from '../../agent/grpc/multiplexer.js';
import { CopaError } from '../../common/errors.js';
import { grpcErrorOf, type GrpcError } from '../../common/net/grpc-errors.js';
import type { CallFrame } from '../../proto/gen/copa/agent/v1/CallFrame.js';
import type { ReplyFrame__Output as ReplyFrame } from '../../proto/gen/copa/agent/v1/ReplyFrame.js';
import { agentService, replyBytesMax } from '../../proto/loader.js';

type Answer = (error: GrpcError | null, reply?: unknown) => void;

/** Calls of StartContainer, which end only by `answer`. */
let started: { call: UnaryCall<unknown>; answer: Answer }[];
let server: Server;
let client: Client;
let open: () => Stream;

beforeEach(async () => {
  started = [];
  const multiplexer = new Multiplexer({
    ListContainers: (_: unknown, answer: Answer) => answer(null, { names: ['c1'] }),
    StartContainer: (call: UnaryCall<unknown>, answer: Answer) => void started.push({ call, answer }),
    GetInformation: (_: unknown, answer: Answer) =>
      answer(null, {
        containers: [{ container: 'c1', networkJson: 'x'.repeat(replyBytesMax) }],
      }),
    Watch: () => undefined,
  });
  server = new Server();
  server.addService(agentService, {
    Multiplex: (stream: Parameters<Multiplexer['serve']>[0]) => multiplexer.serve(stream),
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  client = new Client(`ipv4:127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
  });
  open = () => new Stream(client);
});

afterEach(() => {
  client.close();
  server.forceShutdown();
});

class Stream {
  readonly replies: ReplyFrame[] = [];
  readonly #call;

  constructor(from: Client) {
    const { path, requestSerialize, responseDeserialize } = agentService.Multiplex;
    this.#call = from.makeBidiStreamRequest<CallFrame, ReplyFrame>(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
    );
    this.#call.on('data', (reply: ReplyFrame) => this.replies.push(reply));
    this.#call.on('error', () => undefined);
  }

  send(frame: CallFrame): void {
    this.#call.write(frame);
  }

  cancel(): void {
    this.#call.cancel();
  }

  async end(): Promise<void> {
    this.#call.end();
    await once(this.#call, 'end');
  }

  replyTo(id: number): Promise<ReplyFrame> {
    return vi.waitFor(() => {
      const found = this.replies.find((reply) => reply.id === id);
      if (!found) throw new Error(`no reply to ${id} yet`);
      return found;
    }, 10_000);
  }

  async failureOf(id: number) {
    return (await this.replyTo(id)).failure;
  }
}

test('replies come as soon as they are ready', async () => {
  const stream = open();
  stream.send({ id: 1, method: 'StartContainer' });
  stream.send({ id: 2, method: 'ListContainers' });
  const { reply } = await stream.replyTo(2);
  expect(agentService.ListContainers.responseDeserialize(reply as Buffer)).toEqual({ names: ['c1'] });
  started[0]?.answer(grpcErrorOf(new CopaError('not_found', 'no c1')));
  expect(await stream.failureOf(1)).toEqual({ status: status.NOT_FOUND, message: 'no c1' });
});

test.each(['', 'Watch', 'Multiplex', 'NoSuchMethod', 'constructor', '__proto__'])(
  'a frame of method "%s" calls nothing, and the others go on',
  async (method) => {
    const stream = open();
    stream.send({ id: 1, method });
    stream.send({ id: 2, method: 'ListContainers' });
    expect((await stream.replyTo(2)).reply).toBeDefined();
    if (method !== '') expect(await stream.failureOf(1)).toMatchObject({ status: status.UNIMPLEMENTED });
  },
);

test('a malformed request, and an id that is in use', async () => {
  const stream = open();
  stream.send({ id: 1, method: 'StartContainer', request: Buffer.from([0x0a, 0xff]) });
  expect(await stream.failureOf(1)).toMatchObject({ status: status.INVALID_ARGUMENT });
  stream.send({ id: 2, method: 'StartContainer' });
  stream.send({ id: 2, method: 'StartContainer' });
  expect(await stream.failureOf(2)).toMatchObject({ message: 'call 2 is in progress already' });
  expect(started).toHaveLength(1);
});

test('more calls than may be in progress are refused', async () => {
  const stream = open();
  for (let id = 1; id <= 2049; id++) stream.send({ id, method: 'StartContainer' });
  expect(await stream.failureOf(2049)).toMatchObject({ status: status.RESOURCE_EXHAUSTED });
  expect(started).toHaveLength(2048);
});

test('a reply that is too long fails alone', async () => {
  const stream = open();
  stream.send({ id: 1, method: 'GetInformation' });
  expect(await stream.failureOf(1)).toMatchObject({ status: status.RESOURCE_EXHAUSTED });
  stream.send({ id: 2, method: 'ListContainers' });
  expect((await stream.replyTo(2)).reply).toBeDefined();
});

test('a cancelled call is cancelled for its handler, and gets no reply', async () => {
  const stream = open();
  stream.send({ id: 1, method: 'StartContainer' });
  await vi.waitFor(() => expect(started).toHaveLength(1), 10_000);
  const cancelled = vi.fn();
  started[0]?.call.once('cancelled', cancelled);
  stream.send({ id: 1 });
  await vi.waitFor(() => expect(cancelled).toHaveBeenCalledOnce(), 10_000);
  started[0]?.answer(null, {});
  stream.send({ id: 2, method: 'ListContainers' });
  await stream.replyTo(2);
  expect(stream.replies).toHaveLength(1);
});

test.each(['cancel', 'end'] as const)('the %s of the stream cancels its calls', async (how) => {
  const stream = open();
  stream.send({ id: 1, method: 'StartContainer' });
  await vi.waitFor(() => expect(started).toHaveLength(1), 10_000);
  await stream[how]();
  await vi.waitFor(() => expect(started[0]?.call.cancelled).toBe(true), 10_000);
});
