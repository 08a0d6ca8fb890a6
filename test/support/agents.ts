/** Hosts without a network: each method of a pool's agent is a function, and every call is recorded. */
import type {
  AgentCaller,
  CallOptions,
  ReplyOf,
  RequestOf,
  UnaryMethod,
} from '../../controller/hosts/methods.js';
import type { Host } from '../../controller/model/host.js';

/** The replies of a pool's agent, by method. */
export type Answers = {
  readonly [M in UnaryMethod]?: (request: RequestOf<M>) => ReplyOf<M> | Promise<ReplyOf<M>>;
};

export class FakeAgents {
  readonly calls: { pool: string; address: string; method: string; request: unknown; deadlineMs: number }[] =
    [];

  constructor(readonly answers: Readonly<Record<string, Answers>>) {}

  /** The result of `lastSeen`. */
  readonly seen = new Map<string, Host>();

  lastSeen(name: string): Host | undefined {
    return this.seen.get(name);
  }

  host(pool: Host): AgentCaller {
    return {
      call: async <M extends UnaryMethod>(method: M, request: RequestOf<M>, options: CallOptions) => {
        this.calls.push({
          pool: pool.name,
          address: pool.address,
          method,
          request,
          deadlineMs: options.deadlineMs,
        });
        const answer = this.answers[pool.name]?.[method];
        if (!answer) throw new Error(`nobody expected ${method} on ${pool.name}`);
        return answer(request);
      },
    };
  }
}
