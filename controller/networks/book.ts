/**
 * All networks and addresses of the store, kept current by a watch, with the revision that they show. What hosts are to
 * have follows from it alone. So all controllers send the same at the same revision.
 */
import {
  decodeEpochs,
  decodeHostKeys,
  decodeLease,
  decodeNetwork,
  type ContainerLease,
  type Epochs,
  type HostKeys,
  type HostLease,
  type NetworkRecord,
} from '../model/network.js';
import type { ContainerRef } from '../model/container-ref.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { Entry } from '../store/entry.js';
import { keys, lastPart } from '../store/keys.js';
import type { Store } from '../store/store.js';
import { isOfContainer, Leases, type Lease } from './leases.js';

interface Known<Value> {
  readonly value: Value;
  readonly revision: number;
}

const noLeases = new Leases(0);

export class NetworkBook {
  readonly #networks = new Map<string, Known<NetworkRecord>>();
  /** By network. */
  readonly #leases = new Map<string, Leases>();
  #epochs: Known<Epochs> | undefined;
  /** By pool. */
  readonly #hostKeys = new Map<string, Known<HostKeys>>();
  #revision = 0;
  #resets = 0;
  readonly #waiters = new Set<{ readonly revision: number; readonly done: () => void }>();

  /** `onChange` is called once for all changes of one transaction. It must not throw. */
  constructor(private readonly onChange: () => void) {}

  /** Follows the store until the returned function is called. */
  follow(store: Pick<Store, 'watch'>): () => Promise<void> {
    const watch = store.watch(keys.networks, {
      onReset: (entries, revision) => {
        this.#resets++;
        this.#networks.clear();
        this.#leases.clear();
        this.#epochs = undefined;
        this.#hostKeys.clear();
        for (const entry of entries) this.#put(entry, revision);
        this.#reached(revision);
      },
      onEvent: (change) => {
        if (change.type === 'put') this.#put(change, change.revision - 1);
        else this.#remove(change.key, change.revision);
        // The changes of a transaction come one after the other, without a pause.
        setImmediate(() => this.#reached(change.revision));
      },
    });
    return () => watch.close();
  }

  /** Of the newest change in it; 0 before anything was read. */
  get revision(): number {
    return this.#revision;
  }

  /** How often all was read anew. Revisions from before may be those of another history, after a restore. */
  get resets(): number {
    return this.#resets;
  }

  /** Resolves when it shows this revision. */
  shows(revision: number): Promise<void> {
    if (this.#revision >= revision) return Promise.resolve();
    return new Promise((done) => this.#waiters.add({ revision, done }));
  }

  /** Sorted by name. */
  networks(): readonly Known<NetworkRecord>[] {
    return [...this.#networks.values()].sort((a, b) => (a.value.name < b.value.name ? -1 : 1));
  }

  network(name: string): Known<NetworkRecord> | undefined {
    return this.#networks.get(name);
  }

  /** With what changed in them. */
  leasesOfNetwork(network: string): Leases {
    return this.#leases.get(network) ?? noLeases;
  }

  leases(network: string): readonly Lease[] {
    return this.leasesOfNetwork(network).all();
  }

  lease(network: string, address: string): Lease | undefined {
    return this.leasesOfNetwork(network).get(address);
  }

  /** The same list until one of them changes. */
  hosts(network: string): readonly Lease<HostLease>[] {
    return this.leasesOfNetwork(network).hosts();
  }

  containers(network: string): readonly Lease<ContainerLease>[] {
    return this.leases(network).filter(isOfContainer);
  }

  /** Of encrypted networks; undefined before there was one. */
  get epochs(): Known<Epochs> | undefined {
    return this.#epochs;
  }

  /** Of hosts of encrypted networks, sorted by pool. */
  hostKeys(): readonly Known<HostKeys>[] {
    return [...this.#hostKeys.values()].sort((a, b) => (a.value.pool < b.value.pool ? -1 : 1));
  }

  hostKeysOf(pool: string): Known<HostKeys> | undefined {
    return this.#hostKeys.get(pool);
  }

  /** The addresses of one container. */
  leasesOf({ host, name }: ContainerRef): readonly Lease<ContainerLease>[] {
    if (this.#networks.size === 0) return [];
    return [...this.#leases.keys()].flatMap((network) =>
      this.containers(network).filter(({ record }) => record.pool === host && record.container === name),
    );
  }

  /** `knownSince`: a revision from which on all changes are put or removed here. */
  #put({ key, value, revision }: Entry, knownSince: number): void {
    if (key.startsWith(keys.encryption)) {
      this.#putEncryption({ key, value, revision });
      return;
    }
    const [name = '', kind] = key.slice(keys.networks.length).split('/');
    if (kind === 'network') {
      const record = unreadableValues.attempt({ key, value }, (entry) => decodeNetwork(entry.value))?.value;
      if (record) this.#networks.set(name, { value: record, revision });
      else this.#networks.delete(name);
      return;
    }
    const record = unreadableValues.attempt({ key, value }, (entry) => decodeLease(entry.value))?.value;
    if (!record) return;
    const address = lastPart(key);
    const leases = this.#leases.get(name) ?? new Leases(knownSince);
    this.#leases.set(name, leases);
    leases.put({ network: name, address, record, revision });
  }

  #putEncryption({ key, value, revision }: Entry): void {
    const read = unreadableValues.attempt({ key, value }, (entry) =>
      key === keys.epochs
        ? { epochs: { value: decodeEpochs(entry.value), revision } }
        : { hostKeys: { value: decodeHostKeys(entry.value), revision } },
    )?.value;
    if (read && 'epochs' in read) this.#epochs = read.epochs;
    else if (read) this.#hostKeys.set(lastPart(key), read.hostKeys);
  }

  #remove(key: string, revision: number): void {
    if (key === keys.epochs) this.#epochs = undefined;
    if (key.startsWith(keys.encryption)) {
      this.#hostKeys.delete(lastPart(key));
      return;
    }
    const [name = '', kind] = key.slice(keys.networks.length).split('/');
    if (kind === 'network') {
      this.#networks.delete(name);
      return;
    }
    this.#leases.get(name)?.remove(lastPart(key), revision);
    if (this.#leases.get(name)?.size === 0) this.#leases.delete(name);
  }

  #reached(revision: number): void {
    if (revision > this.#revision) {
      this.#revision = revision;
      this.onChange();
    }
    for (const waiter of this.#waiters) {
      if (waiter.revision > this.#revision) continue;
      this.#waiters.delete(waiter);
      waiter.done();
    }
  }
}
