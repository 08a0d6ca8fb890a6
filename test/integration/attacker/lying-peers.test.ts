// Aim: an agent ends a copy whose other side lies about sizes or sends no data, and logs the reason.
// Method: a real agent copies with a peer that lies. After each a normal call has to succeed.
import { describe, expect, test } from 'vitest';
import { goesOn } from './agent.js';
import { logged } from './attack.js';
import { binary, lyingDestination, lyingSource, message, saying, silence, type Lie } from './lying-peer.js';

const smallDisk = 1024 ** 2;
/** An offer with one field that nobody knows. */
const oneField = Buffer.concat([Buffer.from([0x7a, 0xfc, 0xff, 0x3f]), Buffer.alloc(1024 ** 2 - 4)]);
const lies: [string, number, Lie, RegExp][] = [
  ['more than the disk could hold', smallDisk, saying('fs', binary(message)), /has sent \d+ bytes: 4 times/],
  [
    'a frame that says it has 4 GiB',
    smallDisk,
    saying('fs', Buffer.from([0, 255, 255, 255, 255])),
    /holds no valid frame/,
  ],
  [
    'words where there are none',
    smallDisk,
    saying('fs', Buffer.from('GET / HTTP/1.1\r\n\r\n')),
    /holds no valid frame/,
  ],
  [
    'control without end',
    1024 ** 4,
    saying('control', binary(oneField)),
    /channel control.*more than 268435456 bytes arrived/,
  ],
];

describe.each([
  ['source', 'two', lyingSource],
  ['destination', 'three', lyingDestination],
] as const)('a %s', (_, name, play) => {
  test.each(lies)(
    '%s',
    async (_name, diskBytes, lie, reason) => {
      expect(await play(diskBytes, lie)).toMatch(reason);
      await logged({ msg: 'a pass has ended early', who: `copa://agent/${name}`, reason });
      await goesOn();
    },
    30_000,
  );
});

test('either of them: no data', async () => {
  const reason = /nothing received for 6 s/;
  // Each takes 6 s.
  const failed = await Promise.all([lyingSource(smallDisk, silence), lyingDestination(smallDisk, silence)]);
  for (const each of failed) expect(each).toMatch(reason);
  for (const name of ['two', 'three']) {
    await logged({ msg: 'a pass has ended early', who: `copa://agent/${name}`, reason });
  }
  await goesOn();
}, 30_000);
