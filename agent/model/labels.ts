/** The labels of a container and the rules of its placement: config keys, its own or from its profiles. */
import { labelKeyPrefix, labelsIn, type Labels } from '../../common/labels.js';
import { keptRulesIn, ruleKeyPrefix, type KeptRules } from '../../common/placement-rules.js';

/** `config` with the profiles' values. Keys that are no valid label are left out. */
export function containerLabels(config: Readonly<Record<string, string>>): Labels {
  return labelsIn(under(labelKeyPrefix, config));
}

/** As `containerLabels`. */
export function containerRules(config: Readonly<Record<string, string>>): KeptRules {
  return keptRulesIn(under(ruleKeyPrefix, config));
}

function under(prefix: string, config: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(config).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}
