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
  const given = ([name, of]: readonly [string, (results: Results) => unknown]): Difference[] => {
    const [one, two] = [first, second].map((results) => JSON.stringify(of(results)));
    return one === two ? [] : [{ what: name, first: one ?? '', second: two ?? '', percent: null }];
  };
  return {
    given: [
      ['scenario', ({ scenario }: Results) => scenario] as const,
      ['seed', ({ seed }: Results) => seed] as const,
      ['hosts', ({ hosts }: Results) => hosts] as const,
      ['planned actions', ({ planned }: Results) => planned] as const,
      ['versions', ({ versions }: Results) => versions] as const,
    ].flatMap(given),
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
