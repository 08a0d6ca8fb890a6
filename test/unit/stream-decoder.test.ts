// Aim: a call keeps nothing of the network's between two messages, and still reads each message, however it comes.
// Method: grpc-js's own decoder, fed by hand; what it holds is read from its fields, so that a version of it that
// calls them something else is noticed here.
import { StreamDecoder } from '@grpc/grpc-js/build/src/stream-decoder.js';
import { expect, test } from 'vitest';
import '../../controller/hosts/internals/stream-decoder.js';

const framed = (text: string) => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(text.length, 1);
  return Buffer.concat([head, Buffer.from(text)]);
};
const textsOf = (messages: readonly Buffer[]) => messages.map((message) => message.subarray(5).toString());

/** All buffers that it still has in its hands, and that it did not make itself. */
function held(decoder: StreamDecoder, given: Buffer): unknown[] {
  const values: unknown[] = Object.values(decoder).flat();
  return values.filter((value) => value instanceof Buffer && value.buffer === given.buffer);
}

test('lets go of what a message came in', () => {
  const decoder = new StreamDecoder(-1);
  const data = Buffer.from(new Uint8Array(framed('hello')).buffer);
  expect(textsOf(decoder.write(data))).toEqual(['hello']);
  expect(held(decoder, data)).toEqual([]);
});

test('holds what has come of a message until the rest is there', () => {
  const decoder = new StreamDecoder(-1);
  const data = Buffer.from(new Uint8Array(Buffer.concat([framed('first'), framed('second')])).buffer);
  expect(textsOf(decoder.write(data.subarray(0, 18)))).toEqual(['first']);
  expect(held(decoder, data)).not.toEqual([]);
  expect(textsOf(decoder.write(data.subarray(18)))).toEqual(['second']);
  expect(held(decoder, data)).toEqual([]);
  expect(textsOf(decoder.write(framed('')))).toEqual(['']);
});
