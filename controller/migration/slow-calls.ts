/**
 * Notices a call that its host has not answered for a while. The call goes on until its deadline; the migration can
 * say meanwhile what it waits for, and a person can decide otherwise.
 */
import type { Clock } from '../../common/async/clock.js';
import type { HostCalls } from '../hosts/client.js';

/** A daemon at work on a large container may take longer; then the note is true as well. */
const slowAfterMs = 15_000;

interface Notes {
  readonly clock: Clock;
  /** Called once the call is slow, with what it waits for. */
  readonly onSlow: (message: string) => void;
  /** Called when a slow call has ended, with the same message. */
  readonly onEnd: (message: string) => void;
}

/** The same calls. Streams report silence themselves. */
export function notingSlowCalls(host: HostCalls, { clock, onSlow, onEnd }: Notes): HostCalls {
  return {
    pool: host.pool,
    address: host.address,
    stream: (...call) => host.stream(...call),
    call: async (method, request, options) => {
      const message = `${host.pool} has not answered for ${slowAfterMs / 1000} s (${method})`;
      const state = { isSlow: false };
      const clear = clock.after(slowAfterMs, () => {
        state.isSlow = true;
        onSlow(message);
      });
      try {
        return await host.call(method, request, options);
      } finally {
        clear();
        if (state.isSlow) onEnd(message);
      }
    },
  };
}
