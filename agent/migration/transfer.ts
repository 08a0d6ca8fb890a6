/** One side of one pass: the daemon's operation, the stream to the other agent, and how the pass ends. */
import type { Logger } from 'pino';
import { systemClock } from '../../common/async/clock.js';
import { deferred } from '../../common/async/deferred.js';
import { Watchers } from '../../common/async/watchers.js';
import { CopaError, messageOf } from '../../common/errors.js';
import { channelsOf, type ChannelName } from '../../common/net/stream-channel.js';
import { currentRequestId, withRequestId } from '../../common/observability/request-id.js';
import type { LxdClient } from '../lxd/client.js';
import type { SpaceMeter } from '../lxd/storage.js';
import type { LxdOperation } from '../lxd/types.js';
import type { ControlChannel } from '../transport/control-channel.js';
import type { Channels } from '../transport/listener.js';
import { RateLimit } from '../transport/rate-limit.js';
import type { StreamFeature } from '../transport/stream-features.js';
import { letGo, openDaemonSockets } from './daemon-operation.js';
import { PassActivity } from './pass-activity.js';
import { PassStream } from './pass-stream.js';
import { watchPass, type WatchedPass } from './pass-watch.js';

/** How long the side that finishes first waits for the other side. */
const farewellTimeoutMs = 15_000;

export interface TransferOptions {
  readonly id: string;
  readonly migrationId: string;
  readonly bytesPerSecondMax?: number;
}

/** The actions of one side of a pass. Each receives the signal that ends the transfer. */
export interface TransferParts {
  /** Creates the daemon's operation (class "websocket"). */
  readonly startOperation: (signal: AbortSignal) => Promise<LxdOperation>;
  /** Opens or awaits the channels to the other agent. */
  readonly channels: (names: readonly ChannelName[], signal: AbortSignal) => Promise<Channels>;
  /** True on the side that accepts the channels. They may arrive as soon as the transfer is registered. */
  readonly isAwaiting: boolean;
  /** On the destination, the daemon must not start before the source has connected. On the source, it must. */
  readonly operationFirst: boolean;
  /** Changes the source daemon's migration header before it is forwarded to the destination's daemon. */
  readonly amendHeader?: ((header: Buffer) => Buffer) | undefined;
  /** On the source: the pass goes by rsync, although the storages have an own format. */
  readonly isByRsync?: () => boolean;
  /**
   * What the agents exchange before the daemons begin. On the destination it runs before the daemon's operation
   * exists.
   */
  readonly prepare?: ((control: ControlChannel, signal: AbortSignal) => Promise<void>) | undefined;
  /** Whether this side sends the daemon's last word itself when the daemon does not (pass-stream.ts). */
  readonly completesAnswer?: boolean;
  /** Receives the names that the source sends; see changed-files.ts. */
  readonly changedFiles?: ((names: Buffer) => void) | undefined;
  /** The stream features that both agents have. */
  readonly features: ReadonlySet<StreamFeature>;
  readonly container: string;
  readonly live: boolean;
  /** The name of the other side, for the log. */
  readonly peer: string;
  /** The storage pool of the container on this host. */
  readonly space: SpaceMeter;
}

