/**
 * From a pool to the connection with its agent: made with the first call, kept warm by the watch over the pool, and
 * closed when the pool is gone or has moved.
 */
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import { dialAddress, type Host } from '../model/host.js';
import { AgentClient } from './client.js';

export class HostDirectory {
  readonly #hosts = new Map<string, AgentClient>();
  /** What each host was made or kept for last. */
  readonly #pools = new Map<string, Host>();
  readonly #tlsIdentity: TlsIdentity;
  readonly #defaultPort: number;

  constructor(tlsIdentity: TlsIdentity, defaultPort: number) {
    this.#tlsIdentity = tlsIdentity;
    this.#defaultPort = defaultPort;
  }

  host(pool: Host): AgentClient {
    const address = dialAddress(pool.address, this.#defaultPort);
    this.#pools.set(pool.name, pool);
    const known = this.#hosts.get(pool.name);
    if (known?.address === address) return known;
    known?.close();
    const host = new AgentClient(pool.name, address, this.#tlsIdentity, undefined, this.#pools.size);
    this.#hosts.set(pool.name, host);
    return host;
  }

  /** Closes the connection with a pool that is no more; calls under way end with `unavailable`. */
  forget(pool: string): void {
    this.#hosts.get(pool)?.close();
    this.#hosts.delete(pool);
    this.#pools.delete(pool);
  }

  /** A pool as it was last seen, which may be over; undefined when it was not. */
  lastSeen(name: string): Host | undefined {
    return this.#pools.get(name);
  }

  /** Forgets every pool but these. */
  retain(pools: readonly Host[]): void {
    const names = new Set(pools.map((pool) => pool.name));
    for (const name of [...this.#hosts.keys()]) if (!names.has(name)) this.forget(name);
    for (const pool of pools) this.#pools.set(pool.name, pool);
  }

  close(): void {
    this.retain([]);
  }
}
