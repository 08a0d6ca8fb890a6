/**
 * COPA's operations on etcd. Only this file and space.ts call etcd.
 *
 * etcd3's own retry is off, because it takes a committed write whose reply was lost for a refused one. Instead, every
 * transaction creates a key of its own. When its outcome is unknown, it is sent again unchanged, and that key shows whether
 * it was committed (witness.ts).
 */
import { noop } from 'cockatiel';
import {
  Etcd3,
  EtcdLeaseInvalidError,
  GRPCInvalidArgumentError,
  GRPCResourceExhastedError,
  Range,
  type ICompare,
  type IKeyValue,
  type IRangeRequest,
  type IRangeResponse,
  type IRequestOp,
  type ITxnRequest,
} from 'etcd3';
import { randomUUID } from 'node:crypto';
import { Backoff } from '../../common/async/backoff.js';
import { systemClock } from '../../common/async/clock.js';
import { CopaError, messageOf } from '../../common/errors.js';
import { SingleFlight } from '../../common/async/single-flight.js';
import { WatchedEntries } from './watched-entries.js';
import { GroupedReads } from './reads.js';
import { etcdRequests } from '../observability/metrics.js';
import { Session } from './session.js';
import { attemptMs, patienceFor } from './patience.js';
import { EtcdSpace, outOfSpace } from './space.js';
import { Watch, type WatchHandlers } from './watch.js';
import { removal, WitnessedWrite, WitnessLeases } from './witness.js';
import type { Endpoints } from './endpoints.js';
import type { Change, Entry } from './entry.js';
import { changeOf, decode, decodedOnce, encode } from './values.js';
import type { Expectation, Transaction } from './transaction.js';

const retryPolicy = { delayMsMin: 50, delayMsMax: 400 };
/** Entries of one reply. The largest records have some 100 KB, and a reply has at most 64 MiB. */
const pageSize = 500;

export class Store {
  readonly #client: Etcd3;
  /** No call has been answered since one was given up. */
  #isSilent = false;
  readonly #reads = new GroupedReads((keys) => this.#read(keys));
  readonly #lists = new SingleFlight();
  #own: WatchedEntries | undefined;
  readonly #witnesses = new WitnessLeases(
    async (seconds, options) => (await this.#client.leaseClient.leaseGrant({ TTL: seconds }, options)).ID,
  );
  readonly space: EtcdSpace;

