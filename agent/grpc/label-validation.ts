/** Validation of labels and of the rules of a placement. */
import { labelPattern, labelRule, labelsMax, type LabelChange } from '../../common/labels.js';
import { checkName } from '../../common/names.js';
import { keptRulesIn, ruleNames, ruleTextMax, type KeptRules } from '../../common/placement-rules.js';
import { invalid } from './validation.js';

/** Validates a change of labels. Throws as well when a label is both set and removed. */
export function checkLabels(set: Readonly<Record<string, string>>, removed: readonly string[]): LabelChange {
  const change = new Map<string, string | undefined>(Object.entries(set));
  for (const name of removed) change.set(name, undefined);
  if (change.size > labelsMax || change.size < Object.keys(set).length + removed.length) {
    throw invalid('labels', change.size, `a change has ${labelsMax} labels at most, and each once`);
  }
  for (const text of [...Object.entries(set).flat(), ...removed]) {
    checkName('labels', text, labelPattern, labelRule);
  }
  return change;
}

/** Validates rules of a placement. */
export function checkRules(set: Readonly<Record<string, string>>): KeptRules {
  for (const [name, text] of Object.entries(set)) {
    const isKnown = ruleNames.some((known) => known === name);
    if (!isKnown) throw invalid('rules', name, `a rule is one of ${ruleNames.join(', ')}`);
    const isText = text !== '' && text.length <= ruleTextMax && !/[\p{Cc}]/u.test(text);
    if (!isText) throw invalid(name, text, `a rule has 1 to ${ruleTextMax} characters`);
  }
  return keptRulesIn(set);
}
