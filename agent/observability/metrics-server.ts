/** The agent's HTTP port for monitoring, only on loopback: `/healthz`, `/readyz`, `/metrics`. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CopaError, messageOf } from '../../common/errors.js';
import { formatAddress } from '../../common/net/address.js';
import { runChecks, type ReadinessChecks } from '../../common/observability/readiness.js';
import { registry } from './metrics.js';

const requestMsMax = 10_000;

export class MetricsServer {
  readonly #server: Server;

  /** `refresh` is called before each reply with metrics. */
  constructor(
    private readonly checks: ReadinessChecks,
    private readonly refresh: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.#server = createServer({ requestTimeout: requestMsMax }, (request, response) => {
      void this.#answer(request.method ?? '', request.url?.split('?')[0] ?? '')
        .catch((error: unknown) => json(500, { error: messageOf(error) }))
        .then(({ status, type, text }) => {
          response.writeHead(status, { 'Content-Type': type });
          response.end(text);
        });
    });
  }

  /** Returns the port. Throws `failed_precondition` when it cannot listen on the address. */
  async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<number> {
    try {
      await once(this.#server.listen(port, host), 'listening');
    } catch (cause) {
      const message = `--metrics-listen ${formatAddress({ host, port })} is not available: ${messageOf(cause)}; choose another port, or "off"`;
      throw new CopaError('failed_precondition', message, { cause });
    }
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(method: string, path: string): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') return json(405, { error: 'only GET is possible here' });
    switch (path) {
      case '/healthz':
        return json(200, { success: 'The agent serves.' });
      case '/readyz': {
        const { ready, checks, error } = await runChecks(this.checks);
        return ready ? json(200, { success: 'The agent is ready.', checks }) : json(503, { error, checks });
      }
      case '/metrics':
        await this.refresh();
        return { status: 200, type: registry.contentType, text: await registry.metrics() };
      default:
        return json(404, { error: 'there is /healthz, /readyz and /metrics' });
    }
  }
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function json(status: number, body: unknown): Answer {
  return { status, type: 'application/json; charset=utf-8', text: JSON.stringify(body) };
}
