/**
 * One action at a time on each container. A user's verb is refused while another action runs, as waiting behind a
 * stop of 30 s would only confuse; the steps of a migration wait for their turn.
 *
 * This is not p-limit or async-mutex, as the refusal names the action that holds the container.
 */
import { CopaError } from '../errors.js';

interface Holder {
  readonly action: string;
  readonly ended: Promise<unknown>;
}

export class KeyedMutex {
  readonly #holders = new Map<string, Holder>();

  /** Runs an action, or throws `aborted` while another one runs on that container. */
  async tryRun<T>(container: string, action: string, work: () => Promise<T>): Promise<T> {
    const holder = this.#holders.get(container);
    if (holder) {
      throw new CopaError('aborted', `container "${container}" is busy: ${holder.action} is under way`);
    }
    return this.#hold(container, action, work);
  }

  /** Runs an action as soon as no other one runs on that container. */
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
