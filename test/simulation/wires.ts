// The data between two daemons in one pass, connected by the agents' transfers. The source's daemon offers, the
// destination's accepts, and the bytes take time. At the end the copy holds the source's data at the time of reading,
// and both daemons report it. After an interruption, a first copy is removed, and the data of a refreshed one is
// unknown.
import { CopaError } from '../../common/errors.js';
import type { Random } from '../chaos/random.js';
import type { Container } from './containers.js';
import type { Daemon } from './daemon.js';
import type { Operation } from './operation.js';
import type { Timeline } from './time.js';

/** A copy of a container, or a volume. */
interface Sent {
  readonly container: Container;
  readonly snapshots: readonly string[];
  readonly isMoving: boolean;
  readonly data: () => number;
  readonly exists: () => boolean;
}

interface Received {
  readonly exists: () => boolean;
  readonly become: (data: number, snapshots: readonly string[]) => void;
  readonly drop: () => void;
}

interface Offer {
  readonly operation: Operation;
  readonly daemon: Daemon;
  readonly sent: Sent;
}

interface Acceptance {
  readonly operation: Operation;
  readonly daemon: Daemon;
  readonly isRefresh: boolean;
  /** From now on, its data is unknown. */
  readonly begin: (container: Container) => Received;
}

export class Wires {
  readonly #offers = new Map<string, Offer>();
  readonly #acceptances = new Map<string, Acceptance>();
  readonly #joined = new Set<string>();

  constructor(
    private readonly timeline: Timeline,
    private readonly random: Random,
  ) {}

  offer(offer: Offer): void {
    this.#offers.set(offer.operation.id, offer);
  }

  accept(acceptance: Acceptance): void {
    this.#acceptances.set(acceptance.operation.id, acceptance);
  }

  /** Transfers the bytes of one pass. The returned function interrupts it. */
  join(sendingId: string, receivingId: string): () => void {
    const from = this.#offers.get(sendingId);
    const to = this.#acceptances.get(receivingId);
    if (!from || !to) return () => {};
    this.#joined.add(sendingId).add(receivingId);
    if (from.operation.status !== 'Running' || to.operation.status !== 'Running') {
      this.#break(from, to, undefined);
      return () => {};
    }
    const { sent } = from;
    const copy = to.begin(sent.container);
    const read = { data: sent.data(), isMoving: sent.isMoving };
    let isOver = false;
    const end = (isGood: boolean) => {
      if (isOver) return;
      isOver = true;
      const isSame = sent.exists() && copy.exists();
      if (isGood && isSame) this.#finish(from, to, copy, read.isMoving ? read.data : sent.data());
      else this.#break(from, to, copy);
    };
    from.operation.onEnd(() => end(false));
    to.operation.onEnd(() => end(false));
    this.timeline.after(this.random.between(300, 6_000), () => end(true));
    return () => end(false);
  }

  /** Joins one half's websockets by hand. Throws when they are joined already. */
  open(operationId: string): { terminate(): void } {
    if (this.#joined.has(operationId)) throw new CopaError('unavailable', 'the daemon refused a websocket');
    this.#joined.add(operationId);
    return { terminate: () => this.abandon(operationId) };
  }

  /** One half whose peer never arrives. */
  abandon(operationId: string): void {
    const from = this.#offers.get(operationId);
    const to = this.#acceptances.get(operationId);
    if (from) this.#fail(from.operation);
    if (to) this.#fail(to.operation);
  }

  #finish(from: Offer, to: Acceptance, copy: Received, data: number): void {
    copy.become(data, from.sent.snapshots);
    // Each daemon completes a little later, or never, if it dies before.
    from.daemon.process.after(this.random.between(5, 80), () => from.operation.end());
    to.daemon.process.after(this.random.between(5, 80), () => to.operation.end());
  }

  #break(from: Offer, to: Acceptance, copy: Received | undefined): void {
    const receiver = to.daemon.process;
    if (copy && !to.isRefresh) {
      receiver.after(this.random.between(20, 500), () => {
        copy.drop();
        this.#fail(to.operation);
      });
    } else {
      receiver.after(this.random.between(20, 500), () => this.#fail(to.operation));
    }
    from.daemon.process.after(this.random.between(20, 500), () => this.#fail(from.operation));
  }

  #fail(operation: Operation): void {
    operation.end(new CopaError('internal', 'websocket: close 1006 (abnormal closure): unexpected EOF'));
  }
}
