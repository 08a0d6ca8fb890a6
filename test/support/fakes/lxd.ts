/**
 * A small LXD on a unix socket, with real HTTP and real websockets, for faults on demand: it can hang in the middle
 * of a stream, and report a failed operation in each of the daemons' forms.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';

export interface Answer {
  readonly status?: number;
  readonly body: unknown;
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
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      body: text ? (JSON.parse(text) as unknown) : undefined,
    };
    this.requests.push(asked);
    const answer = await this.answer(asked);
    if (!answer) return;
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', etag: 'tag' });
    response.end(JSON.stringify(answer.body));
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
