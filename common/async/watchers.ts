/** The callers that watch work which several share. */
export class Watchers {
  #count = 0;

  /** `onNone` is called each time the last one leaves. */
  constructor(private readonly onNone: () => void) {}

  get any(): boolean {
    return this.#count > 0;
  }

  /** Registers one, until the returned function is called. Calling it again does nothing. */
  attend(): () => void {
    this.#count++;
    let isWatching = true;
    return () => {
      if (!isWatching) return;
      isWatching = false;
      if (--this.#count === 0) this.onNone();
    };
  }
}
