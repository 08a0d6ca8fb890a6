/**
 * A mutex per container. A user's operation is refused while another one runs, because waiting behind a stop of 30 s
 * would confuse the user. The steps of a migration wait.
 *
 * This is not p-limit or async-mutex, because the refusal names the operation that holds the container.
 */
import { CopaError } from '../errors.js';

interface Holder {
  readonly action: string;
  readonly ended: Promise<unknown>;
}

export class KeyedMutex {
  readonly #holders = new Map<string, Holder>();

  /** Runs an operation, or throws `aborted` while another one runs on that container. */
  async tryRun<T>(container: string, action: string, work: () => Promise<T>): Promise<T> {
    const holder = this.#holders.get(container);
    if (holder) {
      throw new CopaError('aborted', `container "${container}" is busy: ${holder.action} is under way`);
    }
    return this.#hold(container, action, work);
  }

  /** Runs an operation as soon as no other one runs on that container. */
  async queue<T>(container: string, action: string, work: () => Promise<T>): Promise<T> {
    for (let holder; (holder = this.#holders.get(container));) await holder.ended;
    return this.#hold(container, action, work);
  }

  #hold<T>(container: string, action: string, work: () => Promise<T>): Promise<T> {
    const running = work().finally(() => this.#holders.delete(container));
    this.#holders.set(container, { action, ended: running.catch(() => undefined) });
    return running;
  }
}
