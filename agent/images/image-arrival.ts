/** One image on its way to this host, and the callers that wait for it. It ends when nobody waits any more. */
import { deferred } from '../../common/async/deferred.js';
import { Watchers } from '../../common/async/watchers.js';
import { CopaError } from '../../common/errors.js';
import type { ImageReceived } from '../../proto/gen/copa/agent/v1/ImageReceived.js';

export class ImageArrival {
  /** The bytes that have arrived. */
  bytes = 0;
  /** Resolves with the outcome. Whoever watches gets its error. */
  readonly received: Promise<ImageReceived>;
  readonly #ready = deferred<undefined>();
  readonly #abort = new AbortController();
  readonly #watchers: Watchers;

  /** `onLeft` is called when the last watcher has left before the end. */
  constructor(
    work: (arrival: ImageArrival, signal: AbortSignal) => Promise<ImageReceived>,
    onLeft: () => void,
  ) {
    this.#watchers = new Watchers(() => {
      onLeft();
      this.#abort.abort(new CopaError('cancelled', 'nobody waits for this image any more'));
    });
    this.received = work(this, this.#abort.signal);
    this.received.catch(() => undefined);
  }

  /** Resolves when the stream may come. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  expectStream(): void {
    this.#ready.resolve(undefined);
  }

  /** Registers a watcher until the returned function is called. */
  attend(): () => void {
    return this.#watchers.attend();
  }
}
