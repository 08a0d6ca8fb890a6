/** What an attacker sends, and the log lines that must show him. */
import { createConnection, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { pino } from 'pino';
import { expect, vi } from 'vitest';
import type { Credentials } from '../../../common/pki/identity.js';

/** The expected log line of an attack. */
export interface Refusal {
  readonly msg: string;
  readonly from?: string;
  readonly who?: string | RegExp;
  readonly reason: RegExp;
}

type Line = Readonly<Record<string, unknown>>;
/** What the attacked process has logged. */
export const lines: Line[] = [];
export const log = pino(
  { level: 'info' },
  { write: (line: string) => void lines.push(JSON.parse(line) as Line) },
);

export async function logged({ msg, from = '127.0.0.1', who, reason }: Refusal): Promise<void> {
  const line = {
    msg,
    from,
    reason: expect.stringMatching(reason) as string,
    ...(who === undefined ? {} : { who: expect.stringMatching(who) as string }),
  };
  await vi.waitFor(() => expect(lines).toContainEqual(expect.objectContaining(line)), { timeout: 10_000 });
  const found = lines.find(({ reason: why }) => typeof why === 'string' && reason.test(why));
  expect(found?.['level']).toBeGreaterThanOrEqual(pino.levels.values['info'] ?? 0);
}

export const ends = (address: string) => {
  const [host = '', port = ''] = address.split(':');
  return { host, port: Number(port) };
};

/** The reply to `text` until the other side disconnects. A TLS alert is not a reply. */
export function replyOn(socket: Socket, text: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let reply = '';
    socket.write(text);
    socket.on('data', (chunk: Buffer) => (reply += chunk[0] === 0x15 ? '' : String(chunk)));
    socket.on('error', () => undefined).on('close', () => resolve(reply));
  });
}

export const plain = (address: string, text: string | Buffer = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n') =>
  replyOn(createConnection(ends(address)), text);
/** Connects with these credentials, or with none. */
export const secure = (address: string, as: Partial<Credentials>, text: string | Buffer = '') =>
  replyOn(connect({ ...ends(address), rejectUnauthorized: false, ...as }), text);

/** Sends one byte per second for ever, each in time, but never all of them. */
export function drip(socket: Socket, text: string): Promise<string> {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), 1000);
  socket.once('close', () => clearInterval(timer));
  return replyOn(socket, '');
}
