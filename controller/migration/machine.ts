/**
 * The state table of a migration: for each phase, the step that leaves it, the next phase, and what a failure of the
 * step means.
 *
 *   accepted -> claimed -> copied -> stopped -> synced -> verified -> started => switched -> released -> removed -> done
 *       \__________\_________\_________\_________\            \__________\
 *                          reverting -> reverted -> failed    withdrawing (-> reverting)
 *
 *   found (its record was lost, or is older than its hosts): -> reverting, or -> verified, started or released
 *
 * `=>` is the point of no return: the destination has started and stayed up. From `switched` on, its disk is the
 * current one, and the source can only be removed. From `released` on, nothing of COPA is left on the destination.
 * Every step reads the state before it acts, so it can run again after any crash.
 */
import type { Phase } from '../model/migration.js';
import type { SlotKind } from '../model/slots.js';
import type { Step } from './step-context.js';
import { examine } from './examine.js';
import * as steps from './steps.js';

/**
 * What a failed step leads to:
 * - `revert`: a definite failure goes back. An unknown outcome is retried for `patienceMs` and then goes back, too.
 *   This is safe, because nothing has started the destination's copy yet.
 * - `withdraw`: a definite failure first removes the destination's copy (or keeps it under another name if it has run),
 *   and then goes back. An unknown outcome is retried without limit, because the copy may be running.
 * - `retry`: there is no way back, so every failure is retried.
 */
export type OnFailure = 'revert' | 'withdraw' | 'retry';

export interface Row {
  readonly step: Step;
  readonly next: Phase;
  readonly onFailure: OnFailure;
  /** How long to retry an unknown outcome before going back. It is short while the container is down. */
  readonly patienceMs: number;
  /** A cancellation is accepted in this phase. */
  readonly cancellable: boolean;
  /** What it takes of both hosts before the step (model/slots.ts). */
  readonly slot?: SlotKind;
}

type EndPhase = 'done' | 'failed' | 'cancelled';

const early = { onFailure: 'revert', patienceMs: 60_000, cancellable: true } as const;
const down = { onFailure: 'revert', patienceMs: 20_000, cancellable: true } as const;
const forward = { onFailure: 'retry', patienceMs: Infinity, cancellable: false } as const;

export const machine: Readonly<Record<Exclude<Phase, EndPhase>, Row>> = {
  // phase         the step that leaves it                  the phase after it
  accepted: { step: steps.claimSource, next: 'claimed', ...early, slot: 'copy' },
  claimed: { step: steps.copyWhileRunning, next: 'copied', ...early },
  copied: { step: steps.stopSource, next: 'stopped', ...early },
  stopped: { step: steps.copyFinally, next: 'synced', ...down },
  synced: { step: steps.verify, next: 'verified', ...down },
  verified: { step: steps.activate, next: 'started', ...forward, onFailure: 'withdraw' },
  started: { step: steps.settle, next: 'switched', ...forward, onFailure: 'withdraw' },
  switched: { step: steps.releaseDestination, next: 'released', ...forward },
  released: { step: steps.removeSource, next: 'removed', ...forward },
  removed: { step: steps.end, next: 'done', ...forward },
  // Its record was lost, or restored from a backup. Which way it goes on is what both hosts say.
  found: { step: examine, next: 'reverting', ...forward },
  // Going back.
  withdrawing: { step: steps.withdraw, next: 'reverting', ...forward },
  reverting: { step: steps.restoreSource, next: 'reverted', ...forward },
  reverted: { step: steps.removeLeftovers, next: 'failed', ...forward },
};

export function rowOf(phase: Phase): Row | undefined {
  return phase in machine ? machine[phase as keyof typeof machine] : undefined;
}

/** The outcome that is decided, although cleaning up may remain. */
export function verdictOf(phase: Phase): 'moved' | 'stayed' | undefined {
  if (phase === 'switched' || phase === 'released' || phase === 'removed' || phase === 'done') return 'moved';
  if (phase === 'reverted' || phase === 'failed' || phase === 'cancelled') return 'stayed';
  return undefined;
}
