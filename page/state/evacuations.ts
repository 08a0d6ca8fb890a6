/** The evacuations of pools, read when a pool is not active, and updated by events. */
import { effect, signal } from '@preact/signals';
import { messageOf } from '../../common/errors.js';
import type { EvacuationSummary, WireEvacuation } from '../model/api-types.js';
import { copa } from './copa.js';
import { allPools, isComplete, onEvent } from './live.js';
import { toast } from './toasts.js';

/** More reads of one evacuation in a second would show nothing more. */
const readIntervalMs = 1000;

/** The last one of each pool, by pool. */
export const evacuations = signal<ReadonlyMap<string, EvacuationSummary>>(new Map());

export function putEvacuation(evacuation: EvacuationSummary): void {
  evacuations.value = new Map(evacuations.value).set(evacuation.container_pool, evacuation);
}

/** Keeps them current until the returned function is called. */
export function followEvacuations(): () => void {
  let isRead = false;
  const read = async () => {
    isRead = true;
    try {
      for (const each of (await copa.evacuations()).evacuations) putEvacuation(each);
    } catch (error) {
      toast('bad', `The evacuations cannot be read: ${messageOf(error)}`);
    }
  };
  const stopReading = effect(() => {
    if (isRead || !isComplete.value) return;
    if (allPools.value.some(({ scheduling }) => scheduling !== 'active')) void read();
  });
  const stopListening = onEvent((event) => {
    if (event.type === 'evacuation.progress') putEvacuation(event.evacuation);
    // Events were lost.
    else if (event.type === 'reset' && isRead) void read();
  });
  return () => {
    stopReading();
    stopListening();
  };
}

/** Reads one evacuation with its containers now and after its events. Returns a function that stops it. */
export function watchEvacuation(
  pool: string,
  show: (evacuation: WireEvacuation | string) => void,
): () => void {
  const ended = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const read = async () => {
    try {
      const evacuation = await copa.evacuation(pool, { signal: ended.signal });
      putEvacuation(evacuation);
      show(evacuation);
    } catch (error) {
      if (!ended.signal.aborted) show(messageOf(error));
    }
  };
  const stop = onEvent((event) => {
    if (event.type !== 'evacuation.progress' || event.evacuation.container_pool !== pool) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      void read();
    }, readIntervalMs);
  });
  void read();
  return () => {
    stop();
    clearTimeout(timer);
    ended.abort();
  };
}
