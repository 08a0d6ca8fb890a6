/** The two halves of a pass, one per agent. The controller follows both to their end. */
import { Backoff } from '../../common/async/backoff.js';
import { CopaError, isCopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import { fractionFrom } from '../../common/random-hex.js';
import type { StepContext } from './step-context.js';

/** How long the controller tries to reconnect to an agent. The transfer continues meanwhile. */
const reattachMs = 20_000;
const reattachPolicy = { delayMsMin: 250, delayMsMax: 1_000 };

/** How long the second half may take to end after the first one has failed. */
const otherHalfMs = 20_000;

/** The final result of a pass. */
export interface PassResult {
  readonly bytes: number;
  /** 0 when unknown. */
  readonly sourceStartedAtMs: number;
  /** It went by rsync, although the storages have an own format. */
  readonly byRsync: boolean;
}

export interface Followed {
  /** The agent has registered the transfer. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly bytes: () => number;
  /** By its host's clock; 0 until it is known. */
  readonly startedAtMs: () => number;
  readonly byRsync: () => boolean;
}

interface TransferProgress {
  readonly bytes: number;
  readonly startedAtMs: number;
  readonly byRsync: boolean;
}

interface Half {
  readonly pool: string;
  readonly mode: 'begin' | 'attach';
  readonly onBytes?: (bytes: number) => void;
  readonly watch: (attachOnly: boolean, onEvent: (event: TransferProgress) => void) => Promise<void>;
}

/** Follows one half to its end, also when the connection to its agent breaks. */
export function follow(
  { signal, clock, randomHex }: Pick<StepContext, 'signal' | 'clock' | 'randomHex'>,
  { pool, mode, onBytes, watch }: Half,
): Followed {
  let bytes = 0;
  let startedAtMs = 0;
  let byRsync = false;
  let becomeReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (becomeReady = resolve));
  const run = async () => {
    let known = mode === 'attach';
    let lastEventAt = clock.now();
    const backoff = new Backoff(reattachPolicy, { clock, random: () => fractionFrom(randomHex) });
    for (;;) {
      let isLost = known;
      try {
        await watch(known, (event) => {
          // After the first event the agent has the transfer. Another begin would start a second one.
          known = true;
          isLost = false;
          startedAtMs ||= event.startedAtMs;
          byRsync ||= event.byRsync;
          lastEventAt = clock.now();
          backoff.reset();
          bytes = credibleBytes(bytes, event.bytes);
          onBytes?.(bytes);
          becomeReady();
        });
        return;
      } catch (error) {
        if (signal.aborted)
          throw new CopaError('cancelled', 'the pass is no longer watched', { cause: error });
        if (isCopaError(error, 'not_found')) throw missing(error, isLost, pool);
        if (!isUnknownOutcome(error) || clock.now() - lastEventAt > reattachMs) throw error;
        await backoff.wait(signal);
      }
    }
  };
  const ended = run();
  ended.catch(() => undefined);
  return { ready, ended, bytes: () => bytes, startedAtMs: () => startedAtMs, byRsync: () => byRsync };
}

/**
 * An agent that does not know the transfer to continue was restarted. Any other `not_found` comes from its daemon,
 * and a retry would return it again.
 */
function missing(error: CopaError, isLost: boolean, pool: string): CopaError {
  if (!isLost) return new CopaError('failed_precondition', error.message, { cause: error });
  return new CopaError('aborted', `the agent of ${pool} was restarted during a pass`, { cause: error });
}

/**
 * Waits for both halves. When one fails, its agent reports that to the other, which then gets a short time to return
 * its error. The daemons' errors are the most informative ones, and often only one daemon knows the cause.
 */
export async function bothHalves(
  { signal, clock }: Pick<StepContext, 'signal' | 'clock'>,
  send: Followed,
  receive: Followed,
): Promise<PassResult> {
  const halves = [send.ended, receive.ended];
  try {
    await Promise.all(halves);
    const lie = disagreement(send.bytes(), receive.bytes());
    if (lie !== undefined) throw new CopaError('aborted', lie);
    return { bytes: send.bytes(), sourceStartedAtMs: send.startedAtMs(), byRsync: send.byRsync() };
  } catch (first) {
    const settled = await Promise.race([Promise.allSettled(halves), clock.delay(otherHalfMs, signal)]);
    const errors = (settled ?? []).flatMap((each) =>
      each.status === 'rejected' ? [each.reason as unknown] : [],
    );
    const cancelled = errors.find((error) => isCopaError(error, 'cancelled'));
    const verdict = errors.find((error) => !isUnknownOutcome(error) && !isCopaError(error, 'aborted'));
    throw cancelled ?? withOthers(verdict ?? first, errors);
  }
}

/** The byte count that an agent reports. It never decreases and never exceeds the range of exact integers. */
export function credibleBytes(before: number, reported: number): number {
  return Math.max(before, Math.min(reported, Number.MAX_SAFE_INTEGER));
}

/**
 * Both sides count the same bytes. Measured counts were equal to the byte. The tolerance covers ends at different
 * moments.
 */
const differenceBytesMax = 1024 ** 2;

/** The error of a pass that both sides report as successful, but with different byte counts. */
export function disagreement(sentBytes: number, receivedBytes: number): string | undefined {
  if (Math.abs(sentBytes - receivedBytes) <= differenceBytesMax) return undefined;
  return `${sentBytes} bytes went through the source's agent, and ${receivedBytes} through the destination's: one of them reports a wrong number`;
}

/** Adds the other side's message to an error, because often only one side knows the cause. */
function withOthers(error: unknown, all: readonly unknown[]): unknown {
  const others = all.filter((each) => each !== error).map((each) => messageOf(each));
  if (!isCopaError(error) || others.length === 0) return error;
  return new CopaError(error.code, [error.message, ...others].join('; '), { cause: error });
}
