// The matrix: which fault occurs at which moment of which phase of which kind of container's migration.
import type { Phase } from '../../controller/model/migration.js';
import { machine } from '../../controller/migration/machine.js';
import type { Driver } from '../../deploy/lab/storage.js';
import { faultNames, type FaultName } from './faults.js';
import type { Random } from './random.js';

/**
 * `before`: the phase is saved and its step has not begun. `during`: its step is in progress, and a copy has moved
 * bytes. `after`: the step has had its effect, and the next phase is not saved.
 */
export const moments = ['before', 'during', 'after'] as const;
export type Moment = (typeof moments)[number];

export type WorkingPhase = Exclude<Phase, 'done' | 'failed' | 'cancelled'>;
/** Without `found`, which only a lost record leads to (test/e2e/resolve.test.ts). */
export const workingPhases = (Object.keys(machine) as WorkingPhase[]).filter((phase) => phase !== 'found');

const wayBack: readonly WorkingPhase[] = ['withdrawing', 'reverting', 'reverted'];

export interface Cell {
  readonly storage: Driver;
  readonly fault: FaultName;
  readonly phase: WorkingPhase;
  readonly moment: Moment;
  readonly running: boolean;
}

export function nameOf({ storage, fault, phase, moment, running }: Cell): string {
  return `${storage}/${fault}/${phase}.${moment}/${running ? 'running' : 'stopped'}`;
}

/**
 * How a migration reaches the phase: a plain move goes forward; one that is cancelled, or whose destination cannot
 * start the container, goes back.
 */
export function routeOf({ phase, running }: Cell): 'forward' | 'cancelled' | 'doomed' {
  if (!wayBack.includes(phase)) return 'forward';
  return running ? 'doomed' : 'cancelled';
}

export function cellsOf(storage: Driver): Cell[] {
  return faultNames.flatMap((fault) =>
    [true, false].flatMap((running) =>
      workingPhases.flatMap((phase) =>
        moments
          .map((moment) => ({ storage, fault, phase, moment, running }))
          .filter((cell) => isPossible(cell)),
      ),
    ),
  );
}

function isPossible({ fault, phase, moment, running }: Cell): boolean {
  if (running) return true;
  // People are tried on what runs, which is where they can do harm.
  if (fault.startsWith('person-')) return false;
  // `withdrawing` requires a failed start, and a stopped container is not started.
  if (phase === 'withdrawing') return false;
  // Nothing is copied before the stop, and nothing has to be stopped.
  return !(moment === 'during' && (phase === 'claimed' || phase === 'copied'));
}

/** One random cell for each fault and phase: covers all faults and phases in a fraction of the time. */
export function sample(cells: readonly Cell[], random: Random): Cell[] {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = `${cell.storage} ${cell.fault} ${cell.phase}`;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()].map((group) => random.pick(group));
}
