/** The time between the start of a copy and the point of no return: whether it stays up, and passes its check. */
import type { ContainerCheck } from '../../common/container-check.js';
import type { CheckResult } from '../../proto/gen/copa/agent/v1/CheckResult.js';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { SettleDestinationReply } from '../../proto/gen/copa/agent/v1/SettleDestinationReply.js';
import type { LxdClient } from '../lxd/client.js';
import type { followInstances } from '../lxd/events.js';
import { getInstance } from '../lxd/instances.js';
import type { Instance } from '../lxd/types.js';
import { checkContainer, type CheckContainer } from './container-check.js';
import { wentDownWithItsHost } from './copy-state.js';
import { StopCauses } from './stop-causes.js';

/** The interval of the looks whether a container stays up, and of those for the result of its check. */
const settlePollMs = 500;
const checkPollMs = 200;

/** How much later than the state the event of a stop can arrive. */
const eventDelayMsMax = 3_000;

/** What the container has to do when it has stayed up, and in which time. */
export interface CheckOrder {
  readonly check: ContainerCheck;
  readonly timeoutMs: number;
}

const skipped: CheckResult = { outcome: 'skipped', message: 'somebody stopped the container' };

interface Parts {
  readonly lxd: LxdClient;
  readonly followInstances?: typeof followInstances;
  readonly checkContainer?: CheckContainer;
  /** Throws when the container is not the migration's copy. */
  readonly checkOurs: (command: MigrationCommand__Output, instance: Instance) => void;
  readonly startAgain: (command: MigrationCommand__Output) => Promise<void>;
  /** Locks a stopped copy. False when it runs again. */
  readonly lockAgain: (command: MigrationCommand__Output) => Promise<boolean>;
}

export class Settling {
  readonly #stopCauses: StopCauses;
  readonly #settling = new Map<string, Promise<SettleDestinationReply>>();

  constructor(private readonly parts: Parts) {
    this.#stopCauses = new StopCauses(parts.lxd, parts.followInstances);
  }

  /**
   * Waits whether the container stops by itself within the given time, and then until its check has passed or failed. If
   * it stops by itself, it is locked against every start. The daemon's events show who stopped it. A stop without an
   * event counts as the container's own.
   */
  settle(command: MigrationCommand__Output, ms: number, order?: CheckOrder): Promise<SettleDestinationReply> {
    // A controller that continues the migration of another one joins the wait that is in progress.
    const key = `${command.migrationId} ${command.container}`;
    const known = this.#settling.get(key);
    if (known) return known;
    const settling = this.#settle(command, ms, order).finally(() => this.#settling.delete(key));
    this.#settling.set(key, settling);
    return settling;
  }

  async #settle(
    command: MigrationCommand__Output,
    ms: number,
    order: CheckOrder | undefined,
  ): Promise<SettleDestinationReply> {
    const { container } = command;
    const deadline = this.parts.lxd.clock.now() + ms;
    const ending = new AbortController();
    let check: { result?: CheckResult } | undefined;
    await this.#stopCauses.begin(container);
    try {
      for (;;) {
        const instance = await getInstance(this.parts.lxd, container);
        this.parts.checkOurs(command, instance);
        if (instance.status === 'Stopped') {
          const fate = await this.#stoppedMeanwhile(command, instance);
          if (fate === 'by itself') return { stoppedByItself: true };
          if (fate === 'by request') return { stoppedByItself: false, check: order ? skipped : null };
        } else if (this.parts.lxd.clock.now() >= deadline) {
          if (!order) return { stoppedByItself: false };
          check ??= this.#beginCheck(container, { ...order, signal: ending.signal });
          if (check.result) return { stoppedByItself: false, check: check.result };
        }
        const leftMs = deadline - this.parts.lxd.clock.now();
        await this.parts.lxd.clock.delay(leftMs > 0 ? Math.min(leftMs, settlePollMs) : checkPollMs);
      }
    } finally {
      ending.abort();
      this.#stopCauses.end(container);
    }
  }

  #beginCheck(container: string, order: CheckOrder & { readonly signal: AbortSignal }) {
    const check: { result?: CheckResult } = {};
    const run = this.parts.checkContainer ?? checkContainer;
    void run(this.parts.lxd, container, order).then((result) => (check.result = result));
    return check;
  }

  /** Who stopped it. One that went down with its host is started again. */
  async #stoppedMeanwhile(
    command: MigrationCommand__Output,
    instance: Instance,
  ): Promise<'by request' | 'by itself' | 'it runs again'> {
    const { container } = command;
    const eventBy = this.parts.lxd.clock.now() + eventDelayMsMax;
    while (!this.#stopCauses.causeOf(container) && this.parts.lxd.clock.now() < eventBy)
      await this.parts.lxd.clock.delay(checkPollMs);
    const cause = this.#stopCauses.causeOf(container);
    if (cause === 'by request') return cause;
    if (!cause && wentDownWithItsHost(instance)) await this.parts.startAgain(command);
    else if (await this.parts.lockAgain(command)) return 'by itself';
    this.#stopCauses.reset(container);
    return 'it runs again';
  }
}
