// Aim: an agent refuses a copy whose source hides access to the host in a snapshot's settings.
// Method: a source sends a migration header with such a snapshot.
import { expect, test } from 'vitest';
import { goesOn } from './agent.js';
import { logged } from './attack.js';
import { binary, lyingSource, saying, type Lie } from './lying-peer.js';

const field = (number: number, content: Buffer | string) => {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
};
const pair = (key: string, value: string) => Buffer.concat([field(1, key), field(2, value)]);
/** A daemon's offer with a snapshot `s1`. */
const offering = (...fields: Buffer[]): Lie => {
  const snapshot = Buffer.concat([field(1, 's1'), ...fields]);
  return saying('control', binary(field(5, snapshot)));
};
const volume = [pair('type', 'disk'), pair('path', '/x'), pair('pool', 'default'), pair('source', 'theirs')];
const map = '[{"Isuid":true,"Isgid":true,"Hostid":0,"Nsid":0,"Maprange":65536}]';

test.each<[string, Lie, RegExp]>([
  ['a config key of the host', offering(field(2, pair('raw.lxc', 'x'))), /snapshot "s1": raw.lxc/],
  [
    'the ids of the host',
    offering(field(2, pair('volatile.idmap.next', map))),
    /snapshot "s1": volatile.idmap/,
  ],
  [
    'a volume of the destination',
    offering(field(5, Buffer.concat([field(1, 'd'), ...volume.map((each) => field(2, each))]))),
    /snapshot "s1": device "d" \(theirs\)/,
  ],
  [
    'a key of a later daemon',
    offering(field(2, pair('security.of_tomorrow', '1'))),
    /snapshot "s1": security.of_tomorrow is a setting that the agent .* does not know/,
  ],
  ['what only the daemon can read', offering(Buffer.from([0x13, 0x14])), /offer cannot be read/],
  ['too much to read', saying('control', binary(Buffer.alloc(1024 ** 2))), /offer cannot be read/],
])(
  'a source that hides in a snapshot: %s',
  async (_, lie, reason) => {
    const failed = await lyingSource(1024 ** 4, lie);
    expect(failed).toMatch(/^permission_denied/);
    expect(failed).toMatch(reason);
    await logged({ msg: 'a pass has ended early', who: 'copa://agent/two', reason });
    await goesOn();
  },
  30_000,
);
