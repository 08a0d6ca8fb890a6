/**
 * The live state of this host's containers, maintained while it has a follower. It reads all containers once, then
 * each container that an event of the daemon names, and all again at long intervals to find changes without events.
 *
 * At most one read per container is in progress. A change during a read, or shortly after it, causes one more read. So a
 * container that changes a thousand times a second costs the daemon little: a read takes it longer than a freeze.
 */
import { isDeepStrictEqual } from 'node:util';
import { Backoff } from '../../common/async/backoff.js';
import { messageOf } from '../../common/errors.js';
import type { Container__Output as Container } from '../../proto/gen/copa/agent/v1/Container.js';
import type { Capacity__Output as Capacity } from '../../proto/gen/copa/agent/v1/Capacity.js';
import type { DaemonState__Output as DaemonState } from '../../proto/gen/copa/agent/v1/DaemonState.js';
import type { LxdClient } from '../lxd/client.js';
import type { Daemon } from '../lxd/daemon.js';
import { followInstances, type InstanceEvent } from '../lxd/events.js';
import { hasChanged } from './capacity.js';
import { readContainer, readContainers, type ContainerState } from './container-state.js';

/** Notifications for a follower. It reads the details when it sends them. */
export interface InventoryListener {
  /** The daemon has become reachable or unreachable. */
  onDaemon(): void;
  /** All containers have been read. */
  onListing(): void;
  /** This container is new, gone, or changed. */
  onContainer(name: string): void;
  onRenamed(oldName: string, name: string): void;
  /** What the host has for containers has changed noticeably. */
  onCapacity(): void;
}

interface Parts {
  readonly lxd: LxdClient;
  readonly daemon: () => Promise<Daemon>;
  /** Never throws. */
  readonly measure?: () => Promise<Capacity>;
  /** How often all containers are read again; 10 minutes if not given. */
  readonly listIntervalMs?: number;
}

/** The interval at which all containers are read without an event. */
const listIntervalMs = 600_000;

/** How often the host is measured. */
const measureIntervalMs = 10_000;

/** How long the state is maintained after the last follower left. A follower whose connection broke soon returns. */
const lingerMs = 30_000;

const retryPolicy = { delayMsMin: 250, delayMsMax: 4_000 };

/** Limit on concurrent reads of containers. More would only queue in the daemon. */
const readsMax = 4;

/** The pause between a read of a container and its next one. Raising it delays the second of two quick changes. */
const restMs = 100;

/** A container that just started has no address yet. It is read again after this time. */
const addressDelaysMs = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000] as const;

export class Inventory {
  readonly containers = new Map<string, Container>();
  /** The first process of each running container. */
  readonly pids = new Map<string, number>();
  /** Undefined until the daemon has answered, or failed to. */
  daemonState: DaemonState | undefined;
  /** The state belongs to a daemon that answers. */
  listed = false;

  /** As it was reported last; undefined until it was measured. */
  capacity: Capacity | undefined;

  readonly #followers = new Set<InventoryListener>();
  /** The containers to read, in the order of their changes. */
  readonly #touched = new Set<string>();
  readonly #reading = new Set<string>();
  /** Those that were read just now. */
  readonly #resting = new Map<string, NodeJS.Timeout>();
  readonly #addressTimers = new Map<string, NodeJS.Timeout>();
  #running: AbortController | undefined;
  #linger: NodeJS.Timeout | undefined;

  constructor(private readonly parts: Parts) {}

  /** Maintains the state for a reader without notifications, until the returned function is called. */
  keep(): () => void {
    const nothing = () => undefined;
    return this.follow({
      onDaemon: nothing,
      onListing: nothing,
      onContainer: nothing,
      onRenamed: nothing,
      onCapacity: nothing,
    });
  }

