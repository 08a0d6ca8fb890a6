/**
 * Who stopped a copy: a user's request, or the container itself. The daemon's events show it, so they are followed from
 * before the copy is started until it has settled. After a restart of the agent in between, an earlier stop has no known
 * cause.
 */
import type { LxdClient } from '../lxd/client.js';
import { followInstances } from '../lxd/events.js';

type StopCause = 'by request' | 'by itself';

interface Followed {
  readonly events: Awaited<ReturnType<typeof followInstances>>;
  readonly stopTimer: () => void;
  cause?: StopCause;
}

/** A migration whose controller has died settles its copy later. Longer than this, nobody waits for it. */
const followedMsMax = 10 * 60_000;

export class StopCauses {
  readonly #followed = new Map<string, Followed>();

  constructor(
    private readonly lxd: LxdClient,
    private readonly follow: typeof followInstances = followInstances,
  ) {}

  /** Follows the events of a container, unless they are followed already. */
  async begin(container: string): Promise<void> {
    if (this.#followed.has(container)) return;
    const events = await this.follow(this.lxd, (event) => {
      const followed = this.#followed.get(container);
      if (followed && event.kind === 'touched' && event.name === container && event.stopped) {
        followed.cause = event.stopped;
      }
    });
    const stopTimer = this.lxd.clock.after(followedMsMax, () => this.end(container));
    this.#followed.set(container, { events, stopTimer });
    void events.ended.then(() => {
      if (this.#followed.get(container)?.events === events) this.end(container);
    });
  }

  causeOf(container: string): StopCause | undefined {
    return this.#followed.get(container)?.cause;
  }

  /** Forgets the cause of an earlier stop. */
  reset(container: string): void {
    delete this.#followed.get(container)?.cause;
  }

  end(container: string): void {
    const followed = this.#followed.get(container);
    this.#followed.delete(container);
    followed?.stopTimer();
    followed?.events.close();
  }
}
