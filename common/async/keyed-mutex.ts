/**
 * A mutex per container. A user's operation is refused while another one runs, because waiting behind a stop of 30 s
 * would confuse the user. It waits only for a brief step of a migration. The steps of a migration wait.
 *
 * This is not p-limit or async-mutex, because the refusal names the operation that holds the container.
 */
import { CopaError } from '../errors.js';

interface Holder {
  readonly action: string;
  readonly isBrief: boolean;
  readonly ended: Promise<unknown>;
}

export class KeyedMutex {
  readonly #holders = new Map<string, Holder>();

  /** Runs an operation, or throws `aborted` while another one runs on that container. Waits for a brief one. */
  async tryRun<T>(container: string, action: string, work: () => Promise<T>): Promise<T> {
    for (let holder; (holder = this.#holders.get(container));) {
      if (!holder.isBrief) {
        throw new CopaError('aborted', `container "${container}" is busy: ${holder.action} is under way`);
      }
      await holder.ended;
    }
    return this.#hold(container, action, work, false);
  }

  /** Runs an operation as soon as no other one runs on that container. */
  async queue<T>(container: string, action: string, work: () => Promise<T>, isBrief = false): Promise<T> {
    for (let holder; (holder = this.#holders.get(container));) await holder.ended;
    return this.#hold(container, action, work, isBrief);
  }

  #hold<T>(container: string, action: string, work: () => Promise<T>, isBrief: boolean): Promise<T> {
    const running = work().finally(() => this.#holders.delete(container));
    this.#holders.set(container, { action, isBrief, ended: running.catch(() => undefined) });
    return running;
  }
}
