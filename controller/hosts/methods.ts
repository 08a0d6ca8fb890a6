/** The agent's methods with their generated types, and the common options of unary calls. */
import type { MethodDefinition } from '@grpc/proto-loader';
import type { AgentDefinition } from '../../proto/gen/copa/agent/v1/Agent.js';
import { agentService } from '../../proto/loader.js';

/** The methods of the contract, without the index signature that the generated types add. */
export type Methods = {
  [M in keyof AgentDefinition as string extends M ? never : number extends M ? never : M]: AgentDefinition[M];
};
export type StreamingMethod =
  'ReceiveCopy' | 'SendCopy' | 'ReceiveImage' | 'SendImage' | 'ReceiveTraffic' | 'Watch' | 'WatchUsage';
export type UnaryMethod = Exclude<keyof Methods, StreamingMethod | 'Exec' | 'Ask' | 'Multiplex'>;

export type RequestOf<M extends keyof Methods> = Parameters<Methods[M]['requestSerialize']>[0];
export type ReplyOf<M extends keyof Methods> = ReturnType<Methods[M]['responseDeserialize']>;

export interface CallOptions {
  /** Milliseconds from the moment at which the host is connected. */
  readonly deadlineMs: number;
  /** Aborting ends the call with `cancelled`. The host may continue its work. */
  readonly signal?: AbortSignal;
}

/** What use cases need of a host. In a test, a function replaces it. */
export interface AgentCaller {
  call<M extends UnaryMethod>(method: M, request: RequestOf<M>, options: CallOptions): Promise<ReplyOf<M>>;
}

/** The method as grpc-js expects it. The types in gen/ are generated from the same file. */
export function definitionOf<M extends keyof Methods>(method: M) {
  return agentService[method] as unknown as MethodDefinition<RequestOf<M>, never, never, ReplyOf<M>>;
}
