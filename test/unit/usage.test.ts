// Aim: the kernel's files are parsed correctly for both versions of control groups, and a migration's events are
// emitted once. Method: files as real hosts had them; records as the store delivers them.
import { describe, expect, test } from 'vitest';
import { containerRows, hostRow } from '../../agent/measurements/usage-recorder.js';
import { diskBytesIn, groupPath, trafficOf } from '../../agent/usage/counter-files.js';
import { diskTrafficIn, processorTicksIn, sampleHost } from '../../agent/usage/host-usage.js';
import { usageBetween } from '../../agent/usage/usage-stream.js';
import type { InventoryEvent } from '../../controller/model/event.js';
import { MigrationNotifier } from '../../controller/migration/notifier.js';
import type { MigrationRecord, Phase } from '../../controller/model/migration.js';
import type { MigrationView } from '../../controller/model/migration-view.js';

const version1 = `9:name=systemd:/lxc.payload.c1
4:memory:/lxc.payload.c1-1
2:cpu,cpuacct:/lxc.payload.c1/init.scope
0::/lxc.payload.c1/.lxc`;

test.each([
  ['version 2, below its own', '', 'c1', '/lxc.payload.c1'],
  ['version 1, two controllers', 'cpuacct', 'c1', '/lxc.payload.c1'],
  ['version 1, a name taken twice', 'memory', 'c1', '/lxc.payload.c1-1'],
  ['a controller that is not there', 'blkio', 'c1', undefined],
  ['another container', '', 'c2', undefined],
  ['a container whose name begins as this one', '', 'c', undefined],
])("a container's control group: %s", (_what, controller, name, expected) => {
  expect(groupPath(version1, controller, name)).toBe(expected);
});

test('a container whose name ends in a number is not mistaken for another', () => {
  expect(groupPath('0::/lxc.payload.web-1', '', 'web-1')).toBe('/lxc.payload.web-1');
});

