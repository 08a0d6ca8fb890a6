// A figure of COPA compared with its alternative, over several rounds, and their table.
import { aligned, median } from './figures.js';

export interface Compared {
  /** The operation, its object, and the number of concurrent clients. */
  readonly what: string;
  readonly unit: 'ms' | '/s' | 's' | 'times';
  /** One value per round. The n-th values of both were measured one right after the other. */
  readonly copa: readonly number[];
  readonly other: readonly number[];
  readonly goal?: Goal;
}

/** The bound on the medians: COPA's at most a factor of the other's plus a constant, or at least a factor. */
export type Goal = { readonly atMost: number; readonly plus?: number } | { readonly atLeast: number };

export interface Section {
  readonly title: string;
  /** The title of the other column. */
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

/** Compares round by round, because both parts of a round ran on the machine in the same state. */
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