  /**
   * If this process is the only writer of etcd, reads below `ownPrefix` use a watch of that prefix; see
   * watched-entries.ts.
   */
  constructor(endpoints: Endpoints, ownPrefix?: string) {
    this.#own = ownPrefix === undefined ? undefined : new WatchedEntries(ownPrefix);
    this.#client = new Etcd3({
      hosts: [...endpoints.urls],
      ...credentialsOf(endpoints),
      faultHandling: { host: () => noop, global: noop },
      defaultCallOptions: (context) => (context.isStream ? {} : { deadline: Date.now() + attemptMs }),
      grpcOptions: {
        'grpc.keepalive_time_ms': 10_000,
        'grpc.keepalive_timeout_ms': 3000,
        'grpc.keepalive_permit_without_calls': 1,
        'grpc.max_receive_message_length': 64 * 1024 * 1024,
        'grpc.initial_reconnect_backoff_ms': 100,
        'grpc.max_reconnect_backoff_ms': 1000,
        'grpc.enable_http_proxy': 0,
        ...(endpoints.serverName === undefined
          ? {}
          : { 'grpc.ssl_target_name_override': endpoints.serverName }),
      },
    });
    this.space = new EtcdSpace(this.#client);
  }

  /** From now on another process may write: every read goes to etcd. */
  share(): void {
    this.#own = undefined;
  }

  /** Whether another process may write, so that what a watch has delivered may be older than what that one has reported. */
  get isShared(): boolean {
    return this.#own === undefined;
  }

  async get(key: string): Promise<Entry | undefined> {
    return (await this.getMany([key]))[0];
  }

  /** All keys at one moment, in the given order; undefined for an absent one. */
  async getMany(keys: readonly string[]): Promise<(Entry | undefined)[]> {
    const known = this.#own?.get(keys);
    if (known) return known;
    const found = await this.#reads.get(keys);
    if (this.#own?.isBehind) this.list(this.#own.prefix).catch(() => undefined);
    return found.map((value) => value && decodedOnce(value));
  }

  /** All entries below a prefix, sorted by key. Concurrent callers get the same list. */
  async list(prefix: string): Promise<readonly Entry[]> {
    const known = prefix === this.#own?.prefix ? this.#own.list() : undefined;
    return known ?? this.#lists.run(prefix, async () => (await this.listAt(prefix)).entries);
  }

  /** As `list`, with the revision that it shows. */
  async listAt(prefix: string): Promise<{ entries: Entry[]; revision: number }> {
    const request = rangeOf(prefix);
    const reply = await this.#patiently('list', (options) => this.#client.kv.range(request, options));
    const entries = reply.kvs.map((found) => decode(found));
    const revision = Number(reply.header.revision);
    if (prefix === this.#own?.prefix) this.#own.reset(entries, revision);
    return { entries, revision };
  }

  /**
   * All entries below a prefix at one revision, sorted by key, however many there are. Without those under a lease, which
   * belong to a process, and those that COPA has not written, whose keys are in `leftOut`.
   */
  async listAll(prefix: string): Promise<{ entries: Entry[]; leftOut: string[]; revision: number }> {
    const { key, range_end } = rangeOf(prefix);
    const entries: Entry[] = [];
    const leftOut: string[] = [];
    let revision = 0;
    for (let from: Buffer | undefined = key; from;) {
      const request: IRangeRequest = {
        key: from,
        range_end,
        limit: pageSize,
        ...(revision > 0 ? { revision } : {}),
      };
      const reply: IRangeResponse = await this.#patiently('list', (options) =>
        this.#client.kv.range(request, options),
      );
      revision ||= Number(reply.header.revision);
      for (const found of reply.kvs.filter(({ lease }) => Number(lease) === 0)) {
        const entry = decode(found);
        if (entry.value === undefined) leftOut.push(entry.key);
        else entries.push(entry);
      }
      const last = reply.kvs.at(-1)?.key;
      from = reply.more && last ? Buffer.concat([last, Buffer.of(0)]) : undefined;
    }
    return { entries, leftOut, revision };
  }

  /**
   * Executes the whole transaction once, or nothing when an expectation does not hold (undefined).
   *
   * Throws `unavailable` when etcd did not answer for some seconds. The outcome is then unknown, and the transaction may even
   * be executed a little later. A transaction that only deletes has no witness, so that it is possible when etcd has no
   * space: what it deletes has the expected revision, so it cannot be executed twice. If another writer has put that key
   * again before the retry, it counts as refused.
   */
  async transact(transaction: Transaction): Promise<{ revision: number } | undefined> {
    const { put = [], remove = [] } = transaction;
    const first = put[0]?.key ?? remove[0];
    if (first === undefined || !transaction.expect.some((e) => 'key' in e && e.key === first)) {
      throw new Error(`a transaction must have an expectation about ${first ?? 'a key that it writes'}`);
    }
    const id = randomUUID();
    const compare = transaction.expect.map(compareOf);
    const success = [
      ...put.map(({ key, value, lease }): IRequestOp => {
        const data = { key: Buffer.from(key), value: encode(id, value) };
        return { request_put: lease === undefined ? data : { ...data, lease } };
      }),
      ...remove.map((key): IRequestOp => ({ request_delete_range: { key: Buffer.from(key) } })),
    ];
    const write = put.length > 0 ? new WitnessedWrite(this.#witnesses, id, { compare, success }) : undefined;
    return this.#patiently('transact', async (options, attempt) => {
      const send = (request: ITxnRequest) => this.#client.kv.txn(request, options);
      const { isDone, revision } = write
        ? await write.attempt(send, options)
        : await removal(send, { compare, success, key: first, isRepeated: attempt > 1 });
      this.#observe(transaction, isDone, revision);
      return isDone ? { revision } : undefined;
    });
  }

  /**
   * Follows a prefix. `onReset` gets all entries at first and whenever changes were missed. `onEvent` gets each later
   * change. It continues across restarts of etcd. The handlers must not throw.
   */
  watch(prefix: string, handlers: WatchHandlers): Watch {
    return new Watch(this, prefix, handlers);
  }

  /** Keeps a key in etcd while this process lives. The key expires at most `ttlSeconds` later. */
  session(key: string, value: unknown, ttlSeconds: number): Session {
    return new Session(this, key, value, ttlSeconds);
  }

  /**
   * One watch stream from a revision on, until `signal` aborts or the stream breaks (throws). Resolves with
   * 'compacted' when etcd no longer has that revision. For `Watch`.
   */
  async follow(
    prefix: string,
    fromRevision: number,
    onChanges: (changes: readonly Change[]) => void,
    signal: AbortSignal,
  ): Promise<'compacted' | 'closed'> {
    const stream = await this.#client.watchClient.watch();
    const cancel = () => stream.cancel();
    const own = prefix === this.#own?.prefix ? this.#own : undefined;
    let endWatches: () => void = () => undefined;
    signal.addEventListener('abort', cancel);
    try {
      return await new Promise((resolve, reject) => {
        stream.on('error', (error) => (signal.aborted ? resolve('closed') : reject(error)));
        stream.on('end', () => (signal.aborted ? resolve('closed') : reject(new Error('the stream ended'))));
        stream.on('data', (reply) => {
          if (reply.canceled) {
            if (Number(reply.compact_revision) > 0) resolve('compacted');
            else reject(new Error(`the watch was cancelled: ${reply.cancel_reason}`));
            return;
          }
          if (reply.created) {
            own?.watched(1);
            endWatches = () => own?.watched(-1);
          }
          try {
            const changes = reply.events.map(changeOf);
            own?.take(changes);
            onChanges(changes);
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
        stream.write({
          create_request: { ...rangeOf(prefix), start_revision: fromRevision, progress_notify: true },
        });
      });
    } finally {
      endWatches();
      signal.removeEventListener('abort', cancel);
      stream.cancel();
    }
  }

  /** Creates a lease with one key. For `Session`. */
  async putUnderLease(key: string, value: unknown, ttlSeconds: number): Promise<string> {
    const { ID } = await this.#client.leaseClient.leaseGrant({ TTL: ttlSeconds });
    await this.#client.kv.put({ key: Buffer.from(key), value: encode(randomUUID(), value), lease: ID });
    return ID;
  }

  /** Renews a lease; false when etcd no longer has it. For `Session`. */
  async keepAlive(lease: string): Promise<boolean> {
    const stream = await this.#client.leaseClient.leaseKeepAlive({ deadline: Date.now() + attemptMs });
    try {
      return await new Promise((resolve, reject) => {
        stream.on('data', (reply) => resolve(Number(reply.TTL) > 0));
        stream.on('error', reject);
        stream.on('end', () => reject(new Error('the stream ended')));
        stream.write({ ID: lease });
      });
    } finally {
      stream.cancel();
    }
  }

  /** Ends a lease and its keys. For `Session`. */
  async revoke(lease: string): Promise<void> {
    await this.#client.leaseClient.leaseRevoke({ ID: lease });
  }

  close(): void {
    this.#client.close();
  }

  async #read(keys: readonly string[]): Promise<(IKeyValue | undefined)[]> {
    const request = { success: keys.map((key) => ({ request_range: { key: Buffer.from(key) } })) };
    const reply = await this.#patiently('read', (options) => this.#client.kv.txn(request, options));
    const found = reply.responses.map((response) => response.response_range.kvs[0]);
    for (const [index, key] of keys.entries()) {
      const value = found[index];
      this.#own?.compare(key, value && decodedOnce(value), Number(reply.header.revision));
    }
    return found;
  }

  /** Records what the result of a transaction shows about keys that are read without etcd. */
  #observe({ expect, put = [], remove = [] }: Transaction, isDone: boolean, revision: number): void {
    const own = this.#own;
    if (!own) return;
    const written = [...put.map(({ key }) => key), ...remove];
    const expected = expect.map((each) => ('key' in each ? each.key : each.absentPrefix));
    // A refusal shows something about every key that it expected.
    if ((isDone ? written : expected).some((key) => own.covers(key))) own.expect(revision);
  }

  /** Retries until it gets a reply or a permanent error, or the time is over. */
  async #patiently<T>(
    request: 'read' | 'list' | 'transact',
    attempt: (options: { deadline: number }, number: number) => Promise<T>,
  ): Promise<T> {
    const patience = patienceFor({ request, isShared: this.isShared, isSilent: this.#isSilent });
    const endMs = performance.now() + patience.allMs;
    const backoff = new Backoff(retryPolicy);
    for (let number = 1; ; number++) {
      const note = etcdRequests.startTimer({ request });
      try {
        const leftMs = Math.min(patience.attemptMs, endMs - performance.now());
        const answer = await attempt({ deadline: Date.now() + leftMs }, number);
        note({ outcome: 'ok' });
        this.#isSilent = false;
        return answer;
      } catch (error) {
        note({ outcome: 'error' });
        if (error instanceof GRPCResourceExhastedError && (await this.#isRelieved(number === 1))) continue;
        const refusal = refusalOf(error);
        if (refusal) throw refusal;
        const pauseMs = backoff.nextDelayMs();
        if (performance.now() + pauseMs >= endMs) {
          this.#isSilent = true;
          throw new CopaError('unavailable', `etcd does not answer: ${messageOf(error)}`, { cause: error });
        }
        await systemClock.delay(pauseMs);
      }
    }
  }

  /** Whether what etcd refused may be tried again, as it has room now. Throws `resource_exhausted` when it has none. */
  async #isRelieved(isFirst: boolean): Promise<boolean> {
    const isFull = async () => (await this.space.look().catch(() => undefined))?.isFull === true;
    if (!(await isFull())) return false;
    if (isFirst) await this.space.relief?.();
    if (!isFirst || (await isFull())) throw outOfSpace();
    return true;
  }
}

function credentialsOf({ ca, cert, key }: Endpoints) {
  if (ca === undefined) return {};
  const rootCertificate = Buffer.from(ca);
  if (cert === undefined || key === undefined) return { credentials: { rootCertificate } };
  return { credentials: { rootCertificate, certChain: Buffer.from(cert), privateKey: Buffer.from(key) } };
}

function rangeOf(prefix: string): { key: Buffer; range_end: Buffer } {
  const range = Range.prefix(prefix);
  return { key: range.start, range_end: range.end };
}

function compareOf(expectation: Expectation): ICompare {
  if ('key' in expectation) {
    const key = Buffer.from(expectation.key);
    return { key, target: 'Mod', result: 'Equal', mod_revision: expectation.revision };
  }
  // A comparison over a range is true when it is true for every key in it. No key has create revision 0.
  return { ...rangeOf(expectation.absentPrefix), target: 'Create', result: 'Equal', create_revision: 0 };
}

/** The error of a reply that no retry changes. */
function refusalOf(error: unknown): CopaError | undefined {
  if (error instanceof CopaError) return error;
  const refuse = (code: 'internal' | 'resource_exhausted' | 'aborted') =>
    new CopaError(code, `etcd refuses: ${messageOf(error)}`, { cause: error });
  if (error instanceof EtcdLeaseInvalidError) return refuse('aborted');
  if (error instanceof GRPCResourceExhastedError) return refuse('resource_exhausted');
  if (error instanceof GRPCInvalidArgumentError) return refuse('internal');
  return undefined;
}
