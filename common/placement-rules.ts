/**
 * The rules of a container's placement as its config keys `user.copa.rule.NAME` have them. They travel with it. What they
 * mean is the controller's (controller/placement/rules.ts).
 */
export const ruleNames = ['where', 'near', 'apart', 'spread', 'over'] as const;
export type RuleName = (typeof ruleNames)[number];

/** By name, as they are written: `{apart: 'app=web'}`. */
export type KeptRules = Readonly<Partial<Record<RuleName, string>>>;

export const noKeptRules: KeptRules = Object.freeze({});

/** The config key of a rule; of the container's own, or from a profile. */
export const ruleKeyPrefix = 'user.copa.rule.';

/** Of one rule. Raising it makes the inventory of a large fleet larger. */
export const ruleTextMax = 500;

/** The rules in what an untrusted side reported. One that is too long is cut, so that it is seen to be no rule. */
export function keptRulesIn(reported: Readonly<Record<string, string>>): KeptRules {
  const kept = ruleNames.flatMap((name) => {
    const text = reported[name];
    return text === undefined || text === '' ? [] : [[name, text.slice(0, ruleTextMax)] as const];
  });
  return kept.length === 0 ? noKeptRules : Object.fromEntries(kept);
}
