/** Requests of the API: each throws a CopaError when the answer is not a success. */
import type { CopaError } from '../common/errors.js';
import type { CallOptions } from './follow.js';
import type { Method, RequestOptions } from './requests.js';
import { jsonOf, refusal, type Answer, type Parameters, type Transport } from './transport.js';

export class Calls<Carrier extends Transport = Transport> {
  /** `onError` receives each error of the controller, before it is thrown. */
  constructor(
    readonly transport: Carrier,
    private readonly onError: (error: CopaError) => void = () => undefined,
  ) {}

  protected get<T>(path: string, query: Parameters, options: CallOptions = {}): Promise<T> {
    return this.call('GET', path, { ...options, query });
  }

  protected post<T>(
    path: string,
    operation: string,
    parameters: Parameters,
    options: CallOptions = {},
  ): Promise<T> {
    return this.call('POST', path, { ...options, json: { operation, ...parameters } });
  }

  protected async call<T>(method: Method, path: string, options: RequestOptions): Promise<T> {
    const answer = await this.open(method, `REST/${path}`, options);
    const body = await jsonOf(answer);
    if (body === undefined) throw refusal(this.transport.address, answer, body);
    return body as T;
  }

  /** Sends a request. Throws when the answer is not a success. */
  protected async open(method: Method, path: string, options: RequestOptions): Promise<Answer> {
    const answer = await this.send(method, path, options);
    if (answer.status >= 200 && answer.status < 300) return answer;
    const error = refusal(this.transport.address, answer, await jsonOf(answer));
    this.onError(error);
    throw error;
  }

  protected send(method: Method, path: string, options: RequestOptions): Promise<Answer> {
    const { query = {}, json, headers = {}, signal } = options;
    return this.transport.send({ method, path, query, json, headers, signal });
  }
}
