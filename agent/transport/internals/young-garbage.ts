/**
 * Uses undocumented features: V8's `gc` function, and exposing it while the program runs.
 *
 * Purpose: each received TLS record has a buffer of its own (Node reads into a caller's buffer only on sockets that
 * it opened itself). The buffer is garbage as soon as it is forwarded. V8 counts this memory and collects the whole
 * heap for every 64 MiB, which took a third of the agent's processor time in a move. Collecting only the young
 * generation, where all of these buffers still are, takes a millisecond. Ruled out: a smaller young generation,
 * because only a flag of the process can set it.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { usesInternals } from '../../../common/internals-switch.js';

/**
 * A collection runs after this many bytes of garbage. V8 counts freed memory for some time, so 16 MiB were too many
 * on a busy host.
 */
const leftBytesMax = 4 * 1024 * 1024;

type Collect = (options: { readonly type: 'minor' }) => void;

/** Undefined when V8 does not have this function. */
export function minorCollector(): Collect | undefined {
  setFlagsFromString('--expose-gc');
  return runInNewContext('globalThis.gc') as Collect | undefined;
}

const collect = usesInternals ? minorCollector() : undefined;
let leftBytes = 0;

/** Counts the bytes of released buffers. */
export function collectYoung(bytes: number): void {
  leftBytes += bytes;
  if (leftBytes < leftBytesMax) return;
  leftBytes = 0;
  collect?.({ type: 'minor' });
}
