/** The watch over one pool: opens the stream, passes on its messages, and reopens it when it ends. */
import { Backoff } from '../../common/async/backoff.js';
import { CopaError } from '../../common/errors.js';
import type { WatchEvent__Output as WatchEvent } from '../../proto/gen/copa/agent/v1/WatchEvent.js';
import type { AgentClient } from '../hosts/client.js';
import type { Semaphore } from '../../common/async/semaphore.js';

interface Parts {
  readonly host: () => Pick<AgentClient, 'stream'>;
  readonly semaphore: Semaphore;
  readonly heartbeatMs: () => number;
  readonly onEvent: (event: WatchEvent) => void;
  readonly onLost: (error: unknown) => void;
}

/** The interval at which silence is counted. */
export const tickMs = 500;

/** The longest delay until a host that is back is noticed. */
const retryPolicy = { delayMsMin: 250, delayMsMax: 8_000 };

/** The number of heartbeats that may be missing. */
const patience = 2.5;

export class HostWatch {
  #isClosed = false;
  /** Ends the stream that is open or being opened, or the pause before the next one. */
  #step = new AbortController();
  #silentTicks = 0;
  /** Infinite while no stream is open or being opened. */
  #silentTicksMax = Infinity;

  constructor(private readonly parts: Parts) {}

  /** Runs until it is closed; never throws. */
  async run(): Promise<void> {
    const backoff = new Backoff(retryPolicy);
    for (;;) {
      const { error, received } = await this.#follow();
      if (this.#isClosed) return;
      this.parts.onLost(error);
      if (received) backoff.reset();
      this.#step = new AbortController();
      await backoff.wait(this.#step.signal);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#step.abort();
  }

  /**
   * Counts silence in ticks of the event loop's timer, not in elapsed time. While this process was too busy to read,
   * nothing counts as silence.
   */
  tick(): void {
    if (++this.#silentTicks <= this.#silentTicksMax) return;
    const seconds = (this.#silentTicksMax * tickMs) / 1000;
    this.#step.abort(new CopaError('unavailable', `its agent has been silent for ${seconds} s`));
  }

  /** Resolves with the reason for the stream's end, and whether a message arrived. */
  async #follow(): Promise<{ readonly error: unknown; readonly received: boolean }> {
    const { semaphore, host, onEvent } = this.parts;
    const heartbeatMs = this.parts.heartbeatMs();
    const leave = await semaphore.acquire();
    const step = (this.#step = new AbortController());
    this.#silentTicks = 0;
    this.#silentTicksMax = Math.ceil((heartbeatMs * patience) / tickMs);
    const received = { any: false };
    try {
      // A pool that was removed meanwhile has no host, and a lookup must not create one.
      if (this.#isClosed) throw new CopaError('cancelled', 'it is no longer a pool');
      await host().stream(
        'Watch',
        { heartbeatMs },
        {
          signal: step.signal,
          // A thousand hosts that are down must not delay hosts that are up.
          impatient: true,
          onEvent: (event) => {
            this.#silentTicks = 0;
            leave();
            received.any = true;
            onEvent(event);
          },
        },
      );
      return { error: new CopaError('unavailable', 'its agent ended the stream'), received: received.any };
    } catch (error) {
      return { error: step.signal.aborted ? (step.signal.reason as unknown) : error, received: received.any };
    } finally {
      this.#silentTicksMax = Infinity;
      leave();
    }
  }
}
