/**
 * One pass of a migration as seen by one side: the daemon's operation, the bridges between its websockets
 * and the other agent, and the watch that neither is stuck. LXD itself waits for ever.
 */
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import { CopaError, isCopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import { currentRequestId, withRequestId } from '../../common/observability/request-id.js';
import { channelsOf, type ChannelName } from '../../common/net/stream-channel.js';
import type { DaemonWebsocket } from '../lxd/websocket.js';
import type { LxdClient } from '../lxd/client.js';
import { cancelOperation, waitForOperation } from '../lxd/operations.js';
import type { Space } from '../lxd/storage.js';
import type { LxdOperation } from '../lxd/types.js';
import { Bridge } from '../transport/bridge.js';
import { frameHeaderBytes } from '../transport/frames.js';
import { Pipe } from '../transport/pipe.js';
import type { Channels } from '../transport/listener.js';
import { RateLimit } from '../transport/rate-limit.js';
import { PassGuard } from './bounds.js';

/** A silent stream makes the agent ask its daemon after this long whether it is still there. */
const silenceMs = 4_000;

/** How long the daemon may take to say so. */
const aliveTimeoutMs = 4_000;

/** No byte for this long ends a pass, though both daemons say that they are busy. */
const idleTimeoutMs = 300_000;

/** How long the daemon has to end an operation by itself once its channels are closed; it needs about a second. */
const byItselfMs = 8_000;

/** How long the daemon may take to let go of an operation that it was told to give up. */
const letGoTimeoutMs = 60_000;

/** How long a broken channel waits for the control channel's word on the reason. */
const reasonMs = 300;

/** How long the daemon may take to note a channel that it has accepted; it is part of every downtime. */
const betweenChannelsMs = 20;

/** How long a side that is through waits to hear that the other one is, too. */
const farewellTimeoutMs = 15_000;

/** Passes have no natural length: a container may hold terabytes. */
const passTimeoutMs = 7 * 24 * 3600 * 1000;

export interface TransferOptions {
  readonly id: string;
  readonly migrationId: string;
  readonly bytesPerSecondMax?: number;
}

/** What a side has to do to bring its half about; each gets the signal that ends the transfer. */
export interface TransferParts {
  /** Makes the daemon's operation (class "websocket"). */
  readonly startOperation: (signal: AbortSignal) => Promise<LxdOperation>;
  /** Opens or awaits the other agent's channels. */
  readonly channels: (names: readonly ChannelName[], signal: AbortSignal) => Promise<Channels>;
  /** Whoever opens the channels comes here: as soon as it is told of the transfer, so it is expected by then. */
  readonly isAwaiting: boolean;
  /** The destination's daemon must not start before the source has come; the source's must. */
  readonly operationFirst: boolean;
  /** Changes what the source's daemon offers, on its way to the destination's. */
  readonly amendOffer?: ((offer: Buffer) => Buffer) | undefined;
  readonly live: boolean;
  /** Who the other side is, for the log. */
  readonly peer: string;
  /** Of the storage pool that the container is in here. */
  readonly space: () => Promise<Space>;
}

export class Transfer {
  readonly id: string;
  readonly migrationId: string;
  /** How the pass went on this side, as soon as that is decided; never rejects. */
  readonly outcome: Promise<CopaError | undefined>;
  /** When the daemon has let go, which a hanging one does later; never rejects. */
  readonly ended: Promise<void>;
  /** Payload that went through so far, both ways, in bytes. */
  bytes = 0;
  /** What came in from the other side, in bytes: what is no payload, too. */
  #receivedBytes = 0;
  #watchers = 0;
  #unwatchedSince = Date.now();
  #running = true;
  readonly #abort = new AbortController();
  readonly #rate: RateLimit | undefined;

  constructor(
    options: TransferOptions,
    private readonly parts: TransferParts,
    private readonly lxd: LxdClient,
    private readonly log: Logger,
  ) {
    this.id = options.id;
    this.migrationId = options.migrationId;
    this.#rate = options.bytesPerSecondMax ? new RateLimit(options.bytesPerSecondMax) : undefined;
    const outcome = deferred<CopaError | undefined>();
    this.outcome = outcome.promise;
    // The id of the request goes on with it when nobody watches it any more.
    const run = () => this.#run(outcome.resolve).finally(() => (this.#running = false));
    this.ended = withRequestId(currentRequestId() ?? options.migrationId, run);
  }

  get running(): boolean {
    return this.#running;
  }

  /** Somebody watches, until the function returned is called; a pass that nobody watches ends after a while. */
  attend(): () => void {
    this.#watchers++;
    let isWatching = true;
    return () => {
      if (!isWatching) return;
      isWatching = false;
      this.#watchers--;
      this.#unwatchedSince = Date.now();
    };
  }

  /** Ends the transfer and waits until the daemon has let go. */
  async stop(reason: CopaError): Promise<void> {
    this.#abort.abort(reason);
    await this.ended;
  }

  async #run(decide: (outcome: CopaError | undefined) => void): Promise<void> {
    const { signal } = this.#abort;
    const names = channelsOf(this.parts.live);
    let operation: LxdOperation | undefined;
    let channels: Channels | undefined;
    const bridges: (Bridge | Pipe)[] = [];
    let control: Bridge | undefined;
    let from: string | undefined;
    const peerDone = deferred<undefined>();
    const broken = deferred<CopaError>();
    const awaited = this.parts.isAwaiting ? this.parts.channels(names, signal) : undefined;
    awaited?.catch(() => undefined);
    const getChannels = () => awaited ?? this.parts.channels(names, signal);
    try {
      if (!this.parts.operationFirst) channels = await getChannels();
      operation = await this.parts.startOperation(signal);
      channels ??= await getChannels();
      // Asked while it is there: who is gone has no address any more.
      from = channels.get('control')?.remoteAddress;
      for (const [name, daemon] of await this.#daemonSockets(operation, names)) {
        const socket = channels.get(name) as TLSSocket;
        const events = {
          moved: (bytes: number) => void (this.bytes += bytes),
          received: (bytes: number) => void (this.#receivedBytes += bytes),
          peerDone: () => peerDone.resolve(undefined),
          // The control channel may be about to say why: let it be heard first.
          broken: (error: CopaError) =>
            void delay(name === 'control' ? 0 : reasonMs).then(() => broken.resolve(error)),
        };
        if (daemon instanceof WebSocket) {
          const { amendOffer: amend, operationFirst: isSource } = this.parts;
          const amendFirst = amend && { from: isSource ? ('daemon' as const) : ('peer' as const), amend };
          const options = { rate: this.#rate, amendFirst };
          control = new Bridge(name, daemon, socket, events, options);
          bridges.push(control);
        } else {
          bridges.push(new Pipe(name, daemon, socket, events, this.#rate));
        }
      }
      await this.#watch(operation.id, broken.promise, signal);
      control?.report();
      await Promise.race([peerDone.promise, broken.promise, delay(farewellTimeoutMs)]);
      decide(undefined);
    } catch (error) {
      const failed =
        error instanceof CopaError ? error : new CopaError('internal', messageOf(error), { cause: error });
      const level = failed.code === 'cancelled' ? 'info' : 'warn';
      this.log[level](
        { transfer: this.id, who: this.parts.peer, from, reason: failed.message },
        'a pass has ended early',
      );
      decide(failed);
      control?.report(messageOf(error));
      for (const bridge of bridges) bridge.close();
      if (bridges.length === 0) {
        for (const socket of channels?.values() ?? []) socket.destroy();
        // Nobody is expected any more, and who has come is sent away.
        this.#abort.abort(failed);
        void awaited?.then((late) => late.forEach((socket) => socket.destroy())).catch(() => undefined);
      }
      if (operation) await this.#letGo(operation.id, bridges.length > 0);
    } finally {
      for (const bridge of bridges) bridge.close();
    }
  }

  /**
   * The control channel message by message, as it is read here; the others as bare streams. Opened one after
   * the other: LXD 5.0.2 panics (`close of closed channel` in `Connect`, lxd/migrate.go) when two come at once,
   * as each then finds that all are there.
   */
  async #daemonSockets(
    operation: LxdOperation,
    names: readonly ChannelName[],
  ): Promise<[ChannelName, WebSocket | DaemonWebsocket][]> {
    const { lxd } = this;
    const secrets = operation.metadata ?? {};
    const opened: [ChannelName, WebSocket | DaemonWebsocket][] = [];
    try {
      for (const name of names) {
        const secret = secrets[name];
        if (typeof secret !== 'string') {
          throw new CopaError('failed_precondition', `the daemon offers no ${name} channel for this move`);
        }
        // The daemon accepts a channel a moment before it has noted it.
        if (opened.length > 0) await delay(betweenChannelsMs);
        const open =
          name === 'control'
            ? lxd.websocket(operation.id, secret)
            : lxd.bareWebsocket(operation.id, secret, frameHeaderBytes);
        opened.push([name, await open]);
      }
      return opened;
    } catch (error) {
      for (const [, daemon] of opened) {
        if (daemon instanceof WebSocket) daemon.terminate();
        else daemon.socket.destroy();
      }
      throw error;
    }
  }

  /** Waits for the daemon's verdict, unless the stream breaks, nothing moves, or somebody stops it. */
  async #watch(operationId: string, broken: Promise<CopaError>, signal: AbortSignal): Promise<void> {
    const aborted = deferred<CopaError>();
    const onAbort = () => aborted.resolve(signal.reason as CopaError);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const stuck = deferred<CopaError>();
    let lastBytes = this.bytes;
    let movedAt = Date.now();
    let askAt = movedAt + silenceMs;
    let asking = false;
    const timer = setInterval(() => {
      const now = Date.now();
      if (this.bytes !== lastBytes) {
        lastBytes = this.bytes;
        movedAt = now;
        askAt = now + silenceMs;
      } else if (now - movedAt > idleTimeoutMs) {
        stuck.resolve(new CopaError('unavailable', `no byte moved for ${idleTimeoutMs / 1000} s`));
      } else if (now >= askAt && !asking) {
        asking = true;
        this.lxd
          .get(`/1.0/operations/${operationId}`, aliveTimeoutMs)
          .catch((error: unknown) => {
            // Any answer, also "gone", is a sign of life: the wait below tells how it ended.
            if (isUnknownOutcome(error)) {
              stuck.resolve(new CopaError('unavailable', `the daemon hangs: ${messageOf(error)}`));
            }
          })
          .finally(() => {
            asking = false;
            askAt = Date.now() + silenceMs;
          });
      }
    }, 500);
    const guard = new PassGuard(this.parts.space, () => ({
      receivedBytes: this.#receivedBytes,
      writes: !this.parts.operationFirst,
      unwatchedMs: this.#watchers > 0 ? 0 : Date.now() - this.#unwatchedSince,
    }));
    try {
      const ended = waitForOperation(this.lxd, operationId, passTimeoutMs);
      // What ends the race first decides; the wait's own end is then of no interest.
      ended.catch(() => undefined);
      const error = await Promise.race([
        ended.then(() => undefined),
        broken,
        stuck.promise,
        guard.tripped,
        aborted.promise,
      ]);
      if (!error) return;
      // Both ends of a stream fall at nearly the same time: hear the daemon's own verdict, if it comes.
      const verdict = await Promise.race([
        ended.then(
          () => 'success' as const,
          (failure: unknown) => failure,
        ),
        delay(500),
      ]);
      if (verdict === 'success') return;
      if (verdict === undefined || isUnknownOutcome(verdict)) throw error;
      throw new CopaError(error.code, `${error.message}; the daemon says: ${messageOf(verdict)}`);
    } finally {
      guard.close();
      clearInterval(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Waits for the end of an operation whose channels are closed, and makes the daemon give it up if that does not
   * come, as far as the daemon can be reached. Not the other way round: LXD 5.0.2 dies of a cancellation that
   * meets an operation's own end (`Cancel.func1`, lxd/operations/operations.go), and closing brings just that end.
   */
  async #letGo(operationId: string, endsByItself: boolean): Promise<void> {
    try {
      if (endsByItself) {
        const ended = await waitForOperation(this.lxd, operationId, byItselfMs).then(
          () => true,
          (error: unknown) => !isCopaError(error, 'deadline_exceeded'),
        );
        if (ended) return;
      }
      await cancelOperation(this.lxd, operationId);
      await waitForOperation(this.lxd, operationId, letGoTimeoutMs);
    } catch (error) {
      this.log.debug({ transfer: this.id, reason: messageOf(error) }, 'operation ended');
    }
  }
}

/** A transfer as those see it who begin, watch and end it. */
export type TransferHandle = Pick<
  Transfer,
  'id' | 'migrationId' | 'outcome' | 'ended' | 'bytes' | 'running' | 'attend' | 'stop'
>;

/** The transfers of this agent, by id. An ended one is remembered so that its outcome can be asked again. */
export class Transfers {
  readonly #byId = new Map<string, TransferHandle>();

  /** How many ended transfers are remembered; raising it only costs memory. */
  static readonly remembered = 200;

  constructor(private readonly create: (options: TransferOptions, parts: TransferParts) => TransferHandle) {}

  find(id: string): TransferHandle | undefined {
    return this.#byId.get(id);
  }

  /** The transfer of that id. Throws `not_found`. */
  watch(id: string): TransferHandle {
    const known = this.find(id);
    if (known) return known;
    throw new CopaError('not_found', `this agent knows no transfer ${id}`);
  }

  begin(options: TransferOptions, parts: TransferParts): TransferHandle {
    const transfer = this.create(options, parts);
    this.#byId.set(transfer.id, transfer);
    for (const [id, each] of this.#byId) {
      if (this.#byId.size <= Transfers.remembered) break;
      if (!each.running) this.#byId.delete(id);
    }
    return transfer;
  }

  /** Ends every running transfer of a migration. */
  async stopAll(migrationId: string, reason: string): Promise<void> {
    const running = [...this.#byId.values()].filter(
      (each) => each.running && each.migrationId === migrationId,
    );
    await Promise.all(running.map((each) => each.stop(new CopaError('cancelled', reason))));
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

function delay(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
