// Daemons that end by themselves (LXD 5.0.2 panics when an operation ends while it is being cancelled) are started
// again, as systemd does on a real host; that they did is told, and no migration may come to harm by it.
import type { Host } from '../../deploy/lab/host.js';

const lookEveryMs = 500;

export class Crashes {
  readonly told: string[] = [];
  readonly #timer: NodeJS.Timeout;
  #restarting: Promise<void> = Promise.resolve();

  constructor(private readonly hosts: readonly Host[]) {
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  /** Looks no more, and returns when every daemon that had ended is ready again. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#look();
    await this.#restarting;
  }

  #look(): void {
    this.#restarting = this.#restarting.then(async () => {
      for (const host of this.hosts) {
        if (host.isRunning('lxd')) continue;
        this.told.push(
          `${host.name}'s daemon ended by itself: ${host.logTail('lxd', 8).split('\n')[0] ?? ''}`,
        );
        await host.restart('lxd');
      }
    });
    this.#restarting.catch(() => undefined);
  }
}
