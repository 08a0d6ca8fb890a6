// Aim: undocumented features of other projects are as this project expects, so that an update which changes them
// fails here; and the program works without all of them. Method: the real grpc-js and V8, and a process with the
// switch set.
import { credentials } from '@grpc/grpc-js';
import { StreamDecoder } from '@grpc/grpc-js/build/src/stream-decoder.js';
import { describe, expect, test } from 'vitest';
import { collectYoung, minorCollector } from '../../agent/transport/internals/young-garbage.js';
import { refusingLateConnections } from '../../controller/hosts/internals/late-connections.js';
import { releaseBuffersOfMessages } from '../../controller/hosts/internals/stream-decoder.js';

releaseBuffersOfMessages();

const framed = (text: string) => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(text.length, 1);
  return Buffer.concat([head, Buffer.from(text)]);
};
const textsOf = (messages: readonly Buffer[]) => messages.map((message) => message.subarray(5).toString());

/** The buffers that it still holds and did not allocate itself. */
function held(decoder: StreamDecoder, given: Buffer): unknown[] {
  const values: unknown[] = Object.values(decoder).flat();
  return values.filter((value) => value instanceof Buffer && value.buffer === given.buffer);
}

test("grpc-js releases a message's buffers", () => {
  const decoder = new StreamDecoder(-1);
  const data = Buffer.from(new Uint8Array(framed('hello')).buffer);
  expect(textsOf(decoder.write(data))).toEqual(['hello']);
  expect(held(decoder, data)).toEqual([]);
});

test('grpc-js keeps the first part of a message until the rest arrives', () => {
  const decoder = new StreamDecoder(-1);
  const data = Buffer.from(new Uint8Array(Buffer.concat([framed('first'), framed('second')])).buffer);
  expect(textsOf(decoder.write(data.subarray(0, 18)))).toEqual(['first']);
  expect(held(decoder, data)).not.toEqual([]);
  expect(textsOf(decoder.write(data.subarray(18)))).toEqual(['second']);
  expect(held(decoder, data)).toEqual([]);
  expect(textsOf(decoder.write(framed('')))).toEqual(['']);
});

describe('a channel that was closed', () => {
  type Create = ReturnType<typeof credentials.createSsl>['_createSecureConnector'];
  const target: Parameters<Create>[0] = { scheme: 'ipv4', path: '127.0.0.1:1' };

  test('makes no more connections', async () => {
    const connector = refusingLateConnections(credentials.createSsl())._createSecureConnector(target, {});
    await connector.waitForReady();
    connector.destroy();
    await expect(connector.waitForReady()).rejects.toThrow('this channel was closed');
  });
});

test('V8 collects the young generation on demand', () => {
  const collect = minorCollector();
  expect(collect).toBeTypeOf('function');
  collect?.({ type: 'minor' });
  collectYoung(64 * 1024 * 1024);
});
