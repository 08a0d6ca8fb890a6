// The data between two daemons in one pass, connected by the agents' transfers. The source's daemon offers, the
// destination's accepts, and the bytes take time. At the end the copy holds the source's data at the time of reading,
// and both daemons report it. After an interruption, a first copy is removed, and the data of a refreshed one is
// unknown.
import { CopaError } from '../../common/errors.js';
import type { Random } from '../chaos/random.js';
import type { Container, Instance } from './containers.js';
import type { Daemon } from './daemon.js';
import type { Operation } from './operation.js';
import type { Timeline } from './time.js';

interface Offer {
  readonly operation: Operation;
  readonly daemon: Daemon;
  readonly instance: Instance;
}

interface Acceptance {
  readonly operation: Operation;
  readonly daemon: Daemon;
  readonly isRefresh: boolean;
  readonly instance: (container: Container) => Instance;
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
    const { instance: source } = from;
    const copy = to.instance(source.container);
    copy.data = -1;
    const read = { data: source.data, isMoving: source.status === 'Running' };
    let isOver = false;
    const end = (isGood: boolean) => {
      if (isOver) return;
      isOver = true;
      const isSame = source.container.copies.has(source) && copy.container.copies.has(copy);
      if (isGood && isSame) this.#finish(from, to, copy, read.isMoving ? read.data : source.data);
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

  #finish(from: Offer, to: Acceptance, copy: Instance, data: number): void {
    copy.data = data;
    copy.snapshots = [...from.instance.snapshots];
    copy.etag++;
    // Each daemon completes a little later, or never, if it dies before.
    from.daemon.process.after(this.random.between(5, 80), () => from.operation.end());
    to.daemon.process.after(this.random.between(5, 80), () => to.operation.end());
  }

  #break(from: Offer, to: Acceptance, copy: Instance | undefined): void {
    const receiver = to.daemon.process;
    if (copy && !to.isRefresh) {
      receiver.after(this.random.between(20, 500), () => {
        to.daemon.drop(copy);
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
