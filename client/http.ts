/**
 * Requests by Node's own HTTP module. It loads at once: a short command takes less time than loading a library
 * for it. Node's fetch supports neither a CA of one's own nor unix sockets.
 */
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { CopaError, messageOf } from '../common/errors.js';
import { NotBegun, queryOf, type Answer, type Sent, type Transport } from './transport.js';

interface Options {
  /** A URL, as http://127.0.0.1:8000, or `unix:/PATH`. */
  readonly address: string;
  readonly token?: string | undefined;
  /** The CA that the controller's certificate is verified with, as PEM; undefined: those of the system. */
  readonly ca?: string | undefined;
  /** Added to the error when the controller does not answer: what to check. */
  readonly advice?: string | undefined;
  /** A connection that takes longer goes to a wrong address, or a firewall drops it. */
  readonly connectMsMax?: number | undefined;
}

export class HttpTransport implements Transport {
  readonly address: string;
  readonly token: string | undefined;
  readonly ca: string | undefined;

  readonly #advice: string;
  readonly #connectMsMax: number;

  constructor({ address, token, ca, advice, connectMsMax = 10_000 }: Options) {
    this.#connectMsMax = connectMsMax;
    this.#advice = advice === undefined ? '' : `; ${advice}`;
    this.address = address;
    this.token = token;
    this.ca = ca;
  }

  /** The socket of a controller on this machine; undefined when it is reached over the network. */
  get socketPath(): string | undefined {
    return this.address.startsWith('unix:/') ? this.address.slice('unix:'.length) : undefined;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.token === undefined ? {} : { Authorization: `Bearer ${this.token}` };
  }

  urlOf(path: string, query: Sent['query']): URL {
    const address = this.socketPath === undefined ? this.address : 'http://localhost';
    const url = new URL(path, address.endsWith('/') ? address : `${address}/`);
    url.search = queryOf(query);
    return url;
  }

  async send({ method, path, query, json, headers, signal }: Sent): Promise<Answer> {
    const url = this.urlOf(path, query);
    const body = json === undefined ? '' : JSON.stringify(json);
    const options = {
      method,
      signal,
      ca: this.ca,
      ...(this.socketPath === undefined ? {} : { socketPath: this.socketPath }),
      headers: {
        Accept: 'application/json',
        ...this.headers,
        ...(json === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
        ...headers,
      },
    };
    const connection = { isMade: false };
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, resolve);
        const timer = setTimeout(() => {
          sent.destroy(new Error(`no connection within ${this.#connectMsMax / 1000} s`));
        }, this.#connectMsMax);
        const ready = () => {
          connection.isMade = true;
          clearTimeout(timer);
        };
        sent.on('socket', (socket) => {
          if (!socket.connecting) ready();
          else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', ready);
        });
        sent.on('error', (error) => {
          clearTimeout(timer);
          reject(error);
        });
        sent.end(body);
      });
      return answerOf(response, (cause) => this.#noAnswer(cause));
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw this.#noAnswer(connection.isMade ? cause : new NotBegun(messageOf(cause), { cause }));
    }
  }

  #noAnswer(cause: unknown): CopaError {
    const message = `no answer from ${this.address}: ${messageOf(cause)}${this.#advice}`;
    return new CopaError('unavailable', message, { cause });
  }
}

export function answerOf(response: IncomingMessage, failure: (cause: unknown) => CopaError): Answer {
  return {
    status: response.statusCode ?? 0,
    header: (name) => {
      const value = response.headers[name.toLowerCase()];
      return typeof value === 'string' ? value : value?.[0];
    },
    text: textOf(response, failure),
  };
}

async function* textOf(
  response: IncomingMessage,
  failure: (cause: unknown) => CopaError,
): AsyncGenerator<string> {
  try {
    for await (const part of response.setEncoding('utf8')) yield String(part);
  } catch (cause) {
    throw failure(cause);
  }
}
