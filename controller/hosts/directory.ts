/**
 * The clients of all hosts. A client is created with the first call, kept open by the watch of the host, and closed
 * when the host is removed or has moved.
 *
 * A caller may have an old record, read before a change. Records are compared by their revision: an older record
 * neither replaces the connection of a newer one nor restores a removed host.
 */
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import { dialAddress, type Host } from '../model/host.js';
import { AgentClient } from './client.js';

interface Known {
  /** The newest known record. */
  readonly host: Host;
  /** Created with the first call. */
  readonly client: AgentClient | undefined;
}

export class HostDirectory {
  readonly #known = new Map<string, Known>();
  /** The revisions at which hosts were removed since the last `retain`. */
  readonly #removed = new Map<string, number>();
  /** Until when the certificates of each pool are revoked. */
  readonly #revokedUntilMs = new Map<string, number>();
  readonly #unfollow: () => void;
  /** The revision of the last `retain`. */
  #retainedAt = 0;

  constructor(
    private readonly tlsIdentity: TlsIdentity,
    private readonly defaultPort: number,
    /** Throws while no host is trusted yet. */
    private readonly check: () => void = () => undefined,
  ) {
    this.#unfollow = tlsIdentity.onChange(() => this.#cutRevoked());
  }

  /** The client of a host. A removed host's client is closed, and its calls fail with `unavailable`. */
  host(host: Host): AgentClient {
    const known = this.#known.get(host.name);
    if (!known && host.revision <= this.#removedAt(host.name)) {
      const client = this.#clientOf(host);
      client.close();
      return client;
    }
    const newest = known && known.host.revision > host.revision ? known.host : host;
    if (known?.client?.address === this.#addressOf(newest)) {
      if (known.host !== newest) this.#known.set(host.name, { host: newest, client: known.client });
      return known.client;
    }
    known?.client?.close();
    const client = this.#clientOf(newest);
    this.#known.set(host.name, { host: newest, client });
    return client;
  }

  /** Closes the connection to a host that was removed at that revision. Its calls end with `unavailable`. */
  forget(name: string, revision: number): void {
    this.#removed.set(name, Math.max(revision, this.#removedAt(name)));
    const known = this.#known.get(name);
    if (!known || known.host.revision > revision) return;
    known.client?.close();
    this.#known.delete(name);
  }

  /** The last known record of a host, which may be outdated; undefined when there is none. */
  lastSeen(name: string): Host | undefined {
    return this.#known.get(name)?.host;
  }

  /** Receives all hosts at a revision. Removes every other host whose record is not newer. */
  retain(hosts: readonly Host[], revision: number): void {
    const names = new Set(hosts.map((host) => host.name));
    for (const name of [...this.#known.keys()]) if (!names.has(name)) this.forget(name, revision);
    this.#removed.clear();
    this.#retainedAt = revision;
    for (const host of hosts) {
      const known = this.#known.get(host.name);
      if (!known || known.host.revision < host.revision) {
        this.#known.set(host.name, { host, client: known?.client });
      }
    }
  }

  close(): void {
    this.#unfollow();
    for (const { client } of this.#known.values()) client?.close();
    this.#known.clear();
    this.#retainedAt = Infinity;
  }

  /** A connection that is open was checked before the revocation. */
  #cutRevoked(): void {
    for (const { pool, issuedUntilMs } of this.tlsIdentity.revoked) {
      if ((this.#revokedUntilMs.get(pool) ?? 0) >= issuedUntilMs) continue;
      this.#revokedUntilMs.set(pool, issuedUntilMs);
      this.#known.get(pool)?.client?.reconnect();
    }
  }

  #removedAt(name: string): number {
    return this.#removed.get(name) ?? this.#retainedAt;
  }

  #addressOf(host: Host): string {
    return dialAddress(host.address, this.defaultPort);
  }

  #clientOf(host: Host): AgentClient {
    const endpoint = {
      pool: host.name,
      address: this.#addressOf(host),
      pools: this.#known.size,
      check: this.check,
    };
    return new AgentClient(endpoint, this.tlsIdentity);
  }
}
