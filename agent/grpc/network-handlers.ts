/** The handler of the call about networks over several hosts. */
import type { AgentHandlers } from '../../proto/gen/copa/agent/v1/Agent.js';
import { checkNetworks } from '../networks/desired.js';
import type { Calls } from './calls.js';
import type { AgentParts } from './parts.js';

export function networkCalls(calls: Calls, { networks }: AgentParts) {
  return {
    ApplyNetworks: calls.unary(async ({ networks: given, generation, checkOnly }) => {
      const wanted = checkNetworks(given);
      const applied = checkOnly ? await networks.check(wanted) : await networks.apply(wanted, generation);
      return { ...applied, findings: [...applied.findings] };
    }),
  } satisfies Partial<AgentHandlers>;
}
