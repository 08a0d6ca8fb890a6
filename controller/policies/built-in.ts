/**
 * The three policies of the original. They are texts like any other: somebody who applies a policy of the same name changes
 * it. The network configuration switches them.
 */
import type { Delegation } from '../model/delegation.js';

type Name = Exclude<Delegation['algorithm'], ''>;

const guards = 'guards: {cooldown: 5m, margin: 10, moves_per_hour: 6}';
const cpu = '{pool: cpu, above: 80, over: 2m}';
const latency = '{link: latency, above: 50, over: 2m}';

const textOf = (name: Name, ...when: readonly string[]) =>
  [
    `name: ${name}`,
    'mode: automatic',
    `when: [${when.join(', ')}]`,
    'move: most_cpu',
    'to: best',
    guards,
    '',
  ].join('\n');

export const builtIn: Readonly<Record<Name, string>> = {
  threshold_cpu: textOf('threshold_cpu', cpu),
  threshold_lat: textOf('threshold_lat', latency),
  threshold_cpulat: textOf('threshold_cpulat', cpu, latency),
};

export function isBuiltIn(name: string): name is Name {
  return Object.hasOwn(builtIn, name);
}
