/** What would make a move possible, in the words of REST and of `copa move`. */
import type { Mapping__Output } from '../../proto/gen/copa/agent/v1/Mapping.js';
import { formatNames } from '../model/mapping.js';

/** Parameters of the request that would make it possible. */
export interface Proposal {
  readonly destination_storage?: string;
  readonly destination_network?: string;
  readonly profiles?: 'flatten';
}

/** Undefined when the agent has none. */
export function proposalOf(mapping: Mapping__Output | null): Proposal | undefined {
  if (!mapping) return undefined;
  const { storage, network, nics, flatten } = mapping;
  const networks = formatNames(nics) || network;
  return {
    ...(storage ? { destination_storage: storage } : {}),
    ...(networks ? { destination_network: networks } : {}),
    ...(flatten ? { profiles: 'flatten' } : {}),
  };
}

/** The same as options of `copa move`, for a shell. */
export function flagsOf(proposal: Proposal): string {
  return Object.entries(proposal)
    .map(([name, value]) => `--${name.replaceAll('_', '-')} ${shellWord(String(value))}`)
    .join(' ');
}

function shellWord(text: string): string {
  return /^[\w.,=:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