  /**
   * Notifies a follower of changes until the returned function is called. The follower has to read the current state
   * first.
   */
  follow(follower: InventoryListener): () => void {
    this.#followers.add(follower);
    clearTimeout(this.#linger);
    if (!this.#running) {
      this.#running = new AbortController();
      void this.#run(this.#running.signal);
    }
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size === 0) this.#linger = setTimeout(() => this.close(), lingerMs).unref();
    };
  }

  close(): void {
    clearTimeout(this.#linger);
    this.#running?.abort();
    this.#running = undefined;
    this.daemonState = undefined;
  }

  /** Never throws: every error counts as an unreachable daemon, and is retried. */
  async #run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(retryPolicy);
    while (!signal.aborted) {
      try {
        await this.#followDaemon(signal, () => backoff.reset());
        this.#daemonIs({ up: false, reason: 'its event stream ended' }, signal);
      } catch (error) {
        this.#daemonIs({ up: false, reason: messageOf(error) }, signal);
      }
      await backoff.wait(signal);
    }
  }

  /** Returns when the daemon's event stream has ended. */
  async #followDaemon(signal: AbortSignal, onListed: () => void): Promise<void> {
    const { lxd, daemon } = this.parts;
    const connection = new AbortController();
    const events = await followInstances(lxd, (event) => this.#onEvent(event, connection.signal));
    const close = () => events.close();
    signal.addEventListener('abort', close);
    let timer: NodeJS.Timeout | undefined;
    const measuring = setInterval(() => void this.#measure(connection.signal), measureIntervalMs).unref();
    try {
      const { kind, version } = await daemon();
      this.#daemonIs({ up: true, server: kind, serverVersion: version }, signal);
      void this.#measure(connection.signal);
      await this.#list(connection.signal);
      onListed();
      timer = setInterval(() => {
        // A daemon that is too busy is read again at the next interval. Its event stream ends if it died.
        this.#list(connection.signal).catch(() => undefined);
      }, this.parts.listIntervalMs ?? listIntervalMs).unref();
      await events.ended;
    } finally {
      signal.removeEventListener('abort', close);
      clearInterval(timer);
      clearInterval(measuring);
      connection.abort();
      events.close();
      this.#forgetReads();
    }
  }

  async #measure(signal: AbortSignal): Promise<void> {
    const now = await this.parts.measure?.();
    if (!now || signal.aborted || !hasChanged(this.capacity, now)) return;
    this.capacity = now;
    for (const follower of this.#followers) follower.onCapacity();
  }

  /**
   * Reads all containers. Containers that change during the listing are read again after it, because the order of
   * both is unknown.
   */
  async #list(signal: AbortSignal): Promise<void> {
    const wasListed = this.listed;
    this.listed = false;
    try {
      const all = await readContainers(this.parts.lxd);
      if (signal.aborted) return;
      this.containers.clear();
      this.pids.clear();
      for (const state of all) this.#keep(state, signal);
    } catch (error) {
      // The events that came meanwhile are as good as before: what they name is read now.
      this.listed = wasListed && !signal.aborted;
      this.#readNext(signal);
      throw error;
    }
    this.listed = !signal.aborted;
    for (const follower of this.#followers) follower.onListing();
    this.#readNext(signal);
  }

  #onEvent(event: InstanceEvent, signal: AbortSignal): void {
    if (event.kind === 'renamed' && this.containers.has(event.oldName)) {
      this.#forget(event.oldName);
      for (const follower of this.#followers) follower.onRenamed(event.oldName, event.name);
    }
    this.#touched.add(event.name);
    this.#readNext(signal);
  }

  #readNext(signal: AbortSignal): void {
    if (!this.listed || signal.aborted) return;
    for (const name of this.#touched) {
      if (this.#reading.size >= readsMax) return;
      if (this.#reading.has(name) || this.#resting.has(name)) continue;
      this.#touched.delete(name);
      this.#reading.add(name);
      void this.#read(name, signal);
    }
  }

  async #read(name: string, signal: AbortSignal): Promise<void> {
    try {
      const state = await readContainer(this.parts.lxd, name);
      if (signal.aborted) return;
      this.#learn(name, state, signal);
    } catch {
      // The next listing or event leads to another read. If the daemon died, its event stream ends.
    } finally {
      if (!signal.aborted) {
        this.#reading.delete(name);
        this.#rest(name, signal);
        this.#readNext(signal);
      }
    }
  }

  #rest(name: string, signal: AbortSignal): void {
    const end = () => {
      this.#resting.delete(name);
      this.#readNext(signal);
    };
    this.#resting.set(name, setTimeout(end, restMs).unref());
  }

  #learn(name: string, state: ContainerState | undefined, signal: AbortSignal): void {
    const known = this.containers.get(name);
    if (state) this.#keep(state, signal);
    else this.#forget(name);
    if (isDeepStrictEqual(known, state?.container)) return;
    for (const follower of this.#followers) follower.onContainer(name);
  }

  #keep({ container, pid }: ContainerState, signal: AbortSignal): void {
    this.containers.set(container.name, container);
    if (pid > 0) this.pids.set(container.name, pid);
    else this.pids.delete(container.name);
    this.#expectAddress(container, 0, signal);
  }

  #forget(name: string): void {
    this.containers.delete(name);
    this.pids.delete(name);
  }

  /** The daemon emits no event when a container gets its address. */
  #expectAddress({ name, status, addresses }: Container, tries: number, signal: AbortSignal): void {
    const delayMs = addressDelaysMs[tries];
    if (status !== 'Running' || addresses.length > 0 || delayMs === undefined) return;
    if (tries === 0 && this.#addressTimers.has(name)) return;
    const look = async () => {
      this.#addressTimers.delete(name);
      const known = this.containers.get(name);
      if (signal.aborted || known?.status !== 'Running' || known.addresses.length > 0) return;
      const state = await readContainer(this.parts.lxd, name).catch(() => undefined);
      if (!state || isAborted(signal) || this.containers.get(name) !== known) return;
      const { container } = state;
      if (container.addresses.length === 0) this.#expectAddress(container, tries + 1, signal);
      else this.#learn(name, state, signal);
    };
    this.#addressTimers.set(name, setTimeout(() => void look(), delayMs).unref());
  }

  #forgetReads(): void {
    this.listed = false;
    this.#touched.clear();
    this.#reading.clear();
    for (const timer of this.#resting.values()) clearTimeout(timer);
    this.#resting.clear();
    for (const timer of this.#addressTimers.values()) clearTimeout(timer);
    this.#addressTimers.clear();
  }

  #daemonIs(state: Partial<DaemonState>, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.daemonState = { up: false, reason: '', server: '', serverVersion: '', ...state };
    for (const follower of this.#followers) follower.onDaemon();
  }
}

/** A function, because the compiler would narrow the property to false permanently. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
