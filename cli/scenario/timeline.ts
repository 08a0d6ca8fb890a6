/** Does each step at its time. */
import type { Clock } from '../../common/async/clock.js';
import { messageOf } from '../../common/errors.js';
import type { Step } from './plan.js';

/** How a step went. `atMs` is when it began, after the start. */
export interface Done {
  readonly plannedMs: number;
  readonly atMs: number;
  readonly text: string;
  /** Null: it succeeded. */
  readonly error: string | null;
}

interface Order {
  readonly clock: Clock;
  readonly steps: readonly Step[];
  readonly durationMs: number;
  readonly perform: (step: Step) => Promise<void>;
  readonly onDone: (done: Done) => void;
  readonly signal: AbortSignal;
}

/**
 * Ends after `durationMs`, or early when `signal` aborts. A step begins at its time, also while an earlier one goes on;
 * all that have begun are waited for. One that fails is reported, and the others go on.
 */
export async function runTimeline({
  clock,
  steps,
  durationMs,
  perform,
  onDone,
  signal,
}: Order): Promise<void> {
  const start = clock.now();
  const begun: Promise<void>[] = [];
  const until = async (ms: number) => {
    const left = start + ms - clock.now();
    if (left > 0) await clock.delay(left, signal);
  };
  for (const step of steps) {
    await until(step.atMs);
    if (signal.aborted) break;
    const at = { plannedMs: step.atMs, atMs: clock.now() - start, text: step.text };
    begun.push(
      perform(step).then(
        () => onDone({ ...at, error: null }),
        (error: unknown) => onDone({ ...at, error: messageOf(error) }),
      ),
    );
  }
  if (!signal.aborted) await until(durationMs);
  await Promise.all(begun);
}
