/**
 * The control channel between the two agents of a pass. It carries the daemons' messages, the agents' messages and a
 * heartbeat. The heartbeat shows that a side lives while it prepares for a long time. Reading from this channel never
 * pauses, so silence means that the other agent or the network is gone.
 */
import type { TLSSocket } from 'node:tls';
import { CopaError, isCopaError, messageOf } from '../../common/errors.js';
import { FrameReader, frameHeader, frameKinds, framesOf, type Frame } from './frames.js';

/** Limit on a reassembled message, in bytes: a migration header of 1,000 snapshots with much config. */
const receivedBytesMax = 256 * 1024 * 1024;

const heartbeatIntervalMs = 1_000;

/** After this long without data, the other agent or the network counts as gone. */
const heartbeatTimeoutMs = 6_000;

/**
 * A heartbeat's payload while its side works although no bytes move. An empty payload, as in 0.1.0, means that it
 * does not work.
 */
const working = Buffer.from([1]);

export interface Message {
  readonly payload: Buffer;
  readonly isBinary: boolean;
}

/** Events from the other side. */
export interface ControlEvents {
  /** The number of all bytes that just arrived. */
  readonly received: (bytes: number) => void;
  /** The other side's daemon reported success. */
  readonly peerDone: () => void;
  /** The other side works, perhaps without moving bytes. */
  readonly peerWorks: () => void;
  /** The other side failed, or it or the network is gone. The daemons may still wait for each other. */
  readonly broken: (error: CopaError) => void;
  /** Names of files, each ended by a zero byte. */
  readonly changedFiles: (names: Buffer) => void;
}

/** A message of the other side's daemon; null when the daemon has closed the channel. */
type Take = (message: Message | null) => void;

export class ControlChannel {
  /** Resolves when the other side has sent the names of all changed files. */
  readonly allNamed: Promise<void>;
  #nameAll: () => void = () => undefined;
  readonly #reader = new FrameReader();
  readonly #heartbeat: NodeJS.Timeout;
  /** The parts of a message that is not complete yet. */
  #parts: Buffer[] = [];
  /** Messages that arrived before a consumer was registered. */
  #waiting: (Message | null)[] = [];
  #take: Take | undefined;
  #receivedAt = Date.now();
  #messageBytes = 0;
  #closed = false;

  constructor(
    private readonly peer: TLSSocket,
    private readonly events: ControlEvents,
    /** Whether this side works, perhaps without moving bytes. */
    private readonly isWorking: () => boolean,
  ) {
    this.allNamed = new Promise((resolve) => (this.#nameAll = resolve));
    peer.on('data', (chunk: Buffer) => this.#read(chunk));
    peer.on('error', (error) => this.#broken(messageOf(error)));
    peer.on('close', () => this.#broken('the other side hung up'));
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatIntervalMs);
    // The peer may have disconnected before this listener was added, and then emits nothing more.
    if (peer.destroyed) process.nextTick(() => this.#broken('the other side hung up'));
  }

  /** Passes on the messages of the other side's daemon, from the first one. */
  take(take: Take): void {
    this.#take = take;
    for (const message of this.#waiting.splice(0)) take(message);
  }

  /** Sends a message of this side's daemon. */
  send({ payload, isBinary }: Message): void {
    this.#write([...framesOf(isBinary ? frameKinds.binary : frameKinds.text, payload)]);
  }

  /** Reports that this side's daemon has closed the channel. */
  sendClose(): void {
    this.#write([{ kind: frameKinds.close, payload: Buffer.alloc(0) }]);
  }

  /**
   * Sends names of files, each ended by a zero byte. An empty buffer ends the list. Resolves when more may be sent.
   */
  async sendChangedFiles(names: Buffer): Promise<void> {
    this.#write([{ kind: frameKinds.changedFiles, payload: names }]);
    if (!this.peer.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      this.peer.once('drain', resolve);
      this.peer.once('close', resolve);
    });
  }

  /** Reports this side's result to the other side. */
  report(failure?: string): void {
    const payload = Buffer.from((failure ?? '').slice(0, 2000));
    this.#write([{ kind: failure === undefined ? frameKinds.done : frameKinds.failed, payload }]);
  }

  /** The bytes that wait in memory for the network. */
  get backlog(): number {
    return this.peer.writableLength;
  }

  onceDrained(act: () => void): void {
    this.peer.once('drain', act);
  }

  /** Ends the channel after the pending writes. No events follow. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#heartbeat);
    this.peer.resume();
    this.peer.destroySoon();
  }

  #write(frames: readonly Frame[]): void {
    if (this.#closed || !this.peer.writable) return;
    this.peer.cork();
    for (const { kind, payload } of frames) {
      this.peer.write(frameHeader(kind, payload.length));
      if (payload.length > 0) this.peer.write(payload);
    }
    process.nextTick(() => this.peer.uncork());
  }

  #read(chunk: Buffer): void {
    if (this.#closed) return;
    this.#receivedAt = Date.now();
    this.events.received(chunk.length);
    try {
      for (const frame of this.#reader.push(chunk)) this.#dispatch(frame);
    } catch (error) {
      if (isCopaError(error, 'permission_denied')) this.#end(error);
      else this.#broken(messageOf(error));
    }
  }

  #dispatch({ kind, payload }: Frame): void {
    switch (kind) {
      case frameKinds.heartbeat:
        if (payload.length > 0) this.events.peerWorks();
        return;
      case frameKinds.close:
        this.#hand(null);
        return;
      case frameKinds.done:
        this.events.peerDone();
        return;
      case frameKinds.failed:
        this.#end(new CopaError('unavailable', `the other side failed: ${payload.toString('utf8')}`));
        return;
      case frameKinds.changedFiles:
        if (payload.length > 0) this.events.changedFiles(payload);
        else this.#nameAll();
        return;
      case frameKinds.zeros:
        throw new CopaError('invalid_argument', 'a frame out of place');
      case frameKinds.part:
        this.#parts.push(this.#counted(payload));
        return;
      default: {
        const whole = Buffer.concat([...this.#parts.splice(0), this.#counted(payload)]);
        this.#hand({ payload: whole, isBinary: kind === frameKinds.binary });
      }
    }
  }

  #counted(payload: Buffer): Buffer {
    this.#messageBytes += payload.length;
    if (this.#messageBytes <= receivedBytesMax) return payload;
    throw new CopaError('resource_exhausted', `more than ${receivedBytesMax} bytes arrived`);
  }

  #hand(message: Message | null): void {
    if (this.#take) this.#take(message);
    else this.#waiting.push(message);
  }

  #beat(): void {
    if (Date.now() - this.#receivedAt > heartbeatTimeoutMs) {
      this.#broken(`nothing received for ${heartbeatTimeoutMs / 1000} s`);
    } else {
      this.#write([{ kind: frameKinds.heartbeat, payload: this.isWorking() ? working : Buffer.alloc(0) }]);
    }
  }

  #broken(why: string): void {
    this.#end(new CopaError('unavailable', `the migration stream broke (channel control): ${why}`));
  }

  #end(error: CopaError): void {
    if (this.#closed) return;
    this.close();
    this.events.broken(error);
  }
}
