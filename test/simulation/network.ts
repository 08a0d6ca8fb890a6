// The network from a controller to the agents: what gRPC may do to a call. A call whose reply is lost fails with
// `unavailable` although it was executed. A call may reach its agent long after its caller has given up, or twice.
import { CopaError } from '../../common/errors.js';
import type { HostCalls } from '../../controller/hosts/client.js';
import type { Random } from '../chaos/random.js';
import { asError, type Agent } from './agent.js';
import type { Process, Timeline } from './time.js';

export interface NetworkFaults {
  /** The probability that a call or its reply is lost. */
  readonly lost: number;
  /** The probability that it arrives late, after its caller has given up. */
  readonly late: number;
  /** The probability that it arrives twice, the second time late. */
  readonly twice: number;
  readonly lateMsMax: number;
  readonly delayMsMax: number;
}

/** The error of a lost request, and its delay. */
const noticedMs = [10, 8_000] as const;

export interface Ways {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly faults: NetworkFaults;
  /** The agent that runs on the host now, if any. */
  readonly agent: (host: string) => Agent | undefined;
  readonly isCut: (controller: string, host: string) => boolean;
}

interface Settings {
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export class HostWay {
  constructor(
    readonly pool: string,
    private readonly controller: string,
    private readonly process: Process,
    private readonly ways: Ways,
  ) {}

  readonly address = '192.0.2.1:8001';

  get asHost(): HostCalls {
    return this as unknown as HostCalls;
  }

  call(method: string, request: unknown, { deadlineMs = 0, signal }: Settings): Promise<unknown> {
    const { random, faults } = this.ways;
    return new Promise((settle, fail) => {
      const resolve = (value: unknown) => {
        signal?.removeEventListener('abort', onAbort);
        settle(value);
      };
      const reject = (error: Error) => {
        signal?.removeEventListener('abort', onAbort);
        fail(error);
      };
      const late = () => new CopaError('deadline_exceeded', `${method} has not finished in time`);
      const stopTimer = this.process.after(deadlineMs, () => reject(late()));
      const lost = () =>
        this.process.after(random.between(...noticedMs), () => {
          stopTimer();
          reject(new CopaError('unavailable', `pool "${this.pool}": the connection broke`));
        });
      const onAbort = () => reject(cancelled(method));
      signal?.addEventListener('abort', onAbort, { once: true });
      const fate = random.next();
      const answer = (tell: () => void) => {
        if (this.#isCut() || fate < faults.lost / 2) lost();
        else
          this.process.after(this.#delay(), () => {
            stopTimer();
            tell();
          });
      };
      if (this.#isCut()) {
        lost();
      } else if (fate > 1 - faults.late) {
        lost();
        this.#deliver(method, request, random.between(1, faults.lateMsMax), () => {});
      } else if (fate >= faults.lost / 2 && fate < faults.lost) {
        lost();
      } else {
        if (random.next() < faults.twice) {
          this.#deliver(method, request, random.between(1, faults.lateMsMax), () => {});
        }
        this.#deliver(method, request, this.#delay(), (outcome) => answer(() => outcome(resolve, reject)));
      }
    });
  }

  stream(
    method: string,
    request: unknown,
    { onEvent, signal }: { onEvent: (event: unknown) => void; signal?: AbortSignal },
  ): Promise<void> {
    const { timeline, random, faults } = this.ways;
    return new Promise((resolve, reject) => {
      let isOver = false;
      const listeners: (() => void)[] = [];
      const end = (settle: () => void) => {
        if (isOver) return;
        isOver = true;
        signal?.removeEventListener('abort', onAbort);
        for (const each of listeners) each();
        settle();
      };
      const broken = () => end(() => reject(new CopaError('unavailable', 'the connection broke')));
      const onAbort = () => end(() => reject(cancelled(method)));
      signal?.addEventListener('abort', onAbort, { once: true });
      if (this.#isCut() || random.next() < faults.lost) {
        this.process.after(random.between(...noticedMs), broken);
        return;
      }
      // Sometimes a connection breaks while its stream continues.
      if (random.next() < faults.lost) this.process.after(random.between(10, 5_000), broken);
      const call = {
        writableLength: 0,
        once: (_: 'cancelled', listener: () => void) => listeners.push(listener),
        write: (event: unknown) => {
          if (this.#isCut()) this.process.after(3_000, broken);
          else
            this.process.after(this.#delay(), () => !isOver && onEvent({ bytes: 0, ...(event as object) }));
        },
      };
      timeline.after(this.#delay(), () => {
        const agent = this.ways.agent(this.pool);
        if (!agent) {
          this.process.after(random.between(...noticedMs), broken);
          return;
        }
        agent.process.onDeath(() => this.process.after(20, broken));
        const finish = (settle: () => void) =>
          // After the events that are in transit.
          this.process.after(this.#isCut() ? 3_000 : faults.delayMsMax + 1, () =>
            this.#isCut() ? broken() : end(settle),
          );
        agent.process.after(0, () => {
          agent.stream(method, request, call).then(
            () => finish(resolve),
            (error: unknown) => finish(() => reject(asError(error))),
          );
        });
      });
    });
  }

  #deliver(method: string, request: unknown, ms: number, answer: (outcome: Outcome) => void): void {
    this.ways.timeline.after(ms, () => {
      const agent = this.ways.agent(this.pool);
      const gone = () => new CopaError('unavailable', `pool "${this.pool}": no connection`);
      if (!agent) {
        answer((_, reject) => reject(gone()));
        return;
      }
      let isOver = false;
      const once = (outcome: Outcome) => {
        if (!isOver) answer(outcome);
        isOver = true;
      };
      const alive = agent.process.onDeath(() => once((_, reject) => reject(gone())));
      agent.process.after(0, () => {
        agent
          .serve(method, request)
          .finally(alive)
          .then(
            (reply) => once((resolve) => resolve(reply)),
            (error: unknown) => once((_, reject) => reject(error as Error)),
          );
      });
    });
  }

  #isCut(): boolean {
    return this.ways.isCut(this.controller, this.pool);
  }

  #delay(): number {
    return this.ways.random.between(0.3, this.ways.faults.delayMsMax);
  }
}

type Outcome = (resolve: (value: unknown) => void, reject: (error: Error) => void) => void;

function cancelled(method: string): CopaError {
  return new CopaError('cancelled', `${method} was cancelled`);
}
