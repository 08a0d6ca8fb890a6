/**
 * Uses an undocumented class: `StreamDecoder` of grpc-js 1.14.
 *
 * Purpose: grpc-js keeps the buffers of a stream's last message until the next one arrives. With thousands of streams
 * that get a message about every second, these buffers outlive the young generation, and the garbage collector has to
 * scan everything that refers to them. This code releases them with their message. The decoder allocates new buffers
 * for the next message anyway. Ruled out: a fork of grpc-js, which would need maintenance.
 */
import { StreamDecoder } from '@grpc/grpc-js/build/src/stream-decoder.js';
import { usesInternals } from '../../../common/internals-switch.js';

/** The names in grpc-js 1.14. test/unit/internals.test.ts fails when they change. */
interface Inside {
  readState: number;
  readCompressFlag: Buffer;
  readPartialMessage: readonly Buffer[];
}

/** The decoder's state between two messages. */
const noData = 0;
const noFlag = Buffer.alloc(1);
const nothing: readonly Buffer[] = [];

/** Patches the decoder of the whole process, once. */
export function releaseBuffersOfMessages(): void {
  if (!usesInternals || isDone) return;
  isDone = true;
  const decoder: { write: (this: StreamDecoder, data: Buffer) => Buffer[] } = StreamDecoder.prototype;
  const decode = decoder.write;
  decoder.write = function (data) {
    const messages = decode.call(this, data);
    const inside = this as unknown as Inside;
    if (inside.readState === noData) {
      inside.readCompressFlag = noFlag;
      inside.readPartialMessage = nothing;
    }
    return messages;
  };
}

let isDone = false;
