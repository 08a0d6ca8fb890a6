/** REST calls that show themselves: as a curl command to copy, the answer, and the time it took. */
import type { Cluster, Reply, Send } from '../lab/cluster.js';
import type { Screen } from './screen.js';

export class ShownClient {
  constructor(
    private readonly cluster: Cluster,
    private readonly screen: Screen,
  ) {}

  get(path: string, query: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return this.#call('GET', path, { query });
  }

  post(
    path: string,
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    return this.#call('POST', path, { form, headers });
  }

  /** Throws when the answer is an error: the demo makes no wrong request. */
  async #call(method: 'GET' | 'POST', path: string, send: Send): Promise<Reply> {
    this.screen.command(curl(`${this.cluster.url}/${path}`, send));
    this.screen.live('...');
    const reply = await this.cluster.request(method, path, send);
    this.screen.answer(reply.status, reply.body, reply.ms);
    if (reply.status >= 400) throw new Error(`${method} /REST/${path} was refused`);
    return reply;
  }
}

/** The parts of the command that makes the same request. */
export function curl(url: string, { query = {}, form = {}, headers = {} }: Send): string[] {
  const inQuery = Object.keys(query).length > 0;
  return [
    inQuery ? 'curl -G' : 'curl',
    url,
    ...Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`),
    ...Object.entries({ ...query, ...form }).map(([name, value]) => `-d ${name}=${value}`),
  ];
}
