/**
 * grpc-js keeps the buffers of a call's last message until the next one comes. With thousands of calls that hear
 * something every second or so, these outlive the young generation and are most of what the garbage collector has to
 * look through all that lives for. So each decoder lets them go with the message that they were for; in that state
 * it begins the next one with buffers of its own anyway. Ruled out: a copy of grpc-js to keep up to date.
 */
import { StreamDecoder } from '@grpc/grpc-js/build/src/stream-decoder.js';

/** What grpc-js 1.14 calls it. */
interface Inside {
  readState: number;
  readCompressFlag: Buffer;
  readPartialMessage: readonly Buffer[];
}

/** Between two messages. */
const noData = 0;
const noFlag = Buffer.alloc(1);
const nothing: readonly Buffer[] = [];

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
