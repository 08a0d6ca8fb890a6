/**
 * The traffic with each peer, from counters of nftables, all of it: of the host, of its containers, and of moves. It needs the
 * program nft and the capability CAP_NET_ADMIN. Without them, the agent says so once and goes on without it.
 */
import { execFile } from 'node:child_process';
import type { Logger } from 'pino';
import { messageOf } from '../../common/errors.js';
import { removal, tableFor, tableName, trafficIn, type Traffic } from './traffic-table.js';

/** Runs nft with these arguments and this input, and returns its output. */
export type Nft = (args: readonly string[], input: string) => Promise<string>;

const timeoutMs = 5_000;
/** How long after a failure it is tried again. */
const retryMs = 60_000;

export const runNft: Nft = (args, input) =>
  new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, maxBuffer: 4 << 20 };
    const child = execFile('nft', args, options, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr.trim().split('\n')[0] || error.message));
      else resolve(stdout);
    });
    // A program that does not exist, or ends early, is reported above.
    child.stdin?.on('error', () => undefined).end(input);
  });

export class LinkTraffic {
  #addresses: string | undefined;
  #before: { readonly atMs: number; readonly traffic: ReadonlyMap<string, Traffic> } | undefined;
  #retryAtMs = -Infinity;
  #reason = '';

  constructor(
    private readonly log: Logger,
    private readonly nft: Nft = runNft,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Mbit/s since the last call, both directions together, by address; an address is missing while it is not known. */
  async rates(addresses: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const wanted = [...new Set(addresses)].sort();
    if (this.now() < this.#retryAtMs) return new Map();
    try {
      if (this.#addresses !== wanted.join()) await this.#count(wanted);
      return await this.#read();
    } catch (error) {
      this.#failed(messageOf(error));
      return new Map();
    }
  }

  /** Removes the table. */
  async close(): Promise<void> {
    if (this.#addresses === undefined) return;
    this.#addresses = undefined;
    await this.nft(['-f', '-'], removal()).catch((error: unknown) => {
      this.log.warn({ reason: messageOf(error) }, 'the table that counts the traffic of links remains');
    });
  }

  async #count(addresses: readonly string[]): Promise<void> {
    await this.nft(['-f', '-'], tableFor(addresses));
    this.#addresses = addresses.join();
    this.#before = undefined;
  }

  async #read(): Promise<Map<string, number>> {
    const traffic = trafficIn(await this.nft(['--json', 'list', 'table', 'ip', tableName], ''));
    const before = this.#before;
    const atMs = this.now();
    this.#before = { atMs, traffic };
    const rates = new Map<string, number>();
    if (!before) return rates;
    for (const [address, { received, sent }] of traffic) {
      const earlier = before.traffic.get(address);
      const bytes = earlier ? received - earlier.received + sent - earlier.sent : -1;
      if (bytes >= 0) rates.set(address, (bytes * 8) / 1000 / Math.max(1, atMs - before.atMs));
    }
    return rates;
  }

  /** Somebody may have removed the table, so it is made again. */
  #failed(reason: string): void {
    this.#addresses = undefined;
    this.#before = undefined;
    this.#retryAtMs = this.now() + retryMs;
    if (reason === this.#reason) return;
    this.#reason = reason;
    this.log.warn({ reason }, 'the traffic of links is not counted: it needs nft and CAP_NET_ADMIN');
  }
}
