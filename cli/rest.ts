/**
 * How the command line speaks to a controller: REST over Node's own HTTP, which is there at once, as most
 * commands take less time than it takes to load a library for it.
 */
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { CopaError, messageOf, type ErrorCode } from '../proto/errors.js';
import { readContexts } from './contexts.js';
import { localSocketIn, showsToken, socketPathOf, targetOf, type Target } from './target.js';

export type Parameters = Readonly<Record<string, string | number | boolean>>;
export type Reply = Readonly<Record<string, unknown>>;

interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Longer means that the address is wrong or somebody drops what is sent there. */
const connectMsMax = 10_000;

const codeByStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_argument',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  409: 'failed_precondition',
  429: 'resource_exhausted',
  499: 'cancelled',
  502: 'unavailable',
  503: 'unavailable',
  504: 'deadline_exceeded',
};

export class Rest {
  constructor(
    readonly target: Target,
    /** PEM. */
    readonly ca?: string,
  ) {}

  /** Of the context, the environment or the configuration. Warns where the token could be read on the way. */
  static async of({ context }: { readonly context?: string | undefined } = {}): Promise<Rest> {
    const target = targetOf(context, process.env, await readContexts(process.env), await localSocket());
    if (showsToken(target)) {
      process.stderr.write(`copa: warning: the token goes to ${target.address} without TLS\n`);
    }
    try {
      return new Rest(
        target,
        target.caFile === undefined ? undefined : await readFile(target.caFile, 'utf8'),
      );
    } catch (cause) {
      throw new CopaError('invalid_argument', `the CA file cannot be read: ${messageOf(cause)}`, { cause });
    }
  }

  /** Of a controller on this machine that is reached without the network. */
  get socketPath(): string | undefined {
    return socketPathOf(this.target);
  }

  /** The answer's body. Throws what the API says, by its status; `unavailable` when nobody answers. */
  async call(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    parameters: Parameters = {},
    sending: Sending = {},
  ): Promise<Reply> {
    const response = await this.#open(method, `REST/${path}`, parameters, sending);
    const { status, body } = await this.read(response);
    if (status < 300 && body) return body;
    throw this.refusal(status, body);
  }

  /** As `call`, of any path, without an opinion on the status. */
  async look(path: string): Promise<{ readonly status: number; readonly body: Reply | undefined }> {
    return this.read(await this.#open('GET', path, {}, {}));
  }

  /** A stream that goes on; `call`'s errors when there is none. */
  async follow(path: string, parameters: Parameters, sending: Sending): Promise<IncomingMessage> {
    const response = await this.#open('GET', `REST/${path}`, parameters, sending);
    if (response.statusCode === 200) return response;
    const { status, body } = await this.read(response);
    throw this.refusal(status, body);
  }

  urlOf(path: string, parameters: Parameters = {}): URL {
    const address = this.socketPath === undefined ? this.target.address : 'http://localhost';
    const url = new URL(path, address.endsWith('/') ? address : `${address}/`);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, String(value));
    return url;
  }

  async #open(
    method: string,
    path: string,
    parameters: Parameters,
    { headers = {}, signal }: Sending,
  ): Promise<IncomingMessage> {
    const isPost = method === 'POST';
    const url = this.urlOf(path, isPost ? {} : parameters);
    const body = isPost ? JSON.stringify(parameters) : '';
    const { token } = this.target;
    const options = {
      method,
      signal,
      ca: this.ca,
      ...(this.socketPath === undefined ? {} : { socketPath: this.socketPath }),
      headers: {
        Accept: 'application/json',
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(isPost ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) } : {}),
        ...headers,
      },
    };
    try {
      return await new Promise((resolve, reject) => {
        const sent = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, resolve);
        const timer = setTimeout(() => {
          sent.destroy(new Error(`no connection within ${connectMsMax / 1000} s`));
        }, connectMsMax);
        const ready = () => clearTimeout(timer);
        sent.on('socket', (socket) => {
          if (!socket.connecting) ready();
          socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', ready);
        });
        sent.on('error', (error) => {
          ready();
          reject(error);
        });
        sent.end(body);
      });
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw this.#noAnswer(cause);
    }
  }

  /** The status and the body, undefined when that is no JSON. */
  async read(response: IncomingMessage): Promise<{ status: number; body: Reply | undefined }> {
    const status = response.statusCode ?? 0;
    let text = '';
    try {
      for await (const part of response.setEncoding('utf8')) text += String(part);
    } catch (cause) {
      throw this.#noAnswer(cause);
    }
    try {
      return { status, body: JSON.parse(text) as Reply };
    } catch {
      return { status, body: undefined };
    }
  }

  #noAnswer(cause: unknown): CopaError {
    const hint = 'is a controller there? (COPA_ADDR, or "copa context")';
    return new CopaError(
      'unavailable',
      `no answer from ${this.target.address}: ${messageOf(cause)}; ${hint}`,
      {
        cause,
      },
    );
  }

  /** What an answer that is no success says. */
  refusal(status: number, body: Reply | undefined): CopaError {
    const error = body?.['error'];
    if (typeof error === 'string') return new CopaError(codeByStatus[status] ?? 'internal', error);
    return new CopaError('internal', `${this.target.address} is no COPA controller: HTTP status ${status}`);
  }
}

/** Only where this user may open it: everybody else is served on loopback, as far as anybody is. */
async function localSocket(): Promise<string | undefined> {
  const path = localSocketIn(process.env);
  try {
    await access(path, constants.W_OK);
    return `unix:${path}`;
  } catch {
    return undefined;
  }
}

/** One call to the controller that the environment and the configuration name. */
export async function callRest(
  method: 'GET' | 'POST',
  path: string,
  parameters: Parameters = {},
): Promise<Record<string, unknown>> {
  return (await Rest.of()).call(method, path, parameters);
}
