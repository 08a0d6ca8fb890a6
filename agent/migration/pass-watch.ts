/** Watches a pass in progress and ends it with a reason. LXD itself would wait for ever. */
import { systemClock } from '../../common/async/clock.js';
import { deferred } from '../../common/async/deferred.js';
import { CopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import type { LxdClient } from '../lxd/client.js';
import { workFor } from '../lxd/daemon-work.js';
import { waitForOperation } from '../lxd/operations.js';
import type { SpaceMeter } from '../lxd/storage.js';
import { PassGuard } from './pass-bounds.js';
import type { PassActivity } from './pass-activity.js';
import type { PassStream } from './pass-stream.js';

/** After this long without bytes, the agent checks whether its daemon still answers. */
const silenceMs = 4_000;

/** How long the daemon may take for that answer. */
const aliveTimeoutMs = 4_000;

/** A pass ends after this long without bytes and without activity on either side. */
const idleTimeoutMs = 300_000;

/** How long to wait for the daemon's result after the stream has ended. */
const verdictMs = 500;

/** Passes have no time limit, because a container may hold terabytes. */
const passTimeoutMs = 7 * 24 * 3600 * 1000;

const tickMs = 500;

export interface WatchedPass {
  readonly lxd: LxdClient;
  readonly operationId: string;
  readonly container: string;
  readonly stream: PassStream;
  readonly activity: PassActivity;
  /** The stream calls this when bytes arrive. The guard installs itself here. */
  readonly guard: { received: (bytes: number) => void };
  readonly space: SpaceMeter;
  /** The copy is made on this host. */
  readonly writes: boolean;
  /** Milliseconds since a controller last watched the pass. */
  readonly unwatchedMs: () => number;
  readonly signal: AbortSignal;
}

/**
 * Resolves when the daemon has reported success. Otherwise throws the reason, with the daemon's error if there is
 * one.
 */
export async function watchPass(pass: WatchedPass): Promise<void> {
  const { lxd, operationId, stream, signal } = pass;
  const aborted = deferred<CopaError>();
  const onAbort = () => aborted.resolve(signal.reason as CopaError);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const silence = new SilenceWatch(pass);
  const guard = new PassGuard({ ...pass, measure: pass.space });
  pass.guard.received = (bytes) => guard.received(bytes);
  try {
    const ended = waitForOperation(lxd, operationId, passTimeoutMs);
    // The first result decides. The wait ends later, and its result does not matter.
    ended.catch(() => undefined);
    const ends = [stream.broken, silence.stuck, guard.tripped, aborted.promise];
    const error = await Promise.race([ended.then(() => undefined), ...ends]);
    if (!error) return;
    // The stream and the operation end at nearly the same time: wait briefly for the daemon's result.
    const verdict = await Promise.race([
      ended.then(
        () => 'success' as const,
        (failure: unknown) => failure,
      ),
      systemClock.delay(verdictMs),
    ]);
    if (verdict === 'success') return;
    if (verdict === undefined || isUnknownOutcome(verdict)) throw error;
    throw new CopaError(error.code, `${error.message}; the daemon reports: ${messageOf(verdict)}`);
  } finally {
    guard.close();
    silence.close();
    signal.removeEventListener('abort', onAbort);
  }
}

/** Notices a daemon that hangs, and a pass without activity. */
class SilenceWatch {
  readonly stuck: Promise<CopaError>;
  readonly #resolve: (error: CopaError) => void;
  readonly #timer: NodeJS.Timeout;
  #lookAt = 0;
  #looking = false;

  constructor(private readonly pass: WatchedPass) {
    const stuck = deferred<CopaError>();
    this.stuck = stuck.promise;
    this.#resolve = stuck.resolve;
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const { activity } = this.pass;
    if (activity.idleMs > idleTimeoutMs) {
      const message = `no byte has moved and neither side has worked for ${idleTimeoutMs / 1000} s`;
      this.#resolve(new CopaError('unavailable', message));
    } else if (activity.silentMs >= silenceMs && Date.now() >= this.#lookAt && !this.#looking) {
      this.#looking = true;
      void this.#look().finally(() => {
        this.#looking = false;
        this.#lookAt = Date.now() + silenceMs;
      });
    }
  }

  async #look(): Promise<void> {
    const { lxd, operationId, container, activity } = this.pass;
    try {
      await lxd.get(`/1.0/operations/${operationId}`, aliveTimeoutMs);
    } catch (error) {
      // Any answer, also "not found", shows that the daemon lives. The wait for the operation returns how it ended.
      if (isUnknownOutcome(error)) {
        this.#resolve(new CopaError('unavailable', `the daemon hangs: ${messageOf(error)}`));
      }
    }
    activity.sampled(await workFor(container));
  }
}
