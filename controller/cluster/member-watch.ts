/**
 * Follows the controllers of a cluster: gives a vote to one that has all data, and reports the changes as events. Every
 * controller does this. etcd refuses a vote that comes too early, and a second one changes nothing.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../common/async/clock.js';
import { messageOf } from '../../common/errors.js';
import { EtcdRefusal, type EtcdGateway } from '../etcd-process/gateway.js';
import type { InventoryEvent } from '../model/event.js';
import type { Controller, ControllerState } from './decisions.js';
import type { MemberController } from './members.js';

interface Parts {
  readonly list: () => Promise<MemberController[]>;
  readonly gateway: Pick<EtcdGateway, 'promote'>;
  readonly emit: (event: InventoryEvent) => void;
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn'>;
  readonly clock: Clock;
}

/** How soon a controller that has all data gets its vote. */
const roundMs = 1_000;

export class MemberWatch {
  #known: ReadonlyMap<string, ControllerState> | undefined;
  #busy = false;

  constructor(private readonly parts: Parts) {}

  /** Returns what ends it. */
  start(): () => void {
    return this.parts.clock.every(roundMs, () => void this.#round());
  }

  /** The state of each controller at the last look. */
  states(): [name: string, state: ControllerState][] {
    return [...(this.#known ?? [])];
  }

  async #round(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const all = await this.parts.list();
      const now = new Map(all.map(({ name, state }) => [name, state]));
      for (const event of this.#known ? changesBetween(this.#known, now) : []) this.parts.emit(event);
      this.#known = now;
      await this.#promote(all);
    } catch (error) {
      this.parts.log.debug({ reason: messageOf(error) }, 'the controllers cannot be listed');
    } finally {
      this.#busy = false;
    }
  }

  async #promote(all: readonly MemberController[]): Promise<void> {
    const { gateway, log } = this.parts;
    for (const { id, name, state } of all) {
      if (state !== 'joining' || id === null) continue;
      try {
        await gateway.promote(id);
        log.info({ controller: name }, 'a controller has all data, and a vote');
      } catch (error) {
        if (!(error instanceof EtcdRefusal)) throw error;
        log.debug({ controller: name, reason: error.message }, 'a controller gets no vote yet');
      }
    }
  }
}

/** The events between two looks. */
export function changesBetween(
  before: ReadonlyMap<string, ControllerState>,
  after: ReadonlyMap<string, ControllerState>,
): InventoryEvent[] {
  const names = (map: ReadonlyMap<string, ControllerState>) => [...map.keys()];
  const event = (name: Controller['name'], what: 'joined' | 'removed' | 'up' | 'down'): InventoryEvent => ({
    type: `controller.${what}`,
    controller: name,
  });
  return [
    ...names(before)
      .filter((name) => !after.has(name))
      .map((name) => event(name, 'removed')),
    ...names(after).flatMap((name) => {
      const [was, is] = [before.get(name), after.get(name)];
      const joined = was === undefined ? [event(name, 'joined')] : [];
      if (is === was || (is !== 'up' && is !== 'down')) return joined;
      // One that has just got its vote announces itself a moment later.
      return is === 'down' && was !== 'up' ? joined : [...joined, event(name, is)];
    }),
  ];
}
