/** The stream of one pass: its channels to the other agent, each connected with a websocket of the daemon. */
import type { TLSSocket } from 'node:tls';
import { deferred } from '../../common/async/deferred.js';
import { systemClock } from '../../common/async/clock.js';
import type { CopaError } from '../../common/errors.js';
import { Bridge, type BridgeOptions } from '../transport/bridge.js';
import { ControlChannel } from '../transport/control-channel.js';
import type { Channels } from '../transport/listener.js';
import { Pipe } from '../transport/pipe.js';
import type { RateLimit } from '../transport/rate-limit.js';
import type { StreamFeature } from '../transport/stream-features.js';
import type { DaemonSockets } from './daemon-operation.js';
import type { PassActivity } from './pass-activity.js';

/** How long a broken channel waits for the control channel to give the reason. */
const reasonMs = 300;

interface StreamParts {
  readonly activity: PassActivity;
  readonly features: ReadonlySet<StreamFeature>;
  readonly rate: RateLimit | undefined;
  /** See Bridge. */
  readonly completesAnswer: boolean;
  /** Receives the number of bytes that have just arrived from the other side. */
  readonly received: (bytes: number) => void;
  readonly changedFiles: (names: Buffer) => void;
}

export class PassStream {
  /** Payload bytes forwarded so far, in both directions. */
  bytes = 0;
  /** Resolves when the other side's daemon has reported success. */
  readonly peerDone: Promise<undefined>;
  /** Resolves when the stream is no longer usable. */
  readonly broken: Promise<CopaError>;
  readonly control: ControlChannel;
  #pipes: Pipe[] = [];
  #bridge: Bridge | undefined;
  readonly #breaks: (error: CopaError) => void;

  constructor(
    private readonly channels: Channels,
    private readonly parts: StreamParts,
  ) {
    const peerDone = deferred<undefined>();
    const broken = deferred<CopaError>();
    this.peerDone = peerDone.promise;
    this.broken = broken.promise;
    this.#breaks = broken.resolve;
    const events = {
      received: parts.received,
      peerDone: () => peerDone.resolve(undefined),
      peerWorks: () => parts.activity.peerWorks(),
      broken: broken.resolve,
      changedFiles: parts.changedFiles,
    };
    const control = channels.get('control') as TLSSocket;
    this.control = new ControlChannel(control, events, () => parts.activity.isWorking);
  }

  get isJoined(): boolean {
    return this.#bridge !== undefined;
  }

  /** Connects the channels with the daemon's websockets. From then on the daemons exchange data. */
  join({ control, bulk }: DaemonSockets, amendFirst: BridgeOptions['amendFirst']): void {
    const { rate, features, received, completesAnswer } = this.parts;
    const moved = (bytes: number) => {
      this.bytes += bytes;
      this.parts.activity.moved(this.bytes);
    };
    // The control channel may be about to deliver the reason, so it is read first.
    const broken = (error: CopaError) => void systemClock.delay(reasonMs).then(() => this.#breaks(error));
    const packZeros = features.has('zeros');
    this.#bridge = new Bridge(control, this.control, { moved, rate, amendFirst, completesAnswer });
    this.#pipes = [...bulk].map(([name, daemon]) => {
      const options = { moved, received, broken, rate, packZeros };
      return new Pipe(name, daemon, this.channels.get(name) as TLSSocket, options);
    });
  }

  /** This side's daemon has reported success. */
  complete(): void {
    this.#bridge?.complete();
  }

  /** Pauses reading from the other side. */
  hold(): void {
    for (const pipe of this.#pipes) pipe.hold();
  }

  letGoOn(): void {
    for (const pipe of this.#pipes) pipe.letGoOn();
  }

  /** Ends all channels after the pending writes. */
  close(): void {
    this.#bridge?.close();
    for (const pipe of this.#pipes) pipe.close();
    this.control.close();
    if (!this.isJoined) for (const socket of this.channels.values()) socket.destroySoon();
  }
}
