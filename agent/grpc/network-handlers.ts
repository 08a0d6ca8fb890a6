/** The handlers of the calls about networks over several hosts. */
import type { AgentHandlers } from '../../proto/gen/copa/agent/v1/Agent.js';
import { checkNetworks } from '../networks/desired.js';
import { checkNames } from '../networks/names/names.js';
import { checkPorts } from '../networks/ports/ports.js';
import type { Calls } from './calls.js';
import type { AgentParts } from './parts.js';

export function networkCalls(calls: Calls, { networks, ports, names }: AgentParts) {
  return {
    ApplyNetworks: calls.unary(async ({ networks: given, generation, checkOnly }) => {
      const applied = checkOnly
        ? await networks.check(checkNetworks(given))
        : await networks.apply(given, generation);
      return { ...applied, findings: [...applied.findings], keys: [...applied.keys] };
    }),
    ApplyPorts: calls.unary(async ({ ports: given, generation, checkOnly }) => {
      const wanted = checkPorts(given);
      const findings = checkOnly ? await ports.check(wanted) : await ports.apply(wanted, generation);
      return { generation: ports.generation, findings: [...findings] };
    }),
    ApplyNames: calls.unary(({ names: given, generation, since }) =>
      names.apply({ names: checkNames(given), since }, generation),
    ),
  } satisfies Partial<AgentHandlers>;
}
