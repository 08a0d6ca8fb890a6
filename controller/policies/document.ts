/** The text of a policy, in YAML or JSON. Each fault has its line and column. */
import { z } from 'zod';
import { secondsIn } from '../../common/config/duration.js';
import { PlacedYaml } from '../../common/config/placed-yaml.js';
import { CopaError, isCopaError } from '../../common/errors.js';
import { parseSelector } from '../../common/labels.js';
import {
  containerNamePattern,
  containerNameRule,
  poolNamePattern,
  poolNameRule,
} from '../../common/names.js';
import {
  aggregates,
  measures,
  policyModes,
  subjects,
  type Condition,
  type Moved,
  type Policy,
  type QuietHours,
} from '../model/policy.js';
import { parsePoolTarget, type PoolTarget } from '../model/pool-target.js';
import { cooldownMsMax } from './decision-log.js';

export const textMax = 16 * 1024;

/** Raising them costs memory: for each pool, link or container the values of so much time are kept. */
const windowMaxSeconds = 900;
const conditionsMax = 10;
const queryMax = 2_000;

const defaults = { windowMs: 120_000, cooldownMs: 600_000, margin: 10, movesPerHour: 6 } as const;

const name = z
  .string(poolNameRule.replace('pool', 'policy'))
  .regex(poolNamePattern, poolNameRule.replace('pool', 'policy'));

function time(minSeconds: number, maxSeconds: number) {
  const rule = `a time from ${minSeconds}s to ${maxSeconds}s is expected, as 90s or 2m`;
  return z
    .string(rule)
    .refine((text) => {
      const seconds = secondsIn(text);
      return seconds !== undefined && seconds >= minSeconds && seconds <= maxSeconds;
    }, rule)
    .transform((text) => (secondsIn(text) ?? 0) * 1000);
}

