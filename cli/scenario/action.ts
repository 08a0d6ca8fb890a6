/** What a scenario does at a time. */
import { z } from 'zod';

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3600_000 } as const;

/** In milliseconds. */
export function time(msMin: number, msMax: number) {
  const text = (ms: number) => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);
  const rule = `a time from ${text(msMin)} to ${text(msMax)} is expected, as 500ms, 10s or 2m`;
  return z.string(rule).transform((given, ctx) => {
    const [, count = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(given) ?? [];
    const ms = Number(count) * unitMs[unit as keyof typeof unitMs];
    if (ms >= msMin && ms <= msMax) return ms;
    ctx.addIssue({ code: 'custom', message: rule });
    return z.NEVER;
  });
}

const timeMax = 24 * 3600_000;
const text = z.string('a text is expected');
const number = z.number('a number is expected').min(0);

const moveSchema = z.strictObject({
  container: text,
  to: text,
  force: z.boolean().optional(),
  live: z.boolean().optional(),
  compress: z.boolean().optional(),
  passes_max: z.int().min(0).optional(),
  bandwidth_limit: z.int().min(0).optional(),
  stop_timeout: z.int().min(0).optional(),
  max_downtime: z.string('a time is expected, as 2s').optional(),
  check: text.optional(),
});

const kinds = {
  move: moveSchema.optional(),
  exec: z.strictObject({ container: text, command: text }).optional(),
  evacuate: text.optional(),
  restore: text.optional(),
  /** The sending of a host is limited by `tc`; null ends it. */
  limit: z
    .strictObject({ host: text, mbit: z.number('a number is expected').positive().nullable() })
    .optional(),
  /** A measurement of a link is posted, as a monitor posts it. */
  measure: z
    .strictObject({ from: text, to: text, throughput: number, latency: number, jitter: number.default(0) })
    .optional(),
} as const;

export const kindNames = Object.keys(kinds) as readonly (keyof typeof kinds)[];

export const actionSchema = z
  .strictObject({
    at: time(0, timeMax),
    /** The seed chooses a delay of at most so much. */
    jitter: time(0, timeMax).optional(),
    every: time(100, timeMax).optional(),
    until: time(0, timeMax).optional(),
    ...kinds,
  })
  .superRefine((given, ctx) => {
    const fault = (message: string) => ctx.addIssue({ code: 'custom', message });
    if (kindNames.filter((kind) => given[kind] !== undefined).length !== 1)
      fault(`one of ${kindNames.join(', ')} is expected`);
    if ((given.every === undefined) !== (given.until === undefined)) fault('every and until go together');
  });

export type Action = z.output<typeof actionSchema>;

/** For people: `move web to edge2`. */
export function describe(action: Action): string {
  const { move, exec, evacuate, restore, limit, measure } = action;
  if (move) return `move ${move.container} to ${move.to}`;
  if (exec) return `run in ${exec.container}: ${exec.command}`;
  if (limit) return `limit ${limit.host} to ${limit.mbit === null ? 'nothing' : `${limit.mbit} Mbit/s`}`;
  if (measure)
    return `measure ${measure.from} to ${measure.to}: ${measure.throughput} Mbit/s, ${measure.latency} ms`;
  return evacuate === undefined ? `restore ${restore ?? ''}` : `evacuate ${evacuate}`;
}
