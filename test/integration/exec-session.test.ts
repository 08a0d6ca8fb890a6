// Aim: a user whose input waits for the command is not taken for gone, and one who is gone is. Method: a real
// websocket, a command that takes nothing until it is told to, and a short patience.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { AttendedCall } from '../../controller/usecases/commands.js';
import { joinTerminal } from '../../controller/http/websocket/exec-session.js';
import { waitFor } from '../../deploy/lab/processes.js';

const lookAfterMs = 250;
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
afterEach(() => server.close());

/** A command that says nothing until it is given up. */
async function* silent(signal: AbortSignal): AsyncGenerator<never> {
  await once(signal, 'abort');
  yield* [];
}

test('a user who is held up stays; one who gives no sign is cut off', async () => {
  let taken = 0;
  const takers: (() => void)[] = [];
  const leaving = new AbortController();
  const call: AttendedCall = {
    say: ({ stdin }) =>
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
    void joinTerminal(socket, () => Promise.resolve(call), { signals: [], isTerminal: true, lookAfterMs });
    const ping = socket.ping.bind(socket);
    socket.ping = () => {
      pings.push(performance.now());
      ping();
    };
  });
  const user = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(user, 'open');
  user.send(Buffer.alloc(1000));
  const until = (count: number) => waitFor(`${count} looks after the user`, () => pings.length >= count);
  await until(3);
  expect([user.readyState, leaving.signal.aborted]).toEqual([WebSocket.OPEN, false]);
  takers.forEach((take) => take());
  await waitFor('the input to be taken', () => taken === 1000);
  await until(pings.length + 2);
  expect([user.readyState, leaving.signal.aborted]).toEqual([WebSocket.OPEN, false]);
  // As a machine that has lost its power: nothing is read, so nothing is answered.
  user.pause();
  await waitFor('the user to be cut off', () => leaving.signal.aborted);
  user.terminate();
});
