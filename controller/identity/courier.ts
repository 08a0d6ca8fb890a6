/**
 * Keeps every host's identity right through the connection that the controller has with it anyway: brings it
 * what it has to trust, and a new certificate when its own is old or of a CA that is being replaced.
 *
 * Each pool has a round of its own; what several controllers do at once is harmless.
 */
import type { Logger } from 'pino';
import { CopaError, isUnknownOutcome, messageOf } from '../../proto/errors.js';
import type { AgentCaller } from '../agents/client.js';
import { Gate } from '../gate.js';
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
  /** Is told of each pool whose host has all it needs, so that a replacement of the CA can end. */
  readonly isRight: (pool: string) => Promise<void>;
}

interface Round {
  readonly pool: Pool;
  readonly stopping: AbortController;
  /** Ends the pause of the moment. */
  wake: () => void;
  /** Visits that did not reach the host, one after the other. */
  failures: number;
}

const deadlineMs = 10_000;
/** How soon a host is asked again that did not answer; twice as long each time, as it is told when it is back. */
const retryMs = 3000;
const retryMsMax = 60_000;
/** And one that does not know these calls: an older agent has to be updated first. */
const oldAgentRetryMs = 600_000;
/** A host is asked this often at least; its certificate may have been put there by hand. */
const checkMsMax = 3600_000;

/** Visits at a time, those to hosts that do not answer included. */
const visitsMax = 64;

/**
 * What a start leaves between two first visits, in all and for the picture of the fleet, which comes first. Everybody
 * waits for that then, and nobody for these, some 28 a second: what a host has to trust, it knew before.
 */
const firstVisitsApartMs = { all: 40, picture: 4 };

export class Courier {
  readonly #rounds = new Map<string, Round>();
  readonly #gate = new Gate(visitsMax);
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
    const { all, picture } = firstVisitsApartMs;
    for (const pool of pools) this.follow(pool, pools.length * (picture + (all - picture) * Math.random()));
  }

  /** The first visit comes after `delayMs`. */
  follow(pool: Pool, delayMs = 0): void {
    const known = this.#rounds.get(pool.name);
    if (known?.pool.address === pool.address && known.pool.addedAt === pool.addedAt) return;
    this.forget(pool.name);
    const round: Round = { pool, stopping: new AbortController(), wake: () => undefined, failures: 0 };
    this.#rounds.set(pool.name, round);
    void this.#go(round, delayMs);
  }

  /** A host answers others: if it did not answer here, it is asked again at once. */
  reached(pool: string): void {
    const round = this.#rounds.get(pool);
    if (round && round.failures > 0) round.wake();
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

  async #go(round: Round, delayMs: number): Promise<void> {
    const { log } = this.options;
    let told = '';
    if (delayMs > 0) await pause(round, delayMs);
    while (!round.stopping.signal.aborted) {
      // From before the visit: what changes in its course is worth another one.
      const woken = wakening(round);
      let pauseMs: number;
      const leave = await this.#gate.enter();
      try {
        // Whoever was forgotten while it waited has no host any more, and must not get one by being asked for.
        if (isAborted(round.stopping.signal)) return;
        pauseMs = (await this.#visit(round.pool, round.stopping.signal)) - Date.now();
        round.failures = 0;
        told = '';
      } catch (error) {
        pauseMs = isUnknownOutcome(error)
          ? Math.min(retryMs * 2 ** round.failures++, retryMsMax)
          : oldAgentRetryMs;
        if (error instanceof CopaError && error.code === 'aborted') pauseMs = retryMs;
        const reason = messageOf(error);
        const quiet = isUnknownOutcome(error) || reason === told;
        told = reason;
        log[quiet ? 'debug' : 'warn'](
          { pool: round.pool.name, reason },
          'an identity cannot be kept up to date',
        );
      } finally {
        leave();
      }
      const waitMs = Math.min(Math.max(pauseMs, 10), checkMsMax);
      // Spread a little, so that a whole fleet does not come at once.
      const spreadMs = Math.min(waitMs / 10, 1000) * Math.random();
      await pause(round, waitMs + spreadMs, woken);
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
      await this.options.isRight(pool.name);
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
    await this.options.isRight(pool.name);
    return renewalAtMs(fresh, lifetimeMs);
  }
}

/** A function, as the compiler takes a property seen false for false ever after. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Aborted by the round's next wake. */
function wakening(round: Round): AbortSignal {
  const woken = new AbortController();
  round.wake = () => woken.abort();
  return woken.signal;
}

/** Resolves after so long, or as soon as the round is woken. */
function pause(round: Round, ms: number, woken = wakening(round)): Promise<void> {
  if (woken.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms).unref();
    woken.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

function trustMessage({ generation, ca, revoked }: Keyring['trust']) {
  return { generation, ca, revoked: [...revoked] };
}
