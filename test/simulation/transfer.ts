// One side of a pass as in agent/migration/transfer.ts (`Transfer.#run`, `watchPass`, `letGo`), except that the bytes
// go through wires.ts. The destination waits for the source, then each calls its daemon, then the daemons' results
// decide, unless the stream breaks or the transfer is stopped.
import { CopaError, messageOf } from '../../common/errors.js';
import type { LxdClient } from '../../agent/lxd/client.js';
import { waitForOperation } from '../../agent/lxd/operations.js';
import type { TransferOptions, TransferParts } from '../../agent/migration/transfer.js';
import type { TransferHandle } from '../../agent/migration/transfers.js';
import type { Process } from './time.js';
import type { Wires } from './wires.js';

const awaitedMs = 180_000;
const weekMs = 7 * 24 * 3600_000;

/** Where the transfers of all agents meet. */
export class Meeting {
  readonly awaiting = new Map<string, ModelTransfer>();
  readonly joined = new Set<{ readonly hosts: readonly string[]; readonly cut: () => void }>();

  constructor(
    readonly wires: Wires,
    /** Whether two hosts reach each other. */
    readonly isLinked: (a: string, b: string) => boolean,
  ) {}

  /** Breaks the stream between two hosts. */
  cut(a: string, b: string): void {
    for (const each of this.joined) if (each.hosts.includes(a) && each.hosts.includes(b)) each.cut();
  }
}

interface Side {
  readonly host: string;
  readonly process: Process;
  readonly lxd: LxdClient;
  readonly meeting: Meeting;
}

export class ModelTransfer implements TransferHandle {
  readonly id: string;
  readonly migrationId: string;
  readonly outcome: Promise<CopaError | undefined>;
  readonly ended: Promise<void>;
  bytes = 0;
  readonly startedAtMs = 1;
  readonly byRsync = false;
  running = true;
  operationId: string | undefined;
  readonly #abort = new AbortController();
  readonly #broken = new AbortController();
  #breakWire = () => {};
  #came: (source: ModelTransfer) => void = () => {};

  constructor(
    { id, migrationId }: TransferOptions,
    private readonly parts: TransferParts,
    readonly side: Side,
  ) {
    this.id = id;
    this.migrationId = migrationId;
    let decide: (outcome: CopaError | undefined) => void = () => {};
    this.outcome = new Promise((resolve) => (decide = resolve));
    this.ended = this.#run((outcome) => decide(outcome)).finally(() => (this.running = false));
  }

  attend(): () => void {
    return () => {};
  }

  async stop(reason: CopaError): Promise<void> {
    this.#abort.abort(reason);
    await this.ended;
  }

  break(): void {
    this.#broken.abort(new CopaError('unavailable', 'the stream broke'));
    this.#breakWire();
  }

  async #run(decide: (outcome: CopaError | undefined) => void): Promise<void> {
    const { lxd, meeting } = this.side;
    try {
      if (this.parts.operationFirst) await this.#runSource();
      else await this.#runDestination();
      const ended = waitForOperation(lxd, this.operationId ?? '', weekMs);
      await this.#unlessEnded(ended);
      this.bytes = 1_000_000;
      decide(undefined);
    } catch (error) {
      decide(
        error instanceof CopaError ? error : new CopaError('internal', messageOf(error), { cause: error }),
      );
      meeting.awaiting.delete(this.id);
      this.break();
      if (this.operationId === undefined) return;
      meeting.wires.abandon(this.operationId);
      await waitForOperation(lxd, this.operationId, weekMs).catch(() => undefined);
    }
  }

  async #runSource(): Promise<void> {
    const { meeting, host } = this.side;
    const { id } = (await this.parts.startOperation(this.#abort.signal)) as { id: string };
    this.operationId = id;
    const peer = meeting.awaiting.get(this.id);
    if (!peer?.side.process.isAlive || !meeting.isLinked(host, peer.side.host)) {
      throw new CopaError('unavailable', 'the destination does not await this stream');
    }
    meeting.awaiting.delete(this.id);
    peer.#came(this);
  }

  async #runDestination(): Promise<void> {
    const { meeting, process, host } = this.side;
    meeting.awaiting.set(this.id, this);
    const source = await this.#unlessEnded(
      new Promise<ModelTransfer>((resolve, reject) => {
        this.#came = resolve;
        process.after(awaitedMs, () => reject(new CopaError('unavailable', 'the source has not come')));
      }),
    );
    const hosts = [host, source.side.host];
    const joined = {
      hosts,
      cut: () => {
        meeting.joined.delete(joined);
        this.break();
        source.break();
      },
    };
    meeting.joined.add(joined);
    // If either end dies, the stream breaks for the other one.
    process.onDeath(joined.cut);
    source.side.process.onDeath(joined.cut);
    // A failed side also breaks it. After success, the other side waits for its own daemon's result.
    for (const side of [this, source]) void side.outcome.then((error) => error && joined.cut());
    void Promise.all([this.ended, source.ended]).then(() => meeting.joined.delete(joined));
    const { id } = (await this.parts.startOperation(this.#abort.signal)) as { id: string };
    this.operationId = id;
    const breakWire = meeting.wires.join(source.operationId ?? '', id);
    this.#breakWire = source.#breakWire = breakWire;
    if (this.#broken.signal.aborted || source.#broken.signal.aborted) breakWire();
  }

  async #unlessEnded<T>(work: Promise<T>): Promise<T> {
    work.catch(() => undefined);
    return new Promise((resolve, reject) => {
      for (const { signal } of [this.#abort, this.#broken]) {
        const fail = () => reject(signal.reason as CopaError);
        if (signal.aborted) fail();
        else signal.addEventListener('abort', fail, { once: true });
      }
      work.then(resolve, reject);
    });
  }
}
