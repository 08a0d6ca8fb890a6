/**
 * Each TLS record that comes is a buffer of its own (Node reads into one of ours only on a socket that it opened
 * itself), and is garbage as soon as it is written on. V8 counts that memory, and collects the whole heap for every
 * 64 MiB of it, which took a third of the agent's processor time in a move. The young generation alone, where all of
 * them still are, is collected in a millisecond. Ruled out: a smaller young generation, as only the command line of
 * the process can ask for it.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** So much is left lying, in bytes; what is freed counts for a while yet, so 16 MiB were too many on a busy host. */
const leftBytesMax = 4 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void;

let leftBytes = 0;

/** Tells that so many bytes of buffers have come and gone. */
export function collectYoung(bytes: number): void {
  leftBytes += bytes;
  if (leftBytes < leftBytesMax) return;
  leftBytes = 0;
  collect({ type: 'minor' });
}
