/**
 * A small LXD on a unix socket, with real HTTP and real websockets, for faults on demand: it can hang in the middle
 * of a stream, and report a failed operation in each of the daemons' forms.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WebSocketServer, type WebSocket } from 'ws';

export interface Answer {
  readonly status?: number;
  readonly body: unknown;
  /** A file instead of JSON. */
  readonly file?: { readonly type: string; readonly content: Readable };
}

/** `undefined`: never answer. */
export type Answering = (request: {
  method: string;
  path: string;
  body: unknown;
}) => Answer | undefined | Promise<Answer | undefined>;

export class FakeLxd {
  readonly #server: Server;
  readonly #websockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly requests: { method: string; path: string; body: unknown }[] = [];
  /** Called for each body that is not JSON, and reads it. */
  onUpload: (request: IncomingMessage) => Promise<Answer> = () => Promise.resolve(failure(400, 'no JSON'));
  /** Called for each websocket of an operation, with the secret that opened it. */
  onWebsocket: (secret: string, socket: WebSocket) => void = () => undefined;

  private constructor(private readonly answer: Answering) {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('upgrade', (request, socket, head) => {
      const secret = new URL(request.url ?? '', 'http://lxd').searchParams.get('secret') ?? '';
      this.#websockets.handleUpgrade(request, socket, head, (opened) => this.onWebsocket(secret, opened));
    });
  }

  static async start(socketPath: string, answer: Answering): Promise<FakeLxd> {
    const fake = new FakeLxd(answer);
    await once(fake.#server.listen(socketPath), 'listening');
    return fake;
  }

  /** Returns when its socket is gone from the directory. */
  async close(): Promise<void> {
    for (const client of this.#websockets.clients) client.terminate();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const type = request.headers['content-type'] ?? 'application/json';
    if (type !== 'application/json') {
      const answer = await this.onUpload(request).catch(() => undefined);
      if (answer) this.#answer(response, answer);
      else response.destroy();
      return;
    }
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      body: text ? (JSON.parse(text) as unknown) : undefined,
    };
    this.requests.push(asked);
    const answer = await this.answer(asked);
    if (answer) this.#answer(response, answer);
  }

  #answer(response: ServerResponse, { status = 200, body, file }: Answer): void {
    response.writeHead(status, { 'content-type': file?.type ?? 'application/json', etag: 'tag' });
    if (!file) response.end(JSON.stringify(body));
    else pipeline(file.content, response).catch(() => response.destroy());
  }
}

export const sync = (metadata: unknown): Answer => ({ body: { type: 'sync', status_code: 200, metadata } });
export const failure = (code: number, error: string): Answer => ({
  status: code,
  body: { type: 'error', error, error_code: code },
});
/** An accepted operation, as a 202 carries it. */
export const operation = (id: string, metadata: unknown = null): Answer => ({
  status: 202,
  body: {
    type: 'async',
    operation: `/1.0/operations/${id}`,
    metadata: {
      id,
      class: 'task',
      status: 'Running',
      err: '',
      description: 'Doing it',
      resources: null,
      metadata,
    },
  },
});
