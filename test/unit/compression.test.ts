// Aim: what the agent does to a daemon's offer is to take compression out of it, and nothing else. Method: offers
// built byte by byte after the daemons' own schema.
import { describe, expect, it } from 'vitest';
import { declineCompression } from '../../agent/migration/compression.js';

/** fs = RSYNC, a snapshot's name, then what is given. */
const offer = (...rest: number[]) => Buffer.from([0x08, 0x00, 0x22, 0x02, 0x73, 0x31, ...rest]);
const features = (...fields: number[]) => [0x42, fields.length, ...fields];

describe('declining compression', () => {
  it('turns the one flag off and keeps every other byte, unknown fields among them', () => {
    const unknown = [0xfa, 0x07, 0x01, 0x2a, 0xf9, 0x07, 1, 2, 3, 4, 5, 6, 7, 8, 0xfd, 0x07, 1, 2, 3, 4];
    const before = offer(...unknown, ...features(0x08, 1, 0x10, 1, 0x18, 1, 0x20, 1), 0x48, 1);
    const after = Buffer.from(before);
    declineCompression(after);
    expect(after).toEqual(offer(...unknown, ...features(0x08, 1, 0x10, 1, 0x18, 0, 0x20, 1), 0x48, 1));
  });

  it.each([
    ['an offer without rsync', offer(0x48, 1)],
    ['an offer without compression', offer(...features(0x08, 1, 0x10, 1))],
    ['a message cut short', offer(0x42, 0x08, 0x18, 1)],
    ['no protobuf at all', Buffer.from('{"live": false}')],
    ['nothing', Buffer.alloc(0)],
  ])('leaves %s as it is', (_, message) => {
    const after = Buffer.from(message);
    declineCompression(after);
    expect(after).toEqual(message);
  });
});
