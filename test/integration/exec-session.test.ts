// Aim: a client whose input waits for the command counts as alive, and so does one that only reads; one that is gone
// is disconnected. Method: a real websocket, a command that reads its input when the test allows it, and a short
// interval.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { AttendedCall } from '../../controller/usecases/commands.js';
import { runExecSession } from '../../controller/http/websocket/exec-session.js';
import { waitFor } from '../../deploy/lab/processes.js';

const livenessMs = 250;
let server: WebSocketServer;
beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
});
afterEach(() => server.close());

const address = () => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** A command without output, until it is cancelled. */
async function* silent(signal: AbortSignal): AsyncGenerator<never> {
  await once(signal, 'abort');
  yield* [];
}

test('a client whose input waits is not disconnected; one without a sign of life is', async () => {
  let taken = 0;
  const takers: (() => void)[] = [];
  const leaving = new AbortController();
  const call: AttendedCall = {
    send: ({ stdin }) =>
      new Promise((resolve) => {
        takers.push(() => {
          taken += stdin?.length ?? 0;
          resolve();
        });
      }),
    replies: silent(leaving.signal),
    cancel: () => leaving.abort(),
  };
  const pings: number[] = [];
  server.on('connection', (socket) => {
    void runExecSession(socket, () => Promise.resolve(call), { signals: [], isTerminal: true, livenessMs });
    const ping = socket.ping.bind(socket);
    socket.ping = () => {
      pings.push(performance.now());
      ping();
    };
  });
  const client = new WebSocket(address());
  await once(client, 'open');
  client.send(Buffer.alloc(1000));
  const until = (count: number) => waitFor(`${count} pings`, () => pings.length >= count);
  await until(3);
  expect([client.readyState, leaving.signal.aborted]).toEqual([WebSocket.OPEN, false]);
  takers.forEach((take) => take());
  await waitFor('the input to be taken', () => taken === 1000);
  await until(pings.length + 2);
  expect([client.readyState, leaving.signal.aborted]).toEqual([WebSocket.OPEN, false]);
  // Like a machine without power: it reads nothing and answers nothing.
  client.pause();
  await waitFor('the client to be cut off', () => leaving.signal.aborted);
  client.terminate();
});

test('a client that reads the output but answers no ping is not cut off', async () => {
  const cancelled = new AbortController();
  let sent = 0;
  async function* output() {
    while (sent < 12 && !cancelled.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, livenessMs / 4));
      yield { output: Buffer.alloc(1000) };
      sent++;
    }
  }
  const call = {
    say: () => Promise.resolve(),
    replies: output(),
    cancel: () => cancelled.abort(),
  } as unknown as AttendedCall;
  server.on('connection', (socket) => {
    void runExecSession(socket, () => Promise.resolve(call), { signals: [], isTerminal: true, livenessMs });
  });
  const client = new WebSocket(address(), { autoPong: false });
  await once(client, 'open');
  await once(client, 'close');
  expect(sent).toBe(12);
});

test('nothing goes either way during a pause', async () => {
  const waiting: (() => void)[] = [];
  const pausing = { over: () => new Promise<void>((resolve) => void waiting.push(resolve)) };
  const cancelled = new AbortController();
  const inputs: string[] = [];
  async function* output() {
    await Promise.resolve();
    yield { output: Buffer.from('secret') };
    yield* silent(cancelled.signal);
  }
  const call = {
    send: ({ stdin }: { stdin?: Buffer }) => Promise.resolve(void inputs.push(String(stdin))),
    replies: output(),
    cancel: () => cancelled.abort(),
  } as unknown as AttendedCall;
  server.on('connection', (socket) => {
    void runExecSession(socket, () => Promise.resolve(call), { signals: [], isTerminal: true, pausing });
  });
  const client = new WebSocket(address());
  const outputs: string[] = [];
  client.on('message', (data: Buffer) => outputs.push(data.toString()));
  await once(client, 'open');
  client.send(Buffer.from('rm'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([outputs, inputs]).toEqual([[], []]);
  await waitFor('what was held back', () => {
    for (const pass of waiting.splice(0)) pass();
    return outputs.length > 0 && inputs.length > 0;
  });
  expect([outputs, inputs]).toEqual([['secret'], ['rm']]);
  client.terminate();
  await waitFor('the command to be cancelled', () => cancelled.signal.aborted);
});
