// A figure of COPA beside that of its alternative, of several rounds; and the table of them.
import { aligned, median } from './figures.js';

export interface Compared {
  /** What was done, on what, by how many clients at once. */
  readonly what: string;
  readonly unit: 'ms' | '/s' | 's' | 'times';
  /** One of each round; the n-th of both were measured one right after the other. */
  readonly copa: readonly number[];
  readonly other: readonly number[];
  readonly goal?: Goal;
}

/** What the medians are to satisfy: COPA's at most so much of the other's and so much more, or at least. */
export type Goal = { readonly atMost: number; readonly plus?: number } | { readonly atLeast: number };

export interface Section {
  readonly title: string;
  /** What the other column is. */
  readonly other: string;
  readonly rows: readonly Compared[];
}

export function comparison({ title, other, rows }: Section): string {
  const cells = [
    [title, 'COPA', other, 'ratio', 'goal', ''],
    ...rows.map((row) => [
      row.what,
      shown(median(row.copa), row.unit),
      shown(median(row.other), row.unit),
      ratioOf(row).toFixed(2),
      row.goal ? goalText(row.goal, row.unit) : '',
      row.goal ? (isMet(row, row.goal) ? 'met' : 'MISSED') : '',
    ]),
  ];
  return aligned(cells);
}

/** Compared round by round, as both parts of a round met the same machine. */
function ratioOf({ copa, other }: Compared): number {
  return median(copa.map((value, round) => value / (other[round] ?? NaN)));
}

function isMet(row: Compared, goal: Goal): boolean {
  if ('atLeast' in goal) return ratioOf(row) >= goal.atLeast;
  return median(row.copa) <= median(row.other) * goal.atMost + (goal.plus ?? 0);
}

function goalText(goal: Goal, unit: Compared['unit']): string {
  if ('atLeast' in goal) return `>= ${goal.atLeast}`;
  return `<= ${goal.atMost}${goal.plus === undefined ? '' : ` + ${goal.plus} ${unit}`}`;
}

function shown(value: number, unit: Compared['unit']): string {
  if (unit === 'ms' && value < 0.1) return `${(value * 1000).toFixed(0)} µs`;
  const digits = unit === '/s' && value >= 100 ? 0 : unit === 's' ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}
