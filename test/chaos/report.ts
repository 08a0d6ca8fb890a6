// The output of the suite: a line per finished case, the table of all at the end, and a summary.
import { moments, workingPhases, type Cell } from './cells.js';

export interface Result {
  readonly name: string;
  /** The cell of the matrix; other cases have none. */
  readonly cell?: Cell;
  /** "done", "failed", "cancelled"; "stuck" without an end, "lost", or "lab" when the lab itself failed. */
  readonly outcome: string;
  /** From the end of the fault to the end of the migration. */
  readonly seconds: number;
  /** The problems. */
  readonly problems: readonly string[];
  /** Details for the analysis of a failure. */
  readonly detail?: string;
}

export const hasPassed = ({ problems }: Result): boolean => problems.length === 0;

export function line(result: Result): string {
  const verdict = hasPassed(result) ? 'ok  ' : 'FAIL';
  const head = `${verdict} ${result.name.padEnd(52)} ${result.outcome.padEnd(9)} ${result.seconds.toFixed(1).padStart(5)} s`;
  if (hasPassed(result)) return head;
  const why = result.problems.slice(0, 12).map((problem) => `\n       - ${problem}`);
  return `${head}${why.join('')}${result.detail ? `\n       ${result.detail}` : ''}`;
}

const signs: Readonly<Record<string, string>> = { done: 'd', failed: 'f', cancelled: 'c' };

/** Faults as rows, phases as columns. Each field has the moments of the running and then of the stopped container. */
export function table(results: readonly Result[]): string {
  const inMatrix = results.filter((result): result is Result & { cell: Cell } => result.cell !== undefined);
  const rows = [...new Set(inMatrix.map(({ cell }) => `${cell.storage} ${cell.fault}`))];
  const field = (row: string, phase: string): string =>
    [true, false]
      .map((running) =>
        moments
          .map((moment) => {
            const result = inMatrix.find(
              ({ cell }) =>
                `${cell.storage} ${cell.fault}` === row &&
                cell.phase === phase &&
                cell.moment === moment &&
                cell.running === running,
            );
            return result === undefined ? '-' : hasPassed(result) ? (signs[result.outcome] ?? '?') : '!';
          })
          .join(''),
      )
      .join(' ');
  const width = Math.max(...rows.map((row) => row.length), 0);
  const lines = [
    ['', ...workingPhases.map((phase) => phase.slice(0, 7).padEnd(7))],
    ...rows.map((row) => [row, ...workingPhases.map((phase) => field(row, phase))]),
  ];
  return [
    'Each field: before, during, after; the running container, then the stopped one.',
    'd done, f failed and as before, c cancelled and as before, ! not as promised, - not there',
    ...lines.map(([head = '', ...fields]) => `${head.padEnd(width)}  ${fields.join('  ')}`),
  ].join('\n');
}

export function summary(results: readonly Result[]): string {
  const failed = results.filter((result) => !hasPassed(result)).length;
  return `${results.length - failed} passed, ${failed} failed`;
}
