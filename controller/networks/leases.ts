/**
 * The addresses of one network, and which of them changed when: so that hosts are sent the changes alone.
 */
import type { ContainerLease, HostLease, LeaseRecord } from '../model/network.js';

/** An address of a network. */
export interface Lease<Record extends LeaseRecord = LeaseRecord> {
  readonly network: string;
  readonly address: string;
  readonly record: Record;
  readonly revision: number;
}

interface Change {
  readonly revision: number;
  readonly address: string;
}

/** Raising it costs memory. A host that has missed more gets all of it again. */
const changesMax = 20_000;

export class Leases {
  readonly #all = new Map<string, Lease>();
  #hosts: readonly Lease<HostLease>[] | undefined;
  /** In the order of their revisions. */
  #changes: Change[] = [];
  #namesChangedAt: number;
  #portsChangedAt: number;

  /** `knownSince`: a revision from which on all changes are in it. */
  constructor(private knownSince: number) {
    this.#namesChangedAt = knownSince;
    this.#portsChangedAt = knownSince;
  }

  get size(): number {
    return this.#all.size;
  }

  all(): readonly Lease[] {
    return [...this.#all.values()];
  }

  get(address: string): Lease | undefined {
    return this.#all.get(address);
  }

  /** The same list until one of them changes. */
  hosts(): readonly Lease<HostLease>[] {
    return (this.#hosts ??= this.all().filter(isOfHost));
  }

  put(lease: Lease): void {
    const before = this.#all.get(lease.address);
    this.#all.set(lease.address, lease);
    this.#note(lease.revision, lease.address, before?.record, lease.record);
  }

  remove(address: string, revision: number): void {
    const before = this.#all.get(address);
    this.#all.delete(address);
    this.#note(revision, address, before?.record, undefined);
  }

  /** The revision of the newest change. */
  get changedAt(): number {
    return this.#changes.at(-1)?.revision ?? this.knownSince;
  }

  /** Of the newest change that is more than another place of a container: of names, and of published ports. */
  get namesChangedAt(): number {
    return this.#namesChangedAt;
  }

  get portsChangedAt(): number {
    return this.#portsChangedAt;
  }

  /** The addresses that may have changed after this revision; undefined when that is not known any more. */
  changedSince(revision: number): ReadonlySet<string> | undefined {
    if (revision < this.knownSince) return undefined;
    let first = this.#changes.length;
    while (first > 0 && (this.#changes[first - 1]?.revision ?? 0) > revision) first--;
    return new Set(this.#changes.slice(first).map(({ address }) => address));
  }

  #note(revision: number, address: string, before?: LeaseRecord, after?: LeaseRecord): void {
    const hosts = [before, after].flatMap((record) => (record?.kind === 'host' ? [record.pool] : []));
    if (hosts.length > 0) this.#hosts = undefined;
    // It was there when all of them were read.
    if (revision <= this.knownSince) return;
    this.#changes.push({ revision, address });
    // All containers of a host are behind it.
    if (hosts.length > 0)
      for (const lease of this.#all.values())
        if (hosts.includes(lease.record.pool)) this.#changes.push({ revision, address: lease.address });
    if (nameOf(before) !== nameOf(after)) this.#namesChangedAt = revision;
    if (hosts.length > 0 || hasPorts(before) || hasPorts(after)) this.#portsChangedAt = revision;
    if (this.#changes.length <= changesMax) return;
    const dropped = this.#changes.splice(0, this.#changes.length - changesMax / 2);
    this.knownSince = dropped.at(-1)?.revision ?? this.knownSince;
  }
}

function nameOf(record: LeaseRecord | undefined): string | undefined {
  return record?.kind === 'container' ? `${record.container} ${record.at}` : undefined;
}

function hasPorts(record: LeaseRecord | undefined): boolean {
  return record?.kind === 'container' && (record.ports?.length ?? 0) > 0;
}

function isOfHost(lease: Lease): lease is Lease<HostLease> {
  return lease.record.kind === 'host';
}

export function isOfContainer(lease: Lease): lease is Lease<ContainerLease> {
  return lease.record.kind === 'container';
}