/** By a parser that throws. */
function parsed<Value>(rule: string, parse: (text: string) => Value) {
  return z.string(rule).transform((text, ctx) => {
    try {
      return parse(text);
    } catch (error) {
      if (!isCopaError(error)) throw error;
      ctx.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  });
}

const anyPool: PoolTarget = { kind: 'any' };
const poolsRule = 'a pool, @GROUP or @any is expected';
const poolsField = (field: string) => parsed(poolsRule, (text) => parsePoolTarget(field, text));
const number = z.number('a number is expected');

const conditionSchema = z
  .strictObject({
    pool: z.enum(measures.pool, 'cpu or memory is expected').optional(),
    container: z.enum(measures.container, 'cpu or memory is expected').optional(),
    link: z.enum(measures.link, 'latency, jitter, throughput or loss is expected').optional(),
    promql: z
      .string('a query in PromQL is expected')
      .min(1, 'a query in PromQL is expected')
      .max(queryMax, `at most ${queryMax} characters`)
      .optional(),
    above: number.optional(),
    below: number.optional(),
    aggregate: z.enum(aggregates, `one of ${aggregates.join(', ')} is expected`).default('mean'),
    over: time(10, windowMaxSeconds).default(defaults.windowMs),
    for: time(0, windowMaxSeconds).default(0),
    peers: poolsField('peers').optional(),
  })
  .superRefine((given, ctx) => {
    const fault = (message: string) => ctx.addIssue({ code: 'custom', message });
    if (subjects.filter((subject) => given[subject] !== undefined).length !== 1)
      fault('one of pool, container, link and promql is expected');
    if ((given.above === undefined) === (given.below === undefined))
      fault('one of above and below is expected');
    if (given.peers && given.link === undefined) fault('peers is for a link');
  })
  .transform((given): Condition => {
    const of = subjects.find((subject) => given[subject] !== undefined) ?? 'pool';
    const { promql: query } = given;
    return {
      of,
      ...(query === undefined ? {} : { query }),
      measure: of === 'promql' ? 'value' : (given[of] ?? 'cpu'),
      isAbove: given.above !== undefined,
      threshold: given.above ?? given.below ?? 0,
      aggregate: given.aggregate,
      windowMs: given.over,
      holdMs: given.for,
      peers: given.peers ?? anyPool,
    };
  });

const movedRule = 'most_cpu, most_memory, a container or POOL:CONTAINER is expected, or labels: SELECTOR';
const movedSchema = z.union(
  [
    z.string().transform((text, ctx): Moved => {
      if (text === 'most_cpu') return { kind: 'most', measure: 'cpu' };
      if (text === 'most_memory') return { kind: 'most', measure: 'memory' };
      const [container = '', pool, ...more] = text.split(':').reverse();
      const isValid =
        more.length === 0 &&
        containerNamePattern.test(container) &&
        (pool === undefined || poolNamePattern.test(pool));
      if (isValid) return { kind: 'container', name: container, pool };
      ctx.addIssue({ code: 'custom', message: `${containerNameRule}; ${movedRule}` });
      return z.NEVER;
    }),
    z
      .strictObject({
        labels: parsed('labels are expected, as app=web', (text) => parseSelector('labels', text)),
      })
      .transform(({ labels: selector }): Moved => ({ kind: 'labels', selector })),
  ],
  movedRule,
);

const quietRule = 'hours as "22:00-06:00" are expected';
const quietSchema = z.string(quietRule).transform((text, ctx): QuietHours => {
  const [, ...parts] = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(text) ?? [];
  const [fromHour = 99, from = 99, untilHour = 99, until = 99] = parts.map(Number);
  if (fromHour < 24 && from < 60 && untilHour < 24 && until < 60)
    return { fromMinute: fromHour * 60 + from, untilMinute: untilHour * 60 + until };
  ctx.addIssue({ code: 'custom', message: quietRule });
  return z.NEVER;
});

const guardsSchema = z.strictObject({
  cooldown: time(10, cooldownMsMax / 1000).optional(),
  margin: number.min(0, 'from 0 to 100 percent').max(100, 'from 0 to 100 percent').default(defaults.margin),
  moves_per_hour: z
    .int('a whole number is expected')
    .min(1, 'from 1 to 60')
    .max(60, 'from 1 to 60')
    .default(defaults.movesPerHour),
  downtime_per_hour: time(1, 3600).optional(),
  quiet: z.array(quietSchema, 'a list of hours is expected').max(10, 'at most 10').default([]),
  time_zone: z.string().refine(isTimeZone, 'a time zone is expected, as Europe/Madrid').default('UTC'),
});

const policySchema = z.strictObject({
  name,
  mode: z.enum(policyModes, 'recommend or automatic is expected').default('recommend'),
  pools: poolsField('pools').default(anyPool),
  when: z
    .array(conditionSchema, 'a condition, or a list of conditions, is expected')
    .min(1, 'at least one condition is expected')
    .max(conditionsMax, `at most ${conditionsMax} conditions`),
  move: movedSchema.default({ kind: 'most', measure: 'cpu' }),
  to: parsed('best, a pool or @GROUP is expected', (text) =>
    text === 'best' ? anyPool : parsePoolTarget('to', text),
  ).default(anyPool),
  guards: guardsSchema.prefault({}),
});

/** Throws `invalid_argument` with the place of each fault. */
export function parsePolicy(text: string): Policy {
  if (text.length > textMax)
    throw new CopaError('invalid_argument', `a policy has at most ${textMax} characters`);
  const yaml = new PlacedYaml('a policy', text, 'name, when, move, to, guards');
  const { value } = yaml;
  const when = value['when'];
  const isList = when === undefined || when === null || yaml.isList('when');
  const found = policySchema.safeParse(isList ? value : { ...value, when: [when] });
  if (!found.success) {
    throw yaml.invalid(found.error.issues, (path) =>
      isList ? path : path.filter((_, index) => index !== 1 || path[0] !== 'when'),
    );
  }
  const { move, guards, ...rest } = found.data;
  const longestMs = Math.max(...rest.when.map(({ windowMs, holdMs }) => windowMs + holdMs));
  const cooldownMs = guards.cooldown ?? Math.max(defaults.cooldownMs, longestMs);
  if (cooldownMs < longestMs) {
    const rule = `cooldown: it is not shorter than over and for together (${longestMs / 1000}s), so that no value from before a move leads to the next one`;
    throw yaml.fault(['guards', 'cooldown'], rule);
  }
  return {
    ...rest,
    moved: move,
    guards: {
      cooldownMs,
      margin: guards.margin,
      movesPerHour: guards.moves_per_hour,
      downtimeMsPerHour: guards.downtime_per_hour,
      quiet: guards.quiet,
      timeZone: guards.time_zone,
    },
  };
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