export class Transfer {
  readonly id: string;
  readonly migrationId: string;
  /** Resolves with this side's result as soon as it is known; never rejects. */
  readonly outcome: Promise<CopaError | undefined>;
  /** Resolves when the daemon's operation has ended. A hanging daemon ends it later. Never rejects. */
  readonly ended: Promise<void>;
  /** When the transfer began, by this host's clock. */
  readonly startedAtMs = Date.now();
  #stream: PassStream | undefined;
  #unwatchedSince = Date.now();
  readonly #watchers = new Watchers(() => (this.#unwatchedSince = Date.now()));
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
    // Keeps the id of the request, also after its caller has gone.
    const run = () => this.#run(outcome.resolve).finally(() => (this.#running = false));
    this.ended = withRequestId(currentRequestId() ?? options.migrationId, run);
  }

  /** Payload bytes forwarded so far, in both directions. */
  get bytes(): number {
    return this.#stream?.bytes ?? 0;
  }

  get byRsync(): boolean {
    return this.parts.isByRsync?.() ?? false;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Registers a watcher until the returned function is called. A pass without watchers ends after some time. */
  attend(): () => void {
    return this.#watchers.attend();
  }

  /** Ends the transfer and waits until the daemon's operation has ended. */
  async stop(reason: CopaError): Promise<void> {
    this.#abort.abort(reason);
    await this.ended;
  }

  async #run(decide: (outcome: CopaError | undefined) => void): Promise<void> {
    const { signal } = this.#abort;
    const names = channelsOf(this.parts.live);
    let starting: Promise<LxdOperation> | undefined;
    let from: string | undefined;
    const awaited = this.parts.isAwaiting ? this.parts.channels(names, signal) : undefined;
    awaited?.catch(() => undefined);
    const activity = new PassActivity();
    const guard: WatchedPass['guard'] = { received: () => undefined };
    const open = async () => {
      const channels = await (awaited ?? this.parts.channels(names, signal));
      // Read while the peer is connected, because a closed socket has no address.
      from = channels.get('control')?.remoteAddress;
      this.#stream = this.#openStream(channels, activity, guard);
      await this.#unlessBroken(this.#stream, this.parts.prepare?.(this.#stream.control, signal));
      return this.#stream;
    };
    try {
      let stream = this.parts.operationFirst ? undefined : await open();
      starting = this.parts.startOperation(signal);
      if (stream) await this.#unlessBroken(stream, starting);
      const operation = await starting;
      stream ??= await open();
      stream.join(await openDaemonSockets(this.lxd, operation, names), this.#amendment());
      activity.prepared();
      await this.#watch(operation.id, stream, { activity, guard });
      stream.complete();
      stream.control.report();
      await Promise.race([stream.peerDone, stream.broken, systemClock.delay(farewellTimeoutMs)]);
      decide(undefined);
    } catch (error) {
      const failed = this.#failed(error, from);
      decide(failed);
      this.#stream?.control.report(messageOf(error));
      const endsByItself = this.#stream?.isJoined === true;
      this.#stream?.close();
      if (!endsByItself) {
        // No channel is expected any more, and the listener closes those that have arrived.
        this.#abort.abort(failed);
        void awaited?.then((late) => late.forEach((socket) => socket.destroySoon())).catch(() => undefined);
      }
      const operation = await starting?.catch(() => undefined);
      if (operation) await letGo(this.lxd, operation.id, endsByItself, this.log);
    } finally {
      this.#stream?.close();
    }
  }

  #openStream(
    channels: Channels,
    activity: PassActivity,
    guard: { readonly received: (bytes: number) => void },
  ): PassStream {
    return new PassStream(channels, {
      activity,
      features: this.parts.features,
      rate: this.#rate,
      completesAnswer: this.parts.completesAnswer ?? false,
      received: (bytes) => guard.received(bytes),
      changedFiles: (names) => this.parts.changedFiles?.(names),
    });
  }

  #amendment() {
    const { amendHeader: amend, operationFirst: isSource } = this.parts;
    return amend && { from: isSource ? ('daemon' as const) : ('peer' as const), amend };
  }

  /** Waits for `work`, unless the stream breaks or the transfer is stopped first. */
  async #unlessBroken(stream: PassStream, work: Promise<unknown> | undefined): Promise<void> {
    const { signal } = this.#abort;
    const aborted = deferred<CopaError>();
    const onAbort = () => aborted.resolve(signal.reason as CopaError);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const ending = Promise.race([stream.broken, aborted.promise]).then((error): never => {
      throw error;
    });
    ending.catch(() => undefined);
    work?.catch(() => undefined);
    try {
      await Promise.race([work, ending]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #watch(
    operationId: string,
    stream: PassStream,
    { activity, guard }: Pick<WatchedPass, 'activity' | 'guard'>,
  ): Promise<void> {
    return watchPass({
      lxd: this.lxd,
      operationId,
      container: this.parts.container,
      stream,
      activity,
      guard,
      space: this.parts.space,
      writes: !this.parts.operationFirst,
      unwatchedMs: () => (this.#watchers.any ? 0 : Date.now() - this.#unwatchedSince),
      signal: this.#abort.signal,
    });
  }

  #failed(error: unknown, from: string | undefined): CopaError {
    const failed =
      error instanceof CopaError ? error : new CopaError('internal', messageOf(error), { cause: error });
    const level = failed.code === 'cancelled' ? 'info' : 'warn';
    const about = { transfer: this.id, who: this.parts.peer, from, reason: failed.message };
    this.log[level](about, 'a pass has ended early');
    return failed;
  }
}
