// Aim: a controller that reads slowly costs the agent nothing, and gets the current state, not outdated ones. Method:
// the change stream alone, with a host that changes and a reader that pauses.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ChangeStream } from '../../agent/inventory/change-stream.js';
import type { InventoryListener } from '../../agent/inventory/inventory.js';
import type { Container__Output as Container } from '../../proto/gen/copa/agent/v1/Container.js';
import type { WatchEvent } from '../../proto/gen/copa/agent/v1/WatchEvent.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const container = (name: string, snapshots = 0): Container => ({
  name,
  status: 'Running',
  createdAt: 0,
  image: '',
  addresses: [],
  cpuLimit: '',
  memoryLimit: '',
  snapshots,
  migrationId: '',
  interfaces: [],
  labels: {},
  rules: {},
});

function followed(count: number) {
  const containers = new Map<string, Container>();
  for (let index = 0; index < count; index++) containers.set(`c${index}`, container(`c${index}`));
  const followers = new Set<InventoryListener>();
  const host = {
    capacity: undefined,
    containers,
    daemonState: { up: true, reason: '', server: 'lxd', serverVersion: '5' },
    listed: true,
    follow: (follower: InventoryListener) => {
      followers.add(follower);
      return () => void followers.delete(follower);
    },
  };
  const sent: WatchEvent[] = [];
  const reader = { takes: true };
  const follower = new ChangeStream(host, 2_000, (event) => {
    sent.push(event);
    return reader.takes;
  });
  const change = (name: string, snapshots: number) => {
    containers.set(name, container(name, snapshots));
    follower.onContainer(name);
  };
  return { containers, followers, sent, reader, follower, change };
}

test('a listing comes in parts, of which the last one is marked; then heartbeats', () => {
  const { sent } = followed(1_200);
  vi.advanceTimersByTime(10);
  expect(sent.map(({ containers, listing }) => [containers?.length, listing])).toEqual([
    [undefined, undefined],
    [500, 'PART'],
    [500, 'PART'],
    [200, 'LAST_PART'],
  ]);
  sent.length = 0;
  vi.advanceTimersByTime(6_000);
  expect(sent).toEqual([{}, {}, {}]);
});

test("the first change is sent at once, the following ones together, with each container's latest state", () => {
  const { sent, change } = followed(2);
  vi.advanceTimersByTime(1_000);
  sent.length = 0;
  change('c0', 1);
  vi.advanceTimersByTime(1);
  expect(sent).toHaveLength(1);
  for (let snapshots = 2; snapshots < 100; snapshots++) change('c0', snapshots);
  change('c1', 1);
  vi.advanceTimersByTime(200);
  expect(sent).toHaveLength(1);
  vi.advanceTimersByTime(100);
  expect(sent).toHaveLength(2);
  expect(sent[1]?.containers).toEqual([container('c0', 99), container('c1', 1)]);
});

test('a reader that pauses is sent nothing, and later the latest state in one message', () => {
  const { sent, reader, follower, containers, change } = followed(3);
  vi.advanceTimersByTime(1_000);
  sent.length = 0;
  reader.takes = false;
  change('c0', 1);
  vi.advanceTimersByTime(1_000);
  for (let snapshots = 2; snapshots < 10_000; snapshots++) change(`c${snapshots % 2}`, snapshots);
  containers.delete('c2');
  follower.onContainer('c2');
  vi.advanceTimersByTime(60_000);
  expect(sent).toHaveLength(1);
  reader.takes = true;
  follower.drained();
  vi.advanceTimersByTime(1);
  expect(sent.slice(1)).toEqual([
    { renamed: [], deleted: ['c2'], containers: [container('c0', 9_998), container('c1', 9_999)] },
  ]);
});

test('a listing that a slow reader has not taken is replaced by the next one', () => {
  const { sent, reader, follower, containers } = followed(1_200);
  reader.takes = false;
  vi.advanceTimersByTime(10);
  expect(sent).toHaveLength(1);
  containers.clear();
  follower.onListing();
  reader.takes = true;
  follower.drained();
  vi.advanceTimersByTime(1_000);
  expect(sent.slice(1)).toEqual([{ containers: [], listing: 'LAST_PART' }]);
});

test('nothing is sent after it is closed', () => {
  const { sent, follower, followers, change } = followed(1);
  vi.advanceTimersByTime(10);
  sent.length = 0;
  change('c0', 1);
  follower.close();
  vi.advanceTimersByTime(60_000);
  expect(sent).toEqual([]);
  expect(followers.size).toBe(0);
});
