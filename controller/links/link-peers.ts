/**
 * Sends each agent its peers: the hosts that it measures links to, and those that measure theirs to it. An agent keeps them in
 * memory only, so it gets them again after each start. Agents whose peers are the same as before get nothing.
 *
 * The key of a pair is derived from the cluster secret, so all controllers send the same one and none is stored. A pool that
 * was removed and added again has other keys.
 */
import { createHmac } from 'node:crypto';
import type { Logger } from 'pino';
import { isCopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import type { AgentCaller } from '../hosts/methods.js';
import type { HostState } from '../inventory/host-state.js';
import { dialAddress, type Host } from '../model/host.js';
import { planLinks, type LinkPairs } from './plan.js';

interface Parts {
  readonly inventory: { all(): readonly HostState[] };
  readonly host: (name: string) => Host | undefined;
  readonly agentOf: (host: Host) => Pick<AgentCaller, 'call'>;
  /** Throws while it is not known. */
  readonly secret: () => Buffer;
  readonly pairs: LinkPairs;
  readonly agentPort: number;
  readonly log: Logger;
}

interface Peer {
  readonly pool: string;
  readonly address: string;
  readonly port: number;
  readonly key: Buffer;
  readonly isProbed: boolean;
}

interface Measuring {
  readonly state: HostState;
  readonly host: Host;
}

/** Changes that come together are sent together. */
const gatherMs = 1_000;
const retryMs = 10_000;
const deadlineMs = 10_000;
const callsMax = 16;

export class LinkPeers {
  /** What each agent was sent since its start. */
  readonly #sent = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;
  #isClosed = false;

  constructor(private readonly parts: Parts) {}

  /** A pool came, went, or has other labels. */
  changed(): void {
    this.#soon(gatherMs);
  }

  /** An agent has started, perhaps. */
  answered(pool: string): void {
    this.#sent.delete(pool);
    this.changed();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #soon(ms: number): void {
    if (this.#isClosed || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#send();
    }, ms).unref();
  }

  async #send(): Promise<void> {
    if (this.#isBusy) {
      this.#soon(gatherMs);
      return;
    }
    this.#isBusy = true;
    try {
      if (!(await this.#sendAll())) this.#soon(retryMs);
    } catch (error) {
      if (!isCopaError(error)) throw error;
      this.parts.log.debug({ reason: messageOf(error) }, 'agents do not have the peers of their links yet');
      this.#soon(retryMs);
    } finally {
      this.#isBusy = false;
    }
  }

  /** Returns whether all that answer have their peers. */
  async #sendAll(): Promise<boolean> {
    const hosts = this.#measuring();
    for (const name of this.#sent.keys()) if (!hosts.has(name)) this.#sent.delete(name);
    const peers = this.#peersOf(hosts);
    const due = [...hosts.values()].flatMap(({ state, host }) => {
      const its = peers.get(host.name) ?? [];
      const text = textOf(its);
      return state.state !== 'up' || this.#sent.get(host.name) === text ? [] : [{ host, its, text }];
    });
    let isDone = true;
    const queue = due.values();
    const next = async () => {
      for (const { host, its, text } of queue) {
        if (this.#isClosed) return;
        // An agent that starts meanwhile is to get them again.
        this.#sent.set(host.name, text);
        try {
          await this.parts.agentOf(host).call('SetLinkPeers', { peers: [...its] }, { deadlineMs });
        } catch (error) {
          this.#sent.delete(host.name);
          isDone = false;
          const level = isUnknownOutcome(error) ? 'debug' : 'warn';
          this.parts.log[level](
            { pool: host.name, reason: messageOf(error) },
            'an agent cannot be sent the peers of its links',
          );
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(callsMax, due.length) }, next));
    return isDone;
  }

  /** Hosts whose agents have a port for probes, also those that are down now. */
  #measuring(): Map<string, Measuring> {
    const hosts = new Map<string, Measuring>();
    for (const state of this.parts.inventory.all()) {
      const host = state.probePort > 0 ? this.parts.host(state.name) : undefined;
      if (host) hosts.set(host.name, { state, host });
    }
    return hosts;
  }

  #peersOf(hosts: ReadonlyMap<string, Measuring>): Map<string, readonly Peer[]> {
    const { pairs, agentPort } = this.parts;
    const secret = this.parts.secret();
    const plan = planLinks(
      [...hosts.values()].map(({ state: { name, labels } }) => ({ name, labels })),
      pairs,
    );
    const peers = new Map<string, Map<string, Peer>>();
    const add = (name: string, other: string, isProbed: boolean) => {
      const [one, two] = [hosts.get(name), hosts.get(other)];
      if (!one || !two) return;
      const its = peers.get(name) ?? new Map<string, Peer>();
      peers.set(name, its);
      if (its.has(other) && !isProbed) return;
      const [address = ''] = dialAddress(two.host.address, agentPort).split(':');
      its.set(other, {
        pool: other,
        ...{ address, port: two.state.probePort, isProbed },
        key: its.get(other)?.key ?? pairKey(secret, one.host, two.host),
      });
    };
    for (const [name, others] of plan) {
      for (const other of others) {
        add(name, other, true);
        add(other, name, false);
      }
    }
    return new Map([...peers].map(([name, its]) => [name, [...its.values()].sort(byPool)]));
  }
}

/** 32 bytes, the same for both directions. */
export function pairKey(secret: Buffer, one: Host, other: Host): Buffer {
  const names = [one, other].map(({ name, addedAt }) => `${name} ${addedAt}`).sort();
  return createHmac('sha256', secret).update(names.join('\n')).digest();
}

function textOf(peers: readonly Peer[]): string {
  return JSON.stringify(peers.map((peer) => ({ ...peer, key: peer.key.toString('base64') })));
}

function byPool(one: Peer, other: Peer): number {
  return one.pool < other.pool ? -1 : 1;
}
