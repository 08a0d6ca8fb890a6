/**
 * Undocumented: `StreamDecoder` of grpc-js 1.14.
 *
 * What for: grpc-js keeps the buffers of a call's last message until the next one comes. With thousands of streams that
 * get a message every second or so, these buffers outlive the young generation, and the garbage collector has to look
 * through all that lives for them. This releases them with their message; in that state the decoder starts the next
 * message with buffers of its own anyway. Ruled out: a copy of grpc-js, which somebody would have to keep up to date.
 */
import { StreamDecoder } from '@grpc/grpc-js/build/src/stream-decoder.js';
import { usesInternals } from '../../../common/internals-switch.js';

/** The names in grpc-js 1.14; test/unit/internals.test.ts fails when they change. */
interface Inside {
  readState: number;
  readCompressFlag: Buffer;
  readPartialMessage: readonly Buffer[];
}

/** Between two messages. */
const noData = 0;
const noFlag = Buffer.alloc(1);
const nothing: readonly Buffer[] = [];

/** Changes the decoder of the whole process, once. */
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
