/**
 * Keeps every host's identity right through the connection that the controller has with it anyway: brings it
 * what it has to trust, and a new certificate when its own is old or of a CA that is being replaced.
 *
 * Each pool has a round of its own; what several controllers do at once is harmless.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { CopaError, isUnknownOutcome, messageOf } from '../../proto/errors.js';
import type { AgentCaller } from '../agents/client.js';
import type { Pool } from '../services/pool.js';
import { issuing } from './authorities.js';
import type { Certificates } from './certificates.js';
import type { Keyring } from './keyring.js';
import { describeCertificate, renewalAtMs } from './validity.js';

interface Options {
  readonly hostOf: (pool: Pool) => AgentCaller;
  readonly keyring: Keyring;
  readonly certificates: Certificates;
  readonly log: Logger;
  /** Is told of each host that has all it needs, so that a replacement of the CA can end. */
  readonly isRight: () => Promise<void>;
}

interface Round {
  readonly pool: Pool;
  readonly stopping: AbortController;
  /** Ends the pause of the moment. */
  wake: () => void;
}

const deadlineMs = 10_000;
/** How soon a host is asked again that did not answer. */
const retryMs = 3000;
/** And one that does not know these calls: an older agent has to be updated first. */
const oldAgentRetryMs = 600_000;
/** A host is asked this often at least; its certificate may have been put there by hand. */
const checkMsMax = 3600_000;

export class Courier {
  readonly #rounds = new Map<string, Round>();
  readonly #unfollow: () => void;

  constructor(private readonly options: Options) {
    this.#unfollow = options.keyring.onChange(() => {
      for (const round of this.#rounds.values()) round.wake();
    });
  }

  /** Goes on with these pools and with no other. */
  retain(pools: readonly Pool[]): void {
    const names = new Set(pools.map(({ name }) => name));
    for (const name of [...this.#rounds.keys()]) if (!names.has(name)) this.forget(name);
    for (const pool of pools) this.follow(pool);
  }

  follow(pool: Pool): void {
    const known = this.#rounds.get(pool.name);
    if (known?.pool.address === pool.address && known.pool.addedAt === pool.addedAt) return;
    this.forget(pool.name);
    const round: Round = { pool, stopping: new AbortController(), wake: () => undefined };
    this.#rounds.set(pool.name, round);
    void this.#go(round);
  }

  forget(pool: string): void {
    const round = this.#rounds.get(pool);
    this.#rounds.delete(pool);
    round?.stopping.abort();
    round?.wake();
  }

  close(): void {
    this.#unfollow();
    this.retain([]);
  }

  async #go(round: Round): Promise<void> {
    const { log } = this.options;
    let told = '';
    while (!round.stopping.signal.aborted) {
      const woken = new AbortController();
      // From before the visit: what changes in its course is worth another one.
      round.wake = () => woken.abort();
      let pauseMs: number;
      try {
        pauseMs = (await this.#visit(round.pool, round.stopping.signal)) - Date.now();
        told = '';
      } catch (error) {
        pauseMs = isUnknownOutcome(error) ? retryMs : oldAgentRetryMs;
        if (error instanceof CopaError && error.code === 'aborted') pauseMs = retryMs;
        const reason = messageOf(error);
        const quiet = isUnknownOutcome(error) || reason === told;
        told = reason;
        log[quiet ? 'debug' : 'warn'](
          { pool: round.pool.name, reason },
          'an identity cannot be kept up to date',
        );
      }
      const waitMs = Math.min(Math.max(pauseMs, 10), checkMsMax);
      // Spread a little, so that a whole fleet does not come at once.
      const spreadMs = Math.min(waitMs / 10, 1000) * Math.random();
      await delay(waitMs + spreadMs, undefined, { signal: woken.signal, ref: false }).catch(() => undefined);
    }
  }

  /** Puts one host right, and tells when to come again. */
  async #visit(pool: Pool, signal: AbortSignal): Promise<number> {
    const { keyring, certificates, log } = this.options;
    const { authorities, trust, lifetimeMs } = keyring;
    const host = this.options.hostOf(pool);
    const options = { deadlineMs, signal };
    await host.call('UpdateTrust', { trust: trustMessage(trust) }, options);
    const { certificate } = await host.call('DescribeIdentity', {}, options);
    const present = describeCertificate(certificate, authorities.all);
    const atMs = renewalAtMs(present, lifetimeMs);
    if (present.issuer === issuing(authorities).fingerprint && Date.now() < atMs) {
      await certificates.record(pool.name, present);
      await this.options.isRight();
      return atMs;
    }
    const { request } = await host.call('PrepareCertificate', {}, options);
    const issued = await certificates.issue(pool.name, request);
    await host.call(
      'InstallCertificate',
      { certificate: issued.certificate, trust: trustMessage(keyring.trust) },
      options,
    );
    const fresh = describeCertificate(issued.certificate, keyring.authorities.all);
    log.info(
      { pool: pool.name, validUntil: new Date(fresh.validUntilMs).toISOString(), issuer: fresh.issuer },
      'a host has a new certificate',
    );
    await certificates.record(pool.name, fresh);
    await this.options.isRight();
    return renewalAtMs(fresh, lifetimeMs);
  }
}

function trustMessage({ generation, ca, revoked }: Keyring['trust']) {
  return { generation, ca, revoked: [...revoked] };
}
