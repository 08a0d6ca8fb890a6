/**
 * One action at a time on each container. User verbs are refused while another one runs, as waiting
 * behind a stop of 30 s would only confuse; the steps of a migration queue, as their controller has
 * nothing better to do.
 */
import { CopaError } from '../errors.js';

interface Holder {
  readonly action: string;
  readonly ended: Promise<unknown>;
}

export class KeyedMutex {
  readonly #holders = new Map<string, Holder>();

  /** Runs an action, or throws `aborted` when another one runs on that container. */
  async tryRun<T>(container: string, action: string, work: () => Promise<T>): Promise<T> {
    const holder = this.#holders.get(container);
    if (holder) {
      throw new CopaError('aborted', `container "${container}" is busy: ${holder.action} is under way`);
    }
    return this.#hold(container, action, work);
  }

  /** Runs an action as soon as nothing else runs on that container. */
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