test('the traffic of the selected interfaces', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     500       5    0    0    0     0          0         0      500       5    0    0    0     0       0          0
  eth0:1000000      10    0    0    0     0          0         0      132       2    0    0    0     0       0          0
  eth1:       1      10    0    0    0     0          0         0        2       2    0    0    0     0       0          0`;
  expect(trafficOf(text, (name) => name !== 'lo')).toEqual({ rxBytes: 1_000_001, txBytes: 134 });
});

test('the ticks of all processors: waiting for a disk is idle, guests count once', () => {
  const text = 'cpu  100 20 30 800 40 5 6 7 50 1\ncpu0 100 20 30 800 40 5 6 7 50 1\nintr 12 3\n';
  expect(processorTicksIn(text)).toEqual({ cpuTicks: 1008, busyTicks: 168 });
});

test('the bytes of the selected disks', () => {
  const text = `   8       0 sda 100 5 2000 30 200 6 4000 40 0 50 60 0 0 0 0
   8       1 sda1 100 5 2000 30 200 6 4000 40 0 50 60 0 0 0 0
 259       0 nvme0n1 1 0 8 0 1 0 16 0 0 0 0
`;
  expect(diskTrafficIn(text, (name) => name !== 'sda1')).toEqual({
    diskReadBytes: 2008 * 512,
    diskWrittenBytes: 4016 * 512,
  });
});

test.each([
  [
    'version 2',
    '8:0 rbytes=1 wbytes=20 rios=3 wios=4 dbytes=5 dios=6\n253:1 rbytes=100 wbytes=200 rios=1\n',
    101,
    220,
  ],
  [
    'version 1',
    '8:0 Read 1\n8:0 Write 20\n8:0 Sync 3\n253:1 Read 100\n253:1 Write 200\nTotal 321\n',
    101,
    220,
  ],
  ['nothing read yet', '', 0, 0],
])("the bytes of a container's disks: %s", (_what, text, diskReadBytes, diskWrittenBytes) => {
  expect(diskBytesIn(text)).toEqual({ diskReadBytes, diskWrittenBytes });
});

test('the kernel of this machine has the counters of the host', () => {
  const { cpuTicks, busyTicks, memoryTotal, memoryUsed } = sampleHost();
  expect(cpuTicks).toBeGreaterThan(busyTicks);
  expect(busyTicks).toBeGreaterThan(0);
  expect(memoryTotal).toBeGreaterThan(memoryUsed);
});

test('what is recorded of a host and its containers', () => {
  const usage = {
    ...{ cpus: 4, load1: 0.256, memoryTotal: 3000, memoryUsed: 1000, cpuPercent: 12.3456 },
    ...{ rxBytesPerSecond: 10.4, txBytesPerSecond: 20.6 },
    ...{ diskReadBytesPerSecond: 30, diskWrittenBytesPerSecond: 40 },
    containers: [
      { name: 'web', cpuPercent: 150, memory: 5, rxBytesPerSecond: 6, txBytesPerSecond: 7 },
      {
        ...{ name: 'db', cpuPercent: 1, memory: 2, rxBytesPerSecond: 3, txBytesPerSecond: 4 },
        ...{ diskReadBytesPerSecond: 5, diskWrittenBytesPerSecond: 6 },
      },
    ],
  };
  expect(hostRow(usage)).toEqual({
    ...{ CPU: 12.35, memory: 33.33, load: 0.26, disk_read: 30, disk_written: 40, received: 10, sent: 21 },
  });
  expect(containerRows(usage)).toEqual([
    { container: 'web', CPU: 150, memory: 5, received: 6, sent: 7 },
    { container: 'db', CPU: 1, memory: 2, received: 3, sent: 4, disk_read: 5, disk_written: 6 },
  ]);
});

describe('between two measurements', () => {
  const at = (atMs: number, sample: object) => ({
    atMs,
    sample: { cpuNs: 0, memoryBytes: 7, rxBytes: 0, txBytes: 0, ...sample },
  });

  test('half a processor is 50%', () => {
    const now = at(3_000, { cpuNs: 1e9, rxBytes: 4_000, txBytes: 2_000 });
    expect(usageBetween(at(1_000, {}), now)).toEqual({
      cpuPercent: 50,
      memory: 7,
      rxBytesPerSecond: 2_000,
      txBytesPerSecond: 1_000,
    });
  });

  test('a restarted container has none', () => {
    expect(usageBetween(at(1_000, { cpuNs: 5 }), at(3_000, { cpuNs: 4 }))).toBeUndefined();
  });
});

describe('the events of migrations', () => {
  function follow() {
    let look: () => void = () => undefined;
    let records: MigrationRecord[] = [];
    const told: InventoryEvent[] = [];
    let nowMs = 1_000_000;
    const news = new MigrationNotifier({
      records: {
        all: () => records.map((record) => ({ record, revision: 1 })),
        onChange: (listener) => (look = listener),
      },
      view: ({ phase }) => ({ phase }) as MigrationView,
      emit: (event) => told.push(event),
      now: () => nowMs,
    });
    const become = (...phases: Phase[]) => {
      told.length = 0;
      records = phases.map(
        (phase, index) =>
          ({
            id: String(index),
            phase,
            container: 'c',
            source: 'a',
            destination: 'b',
            options: {},
          }) as MigrationRecord,
      );
      look();
      return told.map((event) =>
        event.type === 'migration.phase' ? `phase ${event.migration.phase}` : event.type,
      );
    };
    const progress = (afterMs: number) => {
      told.length = 0;
      nowMs += afterMs;
      news.progressed('0');
      return told.map(({ type }) => type);
    };
    return { become, progress };
  }

  test('begin after the first list', () => {
    const { become } = follow();
    expect(become('done')).toEqual([]);
    expect(become('done', 'accepted')).toContain('phase accepted');
  });

  test('report once that the container has moved, also when a phase was not seen', () => {
    const { become } = follow();
    become('verified');
    expect(become('switched')).toEqual(['phase switched', 'container.moved']);
    expect(become('removed')).toEqual(['phase removed']);
    become('verified');
    expect(become('done')).toEqual(['phase done', 'container.moved']);
    become('verified');
    expect(become('reverting')).toEqual(['phase reverting']);
  });

  test('report progress at most twice a second', () => {
    const { become, progress } = follow();
    become('claimed');
    expect(progress(0)).toEqual(['migration.progress']);
    expect(progress(100)).toEqual([]);
    expect(progress(400)).toEqual(['migration.progress']);
  });
});
