/** Compares two runs: what was the same, and how the measured values differ. Pure. */
import type { Results } from './results.js';

export interface Difference {
  readonly what: string;
  readonly first: string;
  readonly second: string;
  /** Of the second to the first, in percent; null where that says nothing. */
  readonly percent: number | null;
}

export interface Comparison {
  /** What was given differently, so that the runs are not the same experiment. */
  readonly given: readonly Difference[];
  readonly measured: readonly Difference[];
}

export function compare(first: Results, second: Results): Comparison {
  const [one, two] = [givenTo(first), givenTo(second)];
  return {
    given: [...new Set([...one.keys(), ...two.keys()])].flatMap((what) => {
      const [its, other] = [one.get(what) ?? '', two.get(what) ?? ''];
      return its === other ? [] : [{ what, first: its, second: other, percent: null }];
    }),
    measured: valueNames(first, second).map((what) => {
      const [one, two] = [first, second].map((results) => valuesOf(results).get(what));
      return {
        what,
        first: one === undefined ? '' : text(one),
        second: two === undefined ? '' : text(two),
        percent:
          one === undefined || two === undefined || one === 0
            ? null
            : Math.round((two / one - 1) * 1000) / 10,
      };
    }),
  };
}

/** What comes from measuring; everything else is given. */
const measuredParts: ReadonlySet<string> = new Set<keyof Results>([
  ...(['outcome', 'error', 'startedAt', 'durationMs', 'actions', 'probes', 'moves', 'kpis'] as const),
]);

function givenTo(results: Results): ReadonlyMap<string, string> {
  const given = Object.entries(results).filter(([name]) => !measuredParts.has(name));
  return new Map(
    [...given, ['names of probes', Object.keys(results.probes)] as const].map(([name, value]) => [
      name,
      JSON.stringify(value),
    ]),
  );
}

function valueNames(first: Results, second: Results): string[] {
  return [...new Set([first, second].flatMap((results) => [...valuesOf(results).keys()]))];
}

/** The measured values that are worth comparing, by name. */
function valuesOf({ probes, moves, kpis, actions }: Results): Map<string, number> {
  const found: [string, number | null][] = [];
  for (const [name, probe] of Object.entries(probes)) {
    found.push(
      [`${name}: requests`, probe.requests],
      [`${name}: unanswered`, probe.unanswered],
      [`${name}: gaps`, probe.gaps.length],
      [`${name}: longest gap, ms`, probe.longestGapMs],
      [`${name}: all gaps, ms`, probe.gapMs],
      [`${name}: median answer, ms`, probe.medianMs],
      [`${name}: p99 answer, ms`, probe.p99Ms],
    );
  }
  found.push(['actions that failed', actions.filter(({ error }) => error !== null).length]);
  found.push(['moves', moves.length]);
  for (const [index, { container, source, destination, downtimeMs, startedMs, endedMs }] of moves.entries()) {
    const name = `move ${index + 1}, ${container}: ${source} to ${destination}`;
    found.push([`${name}: began, ms`, startedMs], [`${name}: downtime, ms`, downtimeMs]);
    found.push([`${name}: took, ms`, endedMs === null ? null : endedMs - startedMs]);
  }
  for (const [name, { latencyMs, throughputMax }] of Object.entries(kpis.links))
    found.push([`link ${name}: latency, ms`, latencyMs], [`link ${name}: most Mbit/s`, throughputMax]);
  for (const [name, { cpu }] of Object.entries(kpis.hosts)) found.push([`host ${name}: CPU, %`, cpu]);
  return new Map(found.filter((each): each is [string, number] => each[1] !== null));
}

function text(value: number): string {
  return String(Math.round(value * 100) / 100);
}
