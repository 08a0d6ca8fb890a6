/**
 * Undocumented: V8's `gc`, and that it can be exposed while the program runs.
 *
 * What for: each TLS record that comes is a buffer of its own (Node reads into one of ours only on a socket that it opened
 * itself), and is garbage as soon as it is written on. V8 counts that memory, and collects the whole heap for every
 * 64 MiB of it, which took a third of the agent's processor time in a move. The young generation alone, where all of
 * these buffers still are, is collected in a millisecond. Ruled out: a smaller young generation, as only the command line
 * of the process can set it.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { usesInternals } from '../../../common/internals-switch.js';

/** How much garbage is left, in bytes; what is freed counts for a while yet, so 16 MiB were too many on a busy host. */
const leftBytesMax = 4 * 1024 * 1024;

type Collect = (options: { readonly type: 'minor' }) => void;

/** Undefined when V8 has no such function any more. */
export function minorCollector(): Collect | undefined {
  setFlagsFromString('--expose-gc');
  return runInNewContext('globalThis.gc') as Collect | undefined;
}

const collect = usesInternals ? minorCollector() : undefined;
let leftBytes = 0;

/** Counts buffers that have come and gone. */
export function collectYoung(bytes: number): void {
  leftBytes += bytes;
  if (leftBytes < leftBytesMax) return;
  leftBytes = 0;
  collect?.({ type: 'minor' });
}
