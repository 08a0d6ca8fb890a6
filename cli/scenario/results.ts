/** The results of a run as files: results.json, and tables as CSV. Pure. */
import type { Migration } from '../../client/index.js';
import { servedOf, type Gap, type Sample, type Served } from './gaps.js';
import type { Probe, Scenario } from './document.js';
import type { Plan } from './plan.js';
import type { HostValue, LinkValue, RecordedEvent } from './recorder.js';
import type { Done } from './timeline.js';

export interface Move {
  readonly container: string;
  readonly source: string;
  readonly destination: string;
  readonly state: string;
  readonly startedMs: number;
  readonly endedMs: number | null;
  /** When each phase was reached. */
  readonly phases: Readonly<Record<string, number>>;
  readonly downtimeMs: number | null;
  readonly bytes: number;
  /** What ordered it: a policy, the evacuation of a pool, or null for an action or a person. */
  readonly policy: string | null;
  readonly evacuation: string | null;
  readonly error: string | null;
}

export interface Recorded {
  readonly scenario: Scenario;
  readonly plan: Plan;
  readonly outcome: 'complete' | 'interrupted' | 'failed';
  readonly error: string | null;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly done: readonly Done[];
  readonly probes: readonly { readonly probe: Probe; readonly samples: readonly Sample[] }[];
  readonly moves: readonly Move[];
  readonly links: readonly LinkValue[];
  readonly hosts: readonly HostValue[];
  readonly events: readonly RecordedEvent[];
}

export interface ProbeResult extends Omit<Served, 'gaps'> {
  readonly gaps: readonly Gap[];
}

/** What results.json has. What does not depend on measurements comes first and is equal in runs of one seed. */
export interface Results {
  readonly scenario: string;
  readonly description: string;
  readonly seed: number;
  readonly hosts: Readonly<Record<string, string>>;
  readonly planned: readonly { readonly atMs: number; readonly action: string }[];
  readonly versions: Readonly<Record<string, string>>;
  readonly outcome: Recorded['outcome'];
  readonly error: string | null;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly actions: readonly Done[];
  readonly probes: Readonly<Record<string, ProbeResult>>;
  readonly moves: readonly Move[];
  readonly kpis: {
    readonly links: Readonly<
      Record<
        string,
        {
          readonly latencyMs: number;
          /** Null: nobody counted it. */
          readonly throughputMax: number | null;
        }
      >
    >;
    readonly hosts: Readonly<Record<string, { readonly cpu: number; readonly memory: number }>>;
  };
}

export function moveOf(migration: Migration, sinceStart: (iso: string) => number): Move {
  const { container, source, destination, state, bytes, error, evacuation } = migration;
  return {
    ...{ container, source, destination, state, bytes, error, evacuation },
    startedMs: round(sinceStart(migration.started_at)),
    endedMs: migration.ended_at === null ? null : round(sinceStart(migration.ended_at)),
    phases: Object.fromEntries(migration.history.map(({ phase, at }) => [phase, round(sinceStart(at))])),
    downtimeMs: migration.downtime_ms,
    policy: migration.policy?.name ?? null,
  };
}

export function resultsOf(recorded: Recorded): Results {
  const { scenario, plan, links, hosts } = recorded;
  return {
    ...{ scenario: scenario.name, description: scenario.description, seed: scenario.seed, hosts: plan.pools },
    planned: plan.steps.map(({ atMs, text: action }) => ({ atMs, action })),
    ...{ versions: recorded.versions, outcome: recorded.outcome, error: recorded.error },
    ...{ startedAt: recorded.startedAt, durationMs: round(recorded.durationMs), actions: recorded.done },
    probes: Object.fromEntries(
      recorded.probes.map(({ probe, samples }) => [
        probe.name,
        roundAll(servedOf(samples, probe.every, recorded.durationMs)),
      ]),
    ),
    moves: recorded.moves,
    kpis: {
      links: groups(
        links,
        ({ from, to }) => `${from} to ${to}`,
        (rows) => ({
          latencyMs: mean(rows.map(({ latencyMs }) => latencyMs)),
          throughputMax: most(rows.flatMap(({ throughput }) => throughput ?? [])),
        }),
      ),
      hosts: groups(
        hosts,
        ({ pool }) => pool,
        (rows) => ({
          cpu: mean(rows.map(({ cpu }) => cpu)),
          memory: mean(rows.map(({ memory }) => memory)),
        }),
      ),
    },
  };
}

type Cell = string | number | null;

/** Each table by the name of its file, with a line of titles. */
export function tablesOf(recorded: Recorded): Readonly<Record<string, string>> {
  const probes = recorded.probes.map(({ probe, samples }) => [
    `probe-${probe.name}.csv`,
    csv(
      ['sent_ms', 'answer_ms', 'value'],
      samples.map(({ atMs, ms, value }) => [atMs, ms, value]),
    ),
  ]);
  return {
    ...(Object.fromEntries(probes) as Record<string, string>),
    'actions.csv': csv(
      ['planned_ms', 'began_ms', 'action', 'error'],
      recorded.done.map(({ plannedMs, atMs, text, error }) => [plannedMs, atMs, text, error]),
    ),
    'moves.csv': csv(
      [
        'container',
        'source',
        'destination',
        'state',
        'started_ms',
        'ended_ms',
        'downtime_ms',
        'bytes',
        'policy',
      ],
      recorded.moves.map((each) => [
        ...[each.container, each.source, each.destination, each.state, each.startedMs, each.endedMs],
        ...[each.downtimeMs, each.bytes, each.policy],
      ]),
    ),
    'links.csv': csv(
      ['at_ms', 'from', 'to', 'throughput_mbit', 'latency_ms', 'jitter_ms'],
      recorded.links.map((each) => [
        each.atMs,
        each.from,
        each.to,
        each.throughput,
        each.latencyMs,
        each.jitterMs,
      ]),
    ),
    'hosts.csv': csv(
      ['at_ms', 'pool', 'cpu_percent', 'memory_percent'],
      recorded.hosts.map(({ atMs, pool, cpu, memory }) => [atMs, pool, cpu, memory]),
    ),
    'events.csv': csv(
      ['at_ms', 'type', 'event'],
      recorded.events.map(({ atMs, event }) => [atMs, event.type, JSON.stringify(event)]),
    ),
  };
}

function csv(titles: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const text = (cell: Cell) => {
    const shown = typeof cell === 'number' ? String(round(cell)) : (cell ?? '');
    return /[",\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
  };
  return [titles, ...rows].map((row) => `${row.map(text).join(',')}\n`).join('');
}

function groups<Row, Value>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  valueOf: (rows: readonly Row[]) => Value,
): Record<string, Value> {
  const found = new Map<string, Row[]>();
  for (const row of rows) found.set(nameOf(row), [...(found.get(nameOf(row)) ?? []), row]);
  return Object.fromEntries(
    [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, own]) => [name, valueOf(own)]),
  );
}

function most(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}

function mean(values: readonly number[]): number {
  return round(values.reduce((sum, each) => sum + each, 0) / Math.max(1, values.length));
}

/** To a hundredth: no clock here is better. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function roundAll(served: Served): ProbeResult {
  const maybe = (value: number | null) => (value === null ? null : round(value));
  return {
    ...served,
    gaps: served.gaps.map(({ fromMs, untilMs }) => ({ fromMs: round(fromMs), untilMs: round(untilMs) })),
    gapMs: round(served.gapMs),
    longestGapMs: round(served.longestGapMs),
    medianMs: maybe(served.medianMs),
    p99Ms: maybe(served.p99Ms),
  };
}
