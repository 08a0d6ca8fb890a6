/**
 * The state of one pool, and how each message changes it. A pool that does not answer keeps its last known
 * containers. Its state shows since when they are outdated.
 */
import type { Capacity__Output as Capacity } from '../../proto/gen/copa/agent/v1/Capacity.js';
import type { DaemonState__Output as DaemonState } from '../../proto/gen/copa/agent/v1/DaemonState.js';
import { noLabels, type Labels } from '../../common/labels.js';
import { containerNamePattern } from '../../common/names.js';
import type { WatchEvent__Output as WatchEvent } from '../../proto/gen/copa/agent/v1/WatchEvent.js';
import { changeBetween, cut, ContainerLine, type ContainerChange } from '../model/container.js';
import { Containers, type Statuses } from './containers.js';
import type { InventoryEvent } from '../model/event.js';
import { noTranslations, type Translations } from '../model/mapping.js';
import type { Scheduling } from '../model/scheduling.js';

export type HostStatus = 'up' | 'down' | 'unknown';

/** Interns strings, because thousands of them are kept. */
const eventTypes = {
  created: 'container.created',
  started: 'container.started',
  stopped: 'container.stopped',
  frozen: 'container.frozen',
  unfrozen: 'container.unfrozen',
  changed: 'container.changed',
} as const satisfies Record<ContainerChange, string>;

/** Limit on the containers of one pool. Beyond it, an agent's data counts as malformed. */
const containersMax = 20_000;

export class HostState {
  state: HostStatus = 'unknown';
  reason: string | null = null;
  sinceMs: number;
  daemon: string | null = null;
  daemonVersion: string | null = null;
  /** Of names, in moves to it. */
  translations: Translations = noTranslations;
  labels: Labels = noLabels;
  /** Whether it takes new containers. */
  scheduling: Scheduling = 'active';
  /** Undefined until its agent reports it; an agent of 0.2.0 never does. */
  capacity: Capacity | undefined;
  capacityAtMs = 0;
  /** The UDP port of probes between hosts; 0: it measures no links, as an agent of an earlier release. */
  probePort = 0;
  readonly containers: Containers;
  /** The names that the current listing has reported so far. */
  #listing: Set<string> | undefined;

  constructor(
    readonly name: string,
    readonly address: string,
    statuses: Statuses,
    nowMs: number,
  ) {
    this.containers = new Containers(statuses);
    this.sinceMs = nowMs;
  }

  /** Applies a message of the pool's agent, and returns the events that follow from it. */
  apply(event: WatchEvent, nowMs: number, emit: (event: InventoryEvent) => void): void {
    if (event.daemon) {
      this.probePort = event.probePort <= 65_535 ? event.probePort : 0;
      this.#applyDaemon(event.daemon, nowMs, emit);
    }
    if (event.capacity) this.#applyCapacity(event.capacity, nowMs);
    for (const { oldName, name } of event.renamed) this.#rename(oldName, name, emit);
    for (const name of event.deleted) this.#delete(name, emit);
    if (event.listing !== 'NONE') this.#listing ??= new Set();
    for (const reported of event.containers) {
      const container = ContainerLine.from(reported);
      if (!container) continue;
      if (this.#listing && this.#listing.size < containersMax) this.#listing.add(container.name);
      this.#put(container, emit);
    }
    if (event.listing === 'LAST_PART') this.#listed(nowMs, emit);
  }

  /** The agent does not answer. A repeated call only changes the reason. */
  lost(reason: string, nowMs: number, emit: (event: InventoryEvent) => void): void {
    this.#listing = undefined;
    this.reason = reason;
    if (this.state === 'down') return;
    this.state = 'down';
    this.sinceMs = nowMs;
    emit({ type: 'pool.down', pool: this.name, reason });
  }

  #applyDaemon(daemon: DaemonState, nowMs: number, emit: (event: InventoryEvent) => void): void {
    if (!daemon.up) {
      this.lost(`its daemon does not answer: ${cut(daemon.reason)}`, nowMs, emit);
      return;
    }
    this.daemon = cut(daemon.server);
    this.daemonVersion = cut(daemon.serverVersion);
  }

  #applyCapacity(reported: Capacity, nowMs: number): void {
    const numbers = Object.values(reported) as readonly unknown[];
    if (!numbers.every((each) => typeof each === 'number' && Number.isFinite(each) && each >= 0)) return;
    this.capacity = reported;
    this.capacityAtMs = nowMs;
  }

  /** The pool is up when all its containers are known. */
  #listed(nowMs: number, emit: (event: InventoryEvent) => void): void {
    const listed = this.#listing;
    this.#listing = undefined;
    for (const { name } of this.containers.all()) if (!listed?.has(name)) this.#delete(name, emit);
    if (this.state === 'up') return;
    this.state = 'up';
    this.reason = null;
    this.sinceMs = nowMs;
    const { name: pool, daemon, daemonVersion } = this;
    emit({ type: 'pool.up', pool, daemon, daemon_version: daemonVersion });
  }

  #put(container: ContainerLine, emit: (event: InventoryEvent) => void): void {
    const { name } = container;
    const before = this.containers.get(name);
    if (!before && this.containers.size >= containersMax) return;
    const change = changeBetween(before, container);
    if (!change) return;
    this.containers.put(container);
    // A container found by a listing existed before. Only a container that appears between listings was just created.
    const isFound = change === 'created' && this.#listing !== undefined;
    emit({ type: eventTypes[isFound ? 'changed' : change], pool: this.name, container });
  }

  #delete(name: string, emit: (event: InventoryEvent) => void): void {
    if (this.containers.delete(name)) {
      emit({ type: 'container.deleted', pool: this.name, container: { name } });
    }
  }

  #rename(oldName: string, name: string, emit: (event: InventoryEvent) => void): void {
    const before = this.containers.get(oldName);
    if (!before || !containerNamePattern.test(name)) return;
    const container = before.renamed(name);
    this.containers.delete(oldName);
    this.containers.put(container);
    emit({ type: 'container.renamed', pool: this.name, container, old_name: oldName });
  }
}
