// Aim: the decoder finds the same events wherever the network cuts the stream. Method: random cuts of one text.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SseDecoder, type SseEvent } from '../../../client/sse.js';

const text =
  ':\n\nid: e-1\nevent: pool.up\ndata: {"a":1}\n\n: e-2\nid: e-2\n\ndata: x\r\ndata: y\r\n\r\n: no position\n\n';
const expected: SseEvent[] = [
  { id: 'e-1', type: 'pool.up', data: '{"a":1}' },
  { id: 'e-2', type: undefined, data: undefined },
  { id: undefined, type: undefined, data: 'x\ny' },
];

test('events are the same wherever the stream is cut, and one without an id does not inherit one', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), text.length];
      const decoder = new SseDecoder();
      const events = places.slice(1).flatMap((end, index) => decoder.push(text.slice(places[index], end)));
      expect(events).toEqual(expected);
    }),
  );
});

test('an event that never ends does not fill the memory', () => {
  const decoder = new SseDecoder();
  const piece = `data: ${'x'.repeat(1_000_000)}`;
  expect(() => {
    for (let count = 0; count < 10; count++) decoder.push(piece);
  }).toThrow('too long');
});
