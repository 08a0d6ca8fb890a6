/**
 * Keeps every host's identity right through the connection that the controller has with it anyway: brings it
 * what it has to trust, and a new certificate when its own is old or of a CA that is being replaced.
 *
 * Each pool has a round of its own; what several controllers do at once is harmless.
 */
import type { Logger } from 'pino';
import { CopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import type { AgentCaller } from '../hosts/methods.js';
import { Semaphore } from '../../common/async/semaphore.js';
import type { Host } from '../model/host.js';
import { issuing } from './authorities.js';
import type { HostCertificates } from './host-certificates.js';
import type { CaStore } from './ca-store.js';
import { describeCertificate, renewalAtMs } from './certificate-validity.js';

interface Options {
  readonly hostOf: (pool: Host) => AgentCaller;
  readonly caStore: CaStore;
  readonly certificates: HostCertificates;
  readonly log: Logger;
  /** Is logged of each pool whose host has all it needs, so that a replacement of the CA can end. */
  readonly isRight: (pool: string) => Promise<void>;
}

/** What is remembered of one pool between two visits: there may be thousands, of which few are being visited. */
interface Schedule {
  readonly pool: Host;
  /** Of the clock that nobody sets. */
  dueAtMs: number;
  /** Visits that did not reach the host, one after the other. */
  failures: number;
  /** Why the last visit failed, as the log was logged. */
  logged: string;
  /** Of the visit that is under way, or waits for its turn. */
  visit: AbortController | undefined;
}

/** How often it is looked who is due. */
const lookMs = 250;
const deadlineMs = 10_000;
/** How soon a host is asked again that did not answer; twice as long each time, as it is logged when it is back. */
const retryMs = 3000;
const retryMsMax = 60_000;
/** And one that does not know these calls: an older agent has to be updated first. */
const oldAgentRetryMs = 600_000;
/** A host is asked this often at least; its certificate may have been put there by hand. */
const checkMsMax = 3600_000;

/** Visits at a time, those to hosts that do not answer included. */
const visitsMax = 64;

/**
 * What a start leaves between two first visits, in all and for the inventory, which comes first. Everybody
 * waits for that then, and nobody for these, some 28 a second: what a host has to trust, it knew before.
 */
const firstVisitsApartMs = { all: 40, inventory: 4 };

export class CertificateRenewer {
  readonly #rounds = new Map<string, Schedule>();
  readonly #semaphore = new Semaphore(visitsMax);
  readonly #unfollow: () => void;
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly options: Options) {
    this.#unfollow = options.caStore.onChange(() => {
      for (const round of this.#rounds.values()) this.#wake(round);
    });
    this.#timer = setInterval(() => this.#look(), lookMs).unref();
  }

  /** Goes on with these pools and with no other. */
  retain(pools: readonly Host[]): void {
    const names = new Set(pools.map(({ name }) => name));
    for (const name of [...this.#rounds.keys()]) if (!names.has(name)) this.forget(name);
    const { all, inventory } = firstVisitsApartMs;
    for (const pool of pools)
      this.follow(pool, pools.length * (inventory + (all - inventory) * Math.random()));
  }

  /** The first visit comes after `delayMs`. */
  follow(pool: Host, delayMs = 0): void {
    const known = this.#rounds.get(pool.name);
    if (known?.pool.address === pool.address && known.pool.addedAt === pool.addedAt) return;
    this.forget(pool.name);
    const dueAtMs = performance.now() + delayMs;
    const round: Schedule = { pool, dueAtMs, failures: 0, logged: '', visit: undefined };
    this.#rounds.set(pool.name, round);
    if (delayMs === 0) void this.#go(round);
  }

  /** A host answers others: if it did not answer here, it is asked again at once. */
  hostAnswered(pool: string): void {
    const round = this.#rounds.get(pool);
    if (round && round.failures > 0) this.#wake(round);
  }

  forget(pool: string): void {
    const round = this.#rounds.get(pool);
    this.#rounds.delete(pool);
    round?.visit?.abort();
  }

  close(): void {
    this.#unfollow();
    clearInterval(this.#timer);
    this.retain([]);
  }

  #look(): void {
    const nowMs = performance.now();
    for (const round of this.#rounds.values())
      if (!round.visit && round.dueAtMs <= nowMs) void this.#go(round);
  }

  /** What happens in the course of a visit is worth another one. */
  #wake(round: Schedule): void {
    round.dueAtMs = 0;
    if (!round.visit) void this.#go(round);
  }

  async #go(round: Schedule): Promise<void> {
    const visit = (round.visit = new AbortController());
    const leave = await this.#semaphore.acquire();
    // Whoever was forgotten while it waited has no host any more, and must not get one by being asked for.
    if (!visit.signal.aborted) {
      round.dueAtMs = Infinity;
      const dueAtMs = await this.#visited(round, visit.signal);
      // Sooner, if it was woken meanwhile.
      round.dueAtMs = Math.min(round.dueAtMs, dueAtMs);
    }
    leave();
    round.visit = undefined;
  }

  /** Resolves with when the host is to be visited again, however the visit ended. */
  async #visited(round: Schedule, signal: AbortSignal): Promise<number> {
    const { log } = this.options;
    let pauseMs: number;
    try {
      pauseMs = (await this.#visit(round.pool, signal)) - Date.now();
      round.failures = 0;
      round.logged = '';
    } catch (error) {
      pauseMs = isUnknownOutcome(error)
        ? Math.min(retryMs * 2 ** round.failures++, retryMsMax)
        : oldAgentRetryMs;
      if (error instanceof CopaError && error.code === 'aborted') pauseMs = retryMs;
      const reason = messageOf(error);
      const quiet = isUnknownOutcome(error) || reason === round.logged;
      round.logged = reason;
      log[quiet ? 'debug' : 'warn'](
        { pool: round.pool.name, reason },
        'an identity cannot be kept up to date',
      );
    }
    const waitMs = Math.min(Math.max(pauseMs, lookMs), checkMsMax);
    // Spread a little, so that a whole fleet does not come at once.
    return performance.now() + waitMs + Math.min(waitMs / 10, 1000) * Math.random();
  }

  /** Puts one host right, and tells when to come again. */
  async #visit(pool: Host, signal: AbortSignal): Promise<number> {
    const { caStore, certificates, log } = this.options;
    const { authorities, trust, lifetimeMs } = caStore;
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
      { certificate: issued.certificate, trust: trustMessage(caStore.trust) },
      options,
    );
    const fresh = describeCertificate(issued.certificate, caStore.authorities.all);
    log.info(
      { pool: pool.name, validUntil: new Date(fresh.validUntilMs).toISOString(), issuer: fresh.issuer },
      'a host has a new certificate',
    );
    await certificates.record(pool.name, fresh);
    await this.options.isRight(pool.name);
    return renewalAtMs(fresh, lifetimeMs);
  }
}

function trustMessage({ generation, ca, revoked }: CaStore['trust']) {
  return { generation, ca, revoked: [...revoked] };
}
