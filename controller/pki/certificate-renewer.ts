/**
 * Keeps every host's identity current over the existing connection: sends the trust data, and a new certificate when
 * the host's own is old or of a CA that is being replaced.
 *
 * Each pool has its own schedule. Concurrent work of several controllers is harmless.
 */
import type { Logger } from 'pino';
import { CopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import type { AgentCaller } from '../hosts/methods.js';
import { Semaphore } from '../../common/async/semaphore.js';
import type { Host } from '../model/host.js';
import { issuing } from './authorities.js';
import type { HostCertificates } from './host-certificates.js';
import type { HostNotes } from './host-notes.js';
import type { Note } from './notes.js';
import type { CaStore } from './ca-store.js';
import { describeCertificate, renewalAtMs } from './certificate-validity.js';

interface Options {
  readonly hostOf: (pool: Host) => AgentCaller;
  readonly caStore: CaStore;
  readonly certificates: HostCertificates;
  readonly notes: Pick<HostNotes, 'all' | 'onChange'>;
  readonly log: Logger;
  /** Called for each pool whose host is up to date, so that a replacement of the CA can end. */
  readonly isRight: (pool: string) => Promise<void>;
}

/** The state of one pool between two visits. There may be thousands, of which few are being visited. */
interface Schedule {
  readonly pool: Host;
  /** By the monotonic clock. */
  dueAtMs: number;
  /** The number of consecutive failed visits. */
  failures: number;
  /** The error of the last visit that was logged. */
  logged: string;
  /** Aborts the visit that is in progress or waits for the semaphore. */
  visit: AbortController | undefined;
}

/** The interval of the check for due visits. */
const lookMs = 250;
const deadlineMs = 10_000;
/**
 * How soon a host that did not answer is visited again. The delay doubles each time, because a host that is back is
 * reported here.
 */
const retryMs = 3000;
const retryMsMax = 60_000;
/** The delay for a host whose agent does not know these calls. Such an agent has to be updated first. */
const oldAgentRetryMs = 600_000;
/** The longest time between visits of a host, because its certificate may have been replaced by hand. */
const checkMsMax = 3600_000;

/** Limit on concurrent visits, including those to hosts that do not answer. */
const visitsMax = 64;

/**
 * The pause between first visits after a start, about 28 per second, so that the inventory can be built first. Users
 * wait for the inventory. Nobody waits for these visits, because hosts already have their trust data.
 */
const firstVisitsApartMs = { all: 40, inventory: 4 };

export class CertificateRenewer {
  readonly #rounds = new Map<string, Schedule>();
  readonly #semaphore = new Semaphore(visitsMax);
  readonly #unfollow: (() => void)[];
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly options: Options) {
    this.#unfollow = [options.caStore, options.notes].map((source) =>
      source.onChange(() => {
        for (const round of this.#rounds.values()) this.#wake(round);
      }),
    );
    this.#timer = setInterval(() => this.#look(), lookMs).unref();
  }

  /** Visits exactly these pools. */
  retain(pools: readonly Host[]): void {
    const names = new Set(pools.map(({ name }) => name));
    for (const name of [...this.#rounds.keys()]) if (!names.has(name)) this.forget(name);
    const { all, inventory } = firstVisitsApartMs;
    for (const pool of pools)
      this.follow(pool, pools.length * (inventory + (all - inventory) * Math.random()));
  }

  /** The first visit happens after `delayMs`. */
  follow(pool: Host, delayMs = 0): void {
    const known = this.#rounds.get(pool.name);
    if (known?.pool.address === pool.address && known.pool.addedAt === pool.addedAt) return;
    this.forget(pool.name);
    const dueAtMs = performance.now() + delayMs;
    const round: Schedule = { pool, dueAtMs, failures: 0, logged: '', visit: undefined };
    this.#rounds.set(pool.name, round);
    if (delayMs === 0) void this.#go(round);
  }

  /** Called when a host answers other calls. If its last visit failed, it is visited at once. */
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
    for (const end of this.#unfollow) end();
    clearInterval(this.#timer);
    this.retain([]);
  }

  #look(): void {
    const nowMs = performance.now();
    for (const round of this.#rounds.values())
      if (!round.visit && round.dueAtMs <= nowMs) void this.#go(round);
  }

  /** A change during a visit leads to another visit. */
  #wake(round: Schedule): void {
    round.dueAtMs = 0;
    if (!round.visit) void this.#go(round);
  }

  async #go(round: Schedule): Promise<void> {
    const visit = (round.visit = new AbortController());
    const leave = await this.#semaphore.acquire();
    // A pool that was removed while it waited has no host, and a lookup must not create one.
    if (!visit.signal.aborted) {
      round.dueAtMs = Infinity;
      const dueAtMs = await this.#visited(round, visit.signal);
      // Earlier, if it was triggered meanwhile.
      round.dueAtMs = Math.min(round.dueAtMs, dueAtMs);
    }
    leave();
    round.visit = undefined;
  }

  /** Resolves with the time of the next visit, whether the visit succeeded or failed. */
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
      log[quiet ? 'debug' : 'warn']({ pool: round.pool.name, reason }, "a host's identity cannot be updated");
    }
    const waitMs = Math.min(Math.max(pauseMs, lookMs), checkMsMax);
    // Randomized, so that a whole fleet does not renew at the same time.
    return performance.now() + waitMs + Math.min(waitMs / 10, 1000) * Math.random();
  }

  /** Updates one host and returns the time of its next visit. */
  async #visit(pool: Host, signal: AbortSignal): Promise<number> {
    const { caStore, certificates, notes, log } = this.options;
    const { authorities, trust, lifetimeMs } = caStore;
    const host = this.options.hostOf(pool);
    const options = { deadlineMs, signal };
    await host.call('UpdateTrust', { trust: trustMessage(trust, notes.all()) }, options);
    const { certificate } = await host.call('DescribeIdentity', {}, options);
    const present = describeCertificate(certificate, authorities.all);
    const atMs = renewalAtMs(present, lifetimeMs);
    if (present.issuer === issuing(authorities).fingerprint && Date.now() < atMs) {
      await certificates.record(pool.name, present);
      await this.options.isRight(pool.name);
      return atMs;
    }
    const { request } = await host.call('PrepareCertificate', {}, options);
    const issued = await certificates.renew(pool.name, request);
    await host.call(
      'InstallCertificate',
      { certificate: issued.certificate, trust: trustMessage(caStore.trust, notes.all()) },
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

function trustMessage({ generation, ca, revoked }: CaStore['trust'], notes: Note[]) {
  return { generation, ca, revoked: [...revoked], notes };
}
