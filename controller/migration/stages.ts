/** A migration's stages in order, and a description of each phase for people. */
import type { Phase } from '../model/migration.js';
import { stages, type MigrationView, type Stage } from '../model/migration-view.js';
import { rowOf } from './machine.js';

interface PhaseText {
  /** Undefined when the migration has ended. */
  readonly stage?: Stage;
  /** What happens in this phase, in a few words. */
  readonly doing: string;
  /** What is true from this phase on. */
  readonly reached: string;
}

export const phaseTexts: Readonly<Record<Phase, PhaseText>> = {
  accepted: { stage: 'prepare', doing: 'claiming the container', reached: 'both hosts agreed' },
  claimed: { stage: 'copy', doing: 'copying while it runs', reached: 'no other operation can change it' },
  copied: {
    stage: 'stop',
    doing: 'shutting down',
    reached: 'the remaining changes are small enough for a short stop',
  },
  stopped: { stage: 'last pass', doing: 'last pass', reached: 'it has shut down' },
  synced: { stage: 'last pass', doing: 'verifying', reached: 'the last changes are on the destination' },
  verified: {
    stage: 'start',
    doing: 'starting',
    reached: 'the copy is complete; from here on it cannot be cancelled',
  },
  started: {
    stage: 'start',
    doing: 'waiting whether it stays up',
    reached: 'it runs on the destination',
  },
  switched: {
    stage: 'clean up',
    doing: 'freeing the container',
    reached: 'it stayed up; from here on the copy on the destination is valid',
  },
  released: { stage: 'clean up', doing: 'removing the source', reached: 'nothing of COPA holds it' },
  removed: { stage: 'clean up', doing: 'cleaning up', reached: 'the source is removed' },
  found: {
    stage: 'go back',
    doing: 'asking both hosts which copy is valid',
    reached: 'its record was lost or is older than its hosts, so both are asked',
  },
  withdrawing: { stage: 'go back', doing: 'going back', reached: 'the copy on the destination is removed' },
  reverting: { stage: 'go back', doing: 'going back', reached: 'the source starts again' },
  reverted: { stage: 'go back', doing: 'going back', reached: 'the source is as it was before' },
  done: { doing: 'done', reached: 'the migration is complete' },
  failed: { doing: 'failed', reached: 'it failed; the source is as it was before' },
  cancelled: { doing: 'cancelled', reached: 'it was cancelled; the source is as it was before' },
};

const forwardStages = stages.filter((stage) => stage !== 'go back');

/** The API's description of a phase. */
export function phaseFields(
  phase: Phase,
): Pick<MigrationView, 'stage' | 'stages' | 'description' | 'cancellable'> {
  const { stage = null, doing } = phaseTexts[phase];
  return {
    stage,
    stages: forwardStages,
    description: doing,
    cancellable: rowOf(phase)?.cancellable ?? false,
  };
}
