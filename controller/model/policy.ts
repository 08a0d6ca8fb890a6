/** Policies that move containers by measurements, what they decided, and both as the store has them. */
import { z } from 'zod';
import type { LabelCondition } from '../../common/labels.js';
import type { PoolTarget } from './pool-target.js';

export const policyModes = ['recommend', 'automatic'] as const;
export type PolicyMode = (typeof policyModes)[number];

export const aggregates = ['mean', 'median', 'min', 'max'] as const;
export type Aggregate = (typeof aggregates)[number];

/** What can be measured of what; a query of Prometheus has a value of each pool. Percent, milliseconds and Mbit/s; the CPU of a container is 100 for one processor. */
export const measures = {
  pool: ['cpu', 'memory'],
  container: ['cpu', 'memory'],
  link: ['latency', 'jitter', 'throughput', 'loss'],
  promql: ['value'],
} as const;
export type Subject = keyof typeof measures;
export const subjects = Object.keys(measures) as readonly Subject[];
export type Measure = (typeof measures)[Subject][number];

export interface Condition {
  readonly of: Subject;
  readonly measure: Measure;
  /** In PromQL; only of a condition on a query. */
  readonly query?: string;
  readonly isAbove: boolean;
  readonly threshold: number;
  readonly aggregate: Aggregate;
  /** The values of this time count together ... */
  readonly windowMs: number;
  /** ... and the condition has to hold at each moment of this time. */
  readonly holdMs: number;
  /** Only links to these pools. */
  readonly peers: PoolTarget;
}

/** Which container moves, of the pool that meets the condition. */
export type Moved =
  | { readonly kind: 'most'; readonly measure: 'cpu' | 'memory' }
  | { readonly kind: 'container'; readonly name: string; readonly pool: string | undefined }
  | { readonly kind: 'labels'; readonly selector: readonly LabelCondition[] };

/** A time of the day, in minutes since midnight. */
export interface QuietHours {
  readonly fromMinute: number;
  readonly untilMinute: number;
}

export interface Guards {
  /** At most one decision in this time, and no container that was moved within it. Never shorter than a window. */
  readonly cooldownMs: number;
  /** Percent by which the destination has to be better than the source. */
  readonly margin: number;
  readonly movesPerHour: number;
  /** Of the predicted downtimes; undefined: no limit. */
  readonly downtimeMsPerHour: number | undefined;
  readonly quiet: readonly QuietHours[];
  readonly timeZone: string;
}

export interface Policy {
  readonly name: string;
  readonly mode: PolicyMode;
  /** The pools that it watches. */
  readonly pools: PoolTarget;
  /** One of them is enough. */
  readonly when: readonly Condition[];
  readonly moved: Moved;
  readonly to: PoolTarget;
  readonly guards: Guards;
}

export const outcomes = ['ordered', 'recommended', 'refused'] as const;

const evidenceSchema = z.object({
  of: z.enum(['pool', 'container', 'link', 'promql']),
  measure: z.string().describe('Of promql the query.'),
  pool: z.string(),
  peer: z.string().nullable().describe('The other end of the link.'),
  container: z.string().nullable(),
  aggregate: z.enum(aggregates),
  value: z.number(),
  above: z.boolean().describe('False: it had to be below the threshold.'),
  threshold: z.number(),
  window_seconds: z.number(),
  samples: z.int().describe('In the window.'),
  first: z.string().describe('The time of the first of them, ISO 8601.'),
  last: z.string(),
  source_value: z.number().describe('By which the source and the destination were compared.'),
  destination_value: z.number(),
});
export type Evidence = z.output<typeof evidenceSchema>;

export const decisionSchema = z
  .object({
    id: z.string().describe('Also the ID of the migration that it ordered.'),
    policy: z.string(),
    version: z.int().describe('Of the policy; 0: the built-in text.'),
    at: z.string(),
    outcome: z
      .enum(outcomes)
      .describe('refused: the move was ordered, and the check before it found an obstacle.'),
    container: z.string(),
    source: z.string(),
    destination: z.string(),
    reason: z.string(),
    evidence: evidenceSchema,
    predicted_downtime_ms: z.number(),
    error: z.string().nullable().describe('Why it was refused.'),
  })
  .meta({ id: 'PolicyDecision' });
export type Decision = z.output<typeof decisionSchema>;

/** What etcd has of the decisions of one policy, the oldest first. */
export const decisionsSchema = z.object({ decisions: z.array(decisionSchema) });

/** What etcd has of a policy. */
export const policyRecordSchema = z.object({
  name: z.string(),
  /** As it was applied. */
  text: z.string(),
  /** Grows with each change of the text. */
  version: z.int(),
  paused: z.boolean(),
  appliedAt: z.string(),
  appliedBy: z.string(),
});
export type PolicyRecord = z.output<typeof policyRecordSchema>;
