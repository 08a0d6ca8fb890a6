/** Requests by `fetch`, for browsers: no unix sockets and no CA of one's own. */
import { CopaError } from '../common/errors.js';
import { queryOf, type Answer, type Parameters, type Sent, type Transport } from './transport.js';

interface Options {
  /** The URL of the controller; it may have a path. */
  readonly address: string;
  /** Read for each request. Empty: none is sent. */
  readonly token: () => string;
}

export class FetchTransport implements Transport {
  readonly address: string;
  readonly #token: () => string;

  constructor({ address, token }: Options) {
    this.address = address;
    this.#token = token;
  }

  async send({ method, path, query, json, headers, signal }: Sent): Promise<Answer> {
    const token = this.#token();
    try {
      const response = await fetch(this.#urlOf(path, query), {
        method,
        headers: {
          Accept: 'application/json',
          ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
          ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        body: json === undefined ? null : JSON.stringify(json),
        signal: signal ?? null,
      });
      return {
        status: response.status,
        header: (name) => response.headers.get(name) ?? undefined,
        text: textOf(response),
      };
    } catch (cause) {
      throw signal?.aborted ? cause : noAnswer(cause);
    }
  }

  /** The parameters of `new WebSocket` for a command. A browser can send the token in no other header. */
  execSocket(parameters: Parameters): { readonly url: string; readonly protocols: string[] } {
    const url = this.#urlOf('REST/exec', parameters);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const token = this.#token();
    const protocols = token === '' ? ['copa.exec'] : ['copa.exec', `copa.bearer.${token}`];
    return { url: url.href, protocols };
  }

  #urlOf(path: string, query: Parameters): URL {
    const url = new URL(path, this.address.endsWith('/') ? this.address : `${this.address}/`);
    url.search = queryOf(query);
    return url;
  }
}

async function* textOf({ body }: Response): AsyncGenerator<string> {
  const reader = body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const read = await reader?.read();
      if (!read || read.done) return;
      yield decoder.decode(read.value, { stream: true });
    }
  } catch (cause) {
    throw noAnswer(cause);
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
}

function noAnswer(cause: unknown): CopaError {
  return new CopaError('unavailable', 'the controller does not answer', { cause });
}
