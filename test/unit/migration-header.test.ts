// Aim: agents change exactly the intended parts of a migration header. Method: headers built byte by byte after the
// daemons' own schema.
import { describe, expect, it, test } from 'vitest';
import {
  declineCompression,
  offerRsync,
  snapshotsIn,
  translateSnapshots,
} from '../../agent/migration/migration-header.js';

/** fs = RSYNC, a snapshot's name, then the given bytes. */
const offer = (...rest: number[]) => Buffer.from([0x08, 0x00, 0x22, 0x02, 0x73, 0x31, ...rest]);
const features = (...fields: number[]) => [0x42, fields.length, ...fields];

test('an offer of rsync differs from that of an own format in nothing else', () => {
  const ofFormat = (fs: number) =>
    Buffer.from([0x08, fs, 0x22, 0x02, 0x73, 0x31, ...features(0x08, 1), 0x50, 1]);
  expect(offerRsync(ofFormat(1))).toEqual(ofFormat(0));
  expect(offerRsync(Buffer.from('{"fs": 1}'))).toEqual(Buffer.from('{"fs": 1}'));
});

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

describe('reading snapshots', () => {
  const field = (number: number, content: string | number[]) => {
    const bytes = typeof content === 'string' ? [...Buffer.from(content)] : content;
    return [(number << 3) | 2, bytes.length, ...bytes];
  };
  const pair = (key: string, value: string) => [...field(1, key), ...field(2, value)];

  it('finds config, devices and profiles, and of a field that comes twice what the daemon takes', () => {
    const device = [...field(1, 'd'), ...field(2, pair('type', 'disk')), ...field(2, pair('source', '/'))];
    const twice = [...field(1, 'user.x'), ...field(1, 'raw.lxc'), ...field(2, 'y')];
    const snapshot = [
      ...field(1, 's1'),
      ...field(2, twice),
      ...field(3, 'default'),
      ...field(3, 'web'),
      ...[0x20, 0],
      ...field(5, device),
    ];
    expect(snapshotsIn(offer(...field(5, snapshot), ...field(5, field(1, 's2'))))).toEqual([
      {
        name: 's1',
        config: { 'raw.lxc': 'y' },
        devices: { d: { type: 'disk', source: '/' } },
        profiles: ['default', 'web'],
      },
      { name: 's2', config: {}, devices: {}, profiles: [] },
    ]);
  });

  it.each([
    ['in the offer', offer(0x2b, 0x0a, 1, 0x78, 0x2c)],
    ['in a snapshot', offer(...field(5, [0x13, 0x14]))],
    ['in a device', offer(...field(5, field(5, [0x13, 0x14])))],
    ['in a pair', offer(...field(5, field(2, [0x13, 0x14])))],
    ['cut short', offer(0x2a, 9, 1)],
  ])('takes no offer with what cannot be read, %s', (_, message) => {
    expect(() => snapshotsIn(message)).toThrow(/cannot be read/);
  });
});
