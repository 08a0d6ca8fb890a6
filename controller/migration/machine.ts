/**
 * The whole story of a migration on one screen: from each phase, the step that leaves it, the phase after
 * it, and what a failure there means.
 *
 *   accepted -> claimed -> copied -> stopped -> synced -> verified -> started =>  switched -> removed -> done
 *       \__________\_________\_________\_________\            \__________\
 *                          reverting -> reverted -> failed    withdrawing (-> reverting)
 *
 * `=>` is the point of no return: the destination has started and stayed up. From `switched` on its disk is the truth,
 * and the source is only ever removed. Every step looks before it acts, so each may be run again after any crash.
 */
import type { Phase } from '../model/migration.js';
import type { Step } from './step-context.js';
import * as steps from './steps.js';

/**
 * What to do when a step fails:
 * - `revert`: a definite failure goes back; an unknown outcome is asked again for `patienceMs`, then goes
 *   back too. Safe, because up to there nothing has ever started the destination's copy.
 * - `withdraw`: a definite failure goes back by removing (or, once it ran, keeping aside) the destination's copy first; an unknown outcome
 *   is asked again for ever, because the copy may be running.
 * - `retry`: there is no way but forward.
 */
export type OnFailure = 'revert' | 'withdraw' | 'retry';

export interface Row {
  readonly step: Step;
  readonly next: Phase;
  readonly onFailure: OnFailure;
  /** How long an unanswering side is waited for before the way back; short where the container is down. */
  readonly patienceMs: number;
  /** Until here a cancellation takes it back. */
  readonly cancellable: boolean;
}

type EndPhase = 'done' | 'failed' | 'cancelled';

const early = { onFailure: 'revert', patienceMs: 60_000, cancellable: true } as const;
const down = { onFailure: 'revert', patienceMs: 20_000, cancellable: true } as const;
const forward = { onFailure: 'retry', patienceMs: Infinity, cancellable: false } as const;

export const machine: Readonly<Record<Exclude<Phase, EndPhase>, Row>> = {
  // phase         the step that leaves it                  the phase after it
  accepted: { step: steps.claimSource, next: 'claimed', ...early },
  claimed: { step: steps.copyWhileRunning, next: 'copied', ...early },
  copied: { step: steps.stopSource, next: 'stopped', ...early },
  stopped: { step: steps.copyFinally, next: 'synced', ...down },
  synced: { step: steps.verify, next: 'verified', ...down },
  verified: { step: steps.activate, next: 'started', ...forward, onFailure: 'withdraw' },
  started: { step: steps.settle, next: 'switched', ...forward, onFailure: 'withdraw' },
  switched: { step: steps.removeSource, next: 'removed', ...forward },
  removed: { step: steps.releaseDestination, next: 'done', ...forward },
  // The way back.
  withdrawing: { step: steps.withdraw, next: 'reverting', ...forward },
  reverting: { step: steps.restoreSource, next: 'reverted', ...forward },
  reverted: { step: steps.removeLeftovers, next: 'failed', ...forward },
};

export function rowOf(phase: Phase): Row | undefined {
  return phase in machine ? machine[phase as keyof typeof machine] : undefined;
}

/** What is decided, though something may remain to be cleaned up. */
export function verdictOf(phase: Phase): 'moved' | 'stayed' | undefined {
  if (phase === 'switched' || phase === 'removed' || phase === 'done') return 'moved';
  if (phase === 'reverted' || phase === 'failed' || phase === 'cancelled') return 'stayed';
  return undefined;
}
