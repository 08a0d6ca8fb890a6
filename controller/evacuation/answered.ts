/** Reads of hosts for a plan, which one broken connection must not spoil: nothing would try again for what the plan leaves. */
import { isCopaError } from '../../common/errors.js';

const triesMax = 3;

/** Reads again when the host was not reached. A connection waits for its host by itself, so there is no pause here. */
export async function answered<Result>(read: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await read();
    } catch (error) {
      if (!isCopaError(error, 'unavailable') || tries >= triesMax) throw error;
    }
  }
}
