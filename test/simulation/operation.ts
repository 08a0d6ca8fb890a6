// An operation of a model daemon in the daemon's API, with waiting for its end.
import { CopaError, messageOf } from '../../common/errors.js';
import type { Instance } from './containers.js';
import type { Process } from './time.js';

export class Operation {
  status: 'Running' | 'Success' | 'Failure' = 'Running';
  #error = '';
  readonly #waiting = new Set<(error?: Error) => void>();

  constructor(
    readonly id: string,
    readonly description: string,
    readonly container: string,
    readonly instance: Instance | undefined,
    /** The secrets of the websockets for which it waits. */
    readonly secrets: Readonly<Record<string, string>> | null = null,
  ) {}

  shown(): object {
    return {
      id: this.id,
      class: this.secrets ? 'websocket' : 'task',
      description: this.description,
      status: this.status,
      err: this.#error,
      may_cancel: false,
      resources: { instances: [`/1.0/instances/${this.container}`] },
      metadata: this.secrets,
    };
  }

  end(error?: Error): void {
    if (this.status !== 'Running') return;
    this.status = error ? 'Failure' : 'Success';
    this.#error = error ? messageOf(error) : '';
    this.#settle();
  }

  /** Its daemon has died. */
  vanish(): void {
    if (this.status === 'Running') this.status = 'Failure';
    this.#error = 'the daemon has died';
    this.#settle(new CopaError('unavailable', 'the daemon does not answer'));
  }

  /** Runs when it has ended, with or without success. */
  onEnd(work: () => void): void {
    if (this.status === 'Running') this.#waiting.add(() => work());
    else work();
  }

  wait(process: Process, ms: number): Promise<object> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        stop();
        this.#waiting.delete(settle);
        if (error) reject(error);
        else resolve(this.shown());
      };
      const stop = process.after(ms, () => settle());
      if (this.status === 'Running') this.#waiting.add(settle);
      else settle();
    });
  }

  #settle(error?: Error): void {
    for (const settle of [...this.#waiting]) settle(error);
    this.#waiting.clear();
  }
}
