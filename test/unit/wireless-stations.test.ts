// Aim: what `iw` prints becomes stations, whatever a driver leaves out or adds, and an interface that fails hides no other one.
// Method: outputs as hosts had them, and any text.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStations, stationsIn } from '../../agent/usage/wireless-stations.js';
import { storedRows } from '../../common/measurements.js';

const full = `Station 12:34:56:78:9A:BC (on wlan0)
	inactive time:	304 ms
	rx bytes:	18816
	rx packets:	75
	tx bytes:	5386
	tx packets:	21
	tx retries:	3
	tx failed:	1
	rx drop misc:	6
	signal:  	-29 [-31, -37] dBm
	signal avg:	-30 [-33, -37] dBm
	tx bitrate:	1.0 MBit/s
	tx duration:	1024 us
	rx bitrate:	65.0 MBit/s MCS 7
	expected throughput:	22.300Mbps
	authorized:	yes
	authenticated:	yes
	associated:	yes
	preamble:	short
	WMM/WME:	yes
	MFP:		no
	TDLS peer:	no
	connected time:	33 seconds
	associated at [boottime]:	10.123s
`;
const short = `Station aa:bb:cc:dd:ee:ff (on wlan0)
	inactive time:	0 ms
	signal:  	-80 dBm
	MFP:		yes
`;
const none = {
  ...{ mfb: false, tdls: false, wmm: false, authenticated: false, authorized: false },
  ...{ expected_throughput: '', inactive_time: '', preamble: '', rx_bitrate: '', tx_bitrate: '' },
  ...{ signal: '', signal_avg: '', rx_bytes: 0, rx_packets: 0, tx_bytes: 0, tx_failed: 0, tx_retries: 0 },
};

test('stations with all fields, and with few', () => {
  expect(stationsIn(full + short)).toEqual([
    {
      ...{
        mac: '12:34:56:78:9a:bc',
        mfb: false,
        tdls: false,
        wmm: true,
        authenticated: true,
        authorized: true,
      },
      ...{ expected_throughput: '22.300Mbps', inactive_time: '304 ms', preamble: 'short' },
      ...{ rx_bitrate: '65.0 MBit/s MCS 7', signal: '-29 [-31, -37] dBm', signal_avg: '-30 [-33, -37] dBm' },
      ...{
        tx_bitrate: '1.0 MBit/s',
        rx_bytes: 18816,
        rx_packets: 75,
        tx_bytes: 5386,
        tx_failed: 1,
        tx_retries: 3,
      },
    },
    { ...none, mac: 'aa:bb:cc:dd:ee:ff', mfb: true, inactive_time: '0 ms', signal: '-80 dBm' },
  ]);
});

test('any text gives rows that the store takes', () => {
  const line = fc.oneof(fc.constantFrom(...full.split('\n')), fc.string({ maxLength: 400 }));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
      for (const station of stationsIn(lines.join('\n')))
        expect(storedRows.wireless.safeParse(station).success).toBe(true);
    }),
    { numRuns: 300, seed: 5 },
  );
  const huge =
    'Station 00:00:00:00:00:00 (on w)\n\trx bytes:\t99999999999999999999999999\n\tsignal: ' +
    'x'.repeat(5000);
  expect(storedRows.wireless.safeParse(stationsIn(huge)[0]).success).toBe(true);
});

test('all interfaces are read, and one that fails hides no other', async () => {
  const dump = (name: string) =>
    name === 'wlan1' ? Promise.reject(new Error('No such device')) : Promise.resolve(short);
  const macs = await readStations(() => ['wlan1', 'wlan0'], dump);
  expect(macs.map(({ mac }) => mac)).toEqual(['aa:bb:cc:dd:ee:ff']);
  expect(
    await readStations(
      () => [],
      () => Promise.reject(new Error('nothing runs')),
    ),
  ).toEqual([]);
});
