/** Reads a state again and again until it is an end, also over a restart of the controller. */
import { systemClock } from '../common/async/clock.js';
import { isUnknownOutcome } from '../common/errors.js';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface FollowOptions extends CallOptions {
  /** The interval between two requests. */
  readonly pollMs?: number;
  /** How long to retry when the controller does not answer: it may restart, and the migration continues. */
  readonly silenceMsMax?: number;
}

export async function* followUntil<State>(
  read: (options: CallOptions) => Promise<State>,
  isEnd: (state: State) => boolean,
  { pollMs = 300, silenceMsMax = 30_000, signal }: FollowOptions = {},
): AsyncGenerator<State, void> {
  let answeredAt = Date.now();
  let known: State | undefined;
  for (;;) {
    try {
      known = await read({ signal });
      answeredAt = Date.now();
    } catch (error) {
      if (!isUnknownOutcome(error) || Date.now() - answeredAt > silenceMsMax) throw error;
    }
    if (known !== undefined) yield known;
    if (known !== undefined && isEnd(known)) return;
    await systemClock.delay(pollMs, signal);
    signal?.throwIfAborted();
  }
}
