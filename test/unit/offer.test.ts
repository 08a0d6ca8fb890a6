// Aim: agents change exactly the intended parts of a migration header. Method: headers built byte by byte after the
// daemons' own schema.
import { describe, expect, it } from 'vitest';
import { declineCompression, translateSnapshots } from '../../agent/migration/migration-header.js';

/** fs = RSYNC, a snapshot's name, then the given bytes. */
const offer = (...rest: number[]) => Buffer.from([0x08, 0x00, 0x22, 0x02, 0x73, 0x31, ...rest]);
const features = (...fields: number[]) => [0x42, fields.length, ...fields];

describe('declining compression', () => {
  it('clears the one flag and keeps every other byte, including unknown fields', () => {
    const unknown = [0xfa, 0x07, 0x01, 0x2a, 0xf9, 0x07, 1, 2, 3, 4, 5, 6, 7, 8, 0xfd, 0x07, 1, 2, 3, 4];
    const before = offer(...unknown, ...features(0x08, 1, 0x10, 1, 0x18, 1, 0x20, 1), 0x48, 1);
    expect(declineCompression(before)).toEqual(
      offer(...unknown, ...features(0x08, 1, 0x10, 1, 0x18, 0, 0x20, 1), 0x48, 1),
    );
  });

  it.each([
    ['an offer without rsync', offer(0x48, 1)],
    ['an offer without compression', offer(...features(0x08, 1, 0x10, 1))],
    ['a message cut short', offer(0x42, 0x08, 0x18, 1)],
    ['no protobuf at all', Buffer.from('{"live": false}')],
    ['nothing', Buffer.alloc(0)],
  ])('keeps %s unchanged', (_, message) => {
    expect(declineCompression(message)).toEqual(message);
    expect(translateSnapshots(message, (own) => own)).toEqual(message);
  });
});

describe("translating snapshots' config", () => {
  const text = (field: number, value: string) => [(field << 3) | 2, value.length, ...Buffer.from(value)];
  const pair = (key: string, value: string) => {
    const content = [...text(1, key), ...text(2, value)];
    return [0x12, content.length, ...content];
  };
  const snapshot = (...fields: number[]) => [0x2a, fields.length, ...fields];
  const flags = [0x20, 0, 0x30, 2];

  it('renames and drops keys, and keeps names, flags and all else', () => {
    const before = offer(
      ...snapshot(...text(1, 's1'), ...pair('a', '1'), ...pair('gone', '2'), ...flags),
      ...snapshot(...text(1, 's2'), ...flags),
      ...features(0x18, 1),
    );
    const after = translateSnapshots(before, ({ config, ...own }) => ({
      ...own,
      config: 'a' in config ? { b: config['a'] } : config,
    }));
    expect(after).toEqual(
      offer(
        ...snapshot(...text(1, 's1'), ...flags, ...pair('b', '1')),
        ...snapshot(...text(1, 's2'), ...flags),
        ...features(0x18, 1),
      ),
    );
  });

  it('writes lengths of more than a byte', () => {
    const before = offer(...snapshot(...text(1, 's1')));
    const after = translateSnapshots(before, (own) => ({ ...own, config: { k: 'v'.repeat(300) } }));
    const told = translateSnapshots(after, ({ config, ...own }) => ({
      ...own,
      config: { length: String(config['k']?.length) },
    }));
    expect(told).toEqual(offer(...snapshot(...text(1, 's1'), ...pair('length', '300'))));
  });
});
