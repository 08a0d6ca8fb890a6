/**
 * Notices a call that its host has not answered for a while, and a transfer without data. They go on; the migration can
 * say meanwhile what it waits for, and a person can decide otherwise.
 */
import type { Clock } from '../../common/async/clock.js';
import type { HostCalls } from '../hosts/client.js';

/** A daemon at work on a large container may take longer; then the note is true as well. */
const slowAfterMs = 15_000;
/** A daemon that unpacks a snapshot or looks for changes sends no data for a while. */
const idleAfterMs = 60_000;

interface Notes {
  readonly clock: Clock;
  /** Called once the call is slow, with what it waits for. */
  readonly onSlow: (message: string) => void;
  /** Called when a slow call has ended, with the same message. */
  readonly onEnd: (message: string) => void;
}

/** The same calls. A lost peer of a stream is found by keepalive; here it is one that is there and sends nothing. */
export function notingSlowCalls(host: HostCalls, { clock, onSlow, onEnd }: Notes): HostCalls {
  return {
    pool: host.pool,
    address: host.address,
    stream: async (method, request, options) => {
      const message = `${host.pool} has had no data of this copy for ${idleAfterMs / 1000} s (${method}): its daemon may be at work`;
      const state: { isIdle: boolean; bytes?: number | undefined } = { isIdle: false };
      const arm = () =>
        clock.after(idleAfterMs, () => {
          state.isIdle = true;
          onSlow(message);
        });
      let clear = arm();
      const end = () => {
        clear();
        if (state.isIdle) onEnd(message);
        state.isIdle = false;
      };
      const onEvent: typeof options.onEvent = (event) => {
        const { bytes } = event as { readonly bytes?: number };
        if (bytes !== state.bytes) {
          state.bytes = bytes;
          end();
          clear = arm();
        }
        options.onEvent(event);
      };
      try {
        await host.stream(method, request, { ...options, onEvent });
      } finally {
        end();
      }
    },
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
