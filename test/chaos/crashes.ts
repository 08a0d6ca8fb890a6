// Restarts daemons that crash by themselves (LXD 5.0.2 panics when an operation ends while it is being cancelled), as
// systemd does on a real host. The crashes are reported, and must not harm any migration.
import type { Host } from '../../deploy/lab/host.js';

const lookEveryMs = 500;

export class Crashes {
  readonly told: string[] = [];
  readonly #timer: NodeJS.Timeout;
  #restarting: Promise<void> = Promise.resolve();

  constructor(private readonly hosts: readonly Host[]) {
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  /** Stops watching, and returns when every crashed daemon is ready again. */
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
