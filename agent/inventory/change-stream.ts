/**
 * The changes of this host for one controller: first all containers, then what has changed since the last message.
 * Only the names of changed containers are stored. Their state is read when the message is made. A slow controller
 * therefore costs no more memory than the host has containers, and always gets the latest state.
 */
import type { Container__Output as Container } from '../../proto/gen/copa/agent/v1/Container.js';
import type { Renaming } from '../../proto/gen/copa/agent/v1/Renaming.js';
import type { WatchEvent } from '../../proto/gen/copa/agent/v1/WatchEvent.js';
import type { InventoryListener, Inventory } from './inventory.js';

type Host = Pick<Inventory, 'capacity' | 'containers' | 'daemonState' | 'listed' | 'follow'>;

/** The first change is sent at once, and the changes of the following interval together. */
const gatherMs = 250;

/** Containers per message: about 100 KB. */
const partMax = 500;

/** Limit on the renamings per message. Further ones are sent as a deletion and a creation. */
const renamingsMax = 1_000;

export class ChangeStream implements InventoryListener {
  readonly #host: Host;
  readonly #send: (event: WatchEvent) => boolean;
  readonly #unfollow: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #changed = new Set<string>();
  #renamed: Renaming[] = [];
  #daemonChanged: boolean;
  #capacityChanged: boolean;
  /** The parts of a listing that have not been sent yet. */
  #listing: Container[][] = [];
  #full = false;
  #timer: NodeJS.Timeout | undefined;
  #sentAt = -Infinity;

  /** `send` returns false when no more should be sent until `drained` is called. */
  constructor(host: Host, heartbeatMs: number, send: (event: WatchEvent) => boolean) {
    this.#host = host;
    this.#send = send;
    this.#heartbeat = setTimeout(() => this.#beat(), heartbeatMs).unref();
    this.#daemonChanged = host.daemonState !== undefined;
    this.#capacityChanged = host.capacity !== undefined;
    this.#unfollow = host.follow(this);
    if (host.listed) this.onListing();
    else this.#sendSoon();
  }

  onDaemon(): void {
    this.#daemonChanged = true;
    this.#sendSoon();
  }

  onCapacity(): void {
    this.#capacityChanged = true;
    this.#sendSoon();
  }

  onListing(): void {
    const all = [...this.#host.containers.values()];
    this.#listing = [];
    for (let from = 0; from === 0 || from < all.length; from += partMax) {
      this.#listing.push(all.slice(from, from + partMax));
    }
    this.#changed.clear();
    this.#renamed = [];
    this.#sendSoon();
  }

  onContainer(name: string): void {
    this.#changed.add(name);
    this.#sendSoon();
  }

  onRenamed(oldName: string, name: string): void {
    if (this.#renamed.length < renamingsMax) this.#renamed.push({ oldName, name });
    else this.#changed.add(oldName).add(name);
    this.#sendSoon();
  }

  drained(): void {
    this.#full = false;
    this.#sendSoon();
  }

  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#heartbeat);
    this.#unfollow();
  }

  #sendSoon(): void {
    if (this.#timer || this.#full) return;
    const waitMs = Math.max(0, this.#sentAt + gatherMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, waitMs);
  }

  #flush(): void {
    const { daemonState, capacity } = this.#host;
    if (this.#daemonChanged && daemonState) {
      this.#daemonChanged = false;
      this.#write({ daemon: daemonState });
    }
    if (this.#capacityChanged && capacity) {
      this.#capacityChanged = false;
      this.#write({ capacity });
    }
    while (this.#listing.length > 0 && !this.#full) {
      const containers = this.#listing.shift() ?? [];
      this.#write({ containers, listing: this.#listing.length > 0 ? 'PART' : 'LAST_PART' });
    }
    if (this.#full || (this.#changed.size === 0 && this.#renamed.length === 0)) return;
    const changed = [...this.#changed];
    const now = changed.map((name) => this.#host.containers.get(name));
    const event = {
      renamed: this.#renamed,
      deleted: changed.filter((_name, index) => now[index] === undefined),
      containers: now.filter((container) => container !== undefined),
    };
    this.#changed.clear();
    this.#renamed = [];
    this.#write(event);
  }

  #beat(): void {
    if (this.#full) this.#heartbeat.refresh();
    else this.#write({});
  }

  #write(event: WatchEvent): void {
    this.#full = !this.#send(event);
    this.#sentAt = performance.now();
    this.#heartbeat.refresh();
  }
}
