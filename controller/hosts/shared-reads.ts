/**
 * Calls to hosts from use cases. Concurrent equal reads of a host share one call (see common/async/single-flight.ts),
 * and the requests in progress per pool are limited. Migrations do not use this: they make few calls, which must not
 * wait behind users.
 */
import { CopaError } from '../../common/errors.js';
import { SingleFlight } from '../../common/async/single-flight.js';
import { reads, type HostConnections } from './locator.js';
import type { Host } from '../model/host.js';
import type { AgentCaller, CallOptions, ReplyOf, RequestOf, UnaryMethod } from './methods.js';

const shared: ReadonlySet<UnaryMethod> = new Set(reads);

/**
 * Limit on the requests in progress per pool, waiting ones included. The next one is refused with 429. Raising it
 * lets one slow host use more of the controller's total limit (see admission.ts).
 */
const requestsPerPoolMax = 512;

export class SharedReads implements HostConnections {
  readonly #agents: HostConnections;
  readonly #singleFlight = new SingleFlight();
  /** By pool, only for pools with requests. */
  readonly #underWay = new Map<string, number>();

  constructor(agents: HostConnections) {
    this.#agents = agents;
  }

  lastSeen(name: string): Host | undefined {
    return this.#agents.lastSeen(name);
  }

  host(pool: Host): AgentCaller {
    return {
      call: (method, request, options) => this.#call(pool, method, request, options),
    };
  }

  async #call<M extends UnaryMethod>(
    pool: Host,
    method: M,
    request: RequestOf<M>,
    options: CallOptions,
  ): Promise<ReplyOf<M>> {
    const underWay = this.#underWay.get(pool.name) ?? 0;
    if (underWay >= requestsPerPoolMax) {
      const message = `pool "${pool.name}" has ${underWay} requests under way already: try again in a moment`;
      throw new CopaError('resource_exhausted', message);
    }
    this.#underWay.set(pool.name, underWay + 1);
    try {
      const ask = () => this.#agents.host(pool).call(method, request, options);
      if (!shared.has(method)) return await ask();
      return await this.#singleFlight.run(
        `${pool.name} ${pool.address} ${method} ${JSON.stringify(request)}`,
        ask,
      );
    } finally {
      const left = (this.#underWay.get(pool.name) ?? 1) - 1;
      if (left > 0) this.#underWay.set(pool.name, left);
      else this.#underWay.delete(pool.name);
    }
  }
}
