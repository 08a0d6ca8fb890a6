// What people do to a container with the daemon's own client while it moves, and what has to be true of it in the end if
// the daemon let them.
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';

type Side = 'source' | 'destination';

/** What remains of a person's action. Without any of these the container has to be as it was. */
export interface Wish {
  readonly status?: 'Stopped' | 'Frozen';
  /** Lines of the portrait that have to be there, if the person acted before the switch. */
  readonly adds?: readonly string[];
  /** What may be new in the portrait. */
  readonly mayAdd?: RegExp;
  /** On the source: the name that it has from now on. */
  readonly renamed?: (container: string) => string;
  readonly deleted?: true;
  /** The source runs again if the copy is deleted before the switch, without what was written in the copy. */
  readonly mayGoBack?: true;
}

export interface Act {
  readonly side: Side;
  readonly wish: Wish;
  /** Throws when the daemon refuses. */
  readonly act: (host: Host, container: string) => Promise<unknown>;
}

/** Whoever starts what is stopped, again and again. */
const watchdogMs = 4_000;

const nothing: Wish = {};
const note = 'user.person';
const snapshotName = 'byperson';

const lxc =
  (...words: readonly string[]) =>
  (host: Host, container: string) =>
    host.lxc(...words.map((word) => word.replace('NAME', container)));

const copyAndDelete = async (host: Host, container: string) => {
  await host.lxc('copy', container, `${container}-copy`);
  await host.lxc('delete', '--force', `${container}-copy`);
};

/** The daemon looks once a minute whether a snapshot is due, at the full minute. */
const schedule = 'snapshots.schedule=* * * * *';
const afterMinuteMs = 3_000;
const untilMinuteMs = () => 60_000 - (Date.now() % 60_000);

const watchdog = async (host: Host, container: string) => {
  const end = performance.now() + watchdogMs;
  while (performance.now() < end) {
    await host.lxc('start', container).catch(() => undefined);
    await pause(200);
  }
};

export const acts = {
  'start-source': { side: 'source', wish: nothing, act: lxc('start', 'NAME') },
  'stop-source': { side: 'source', wish: { status: 'Stopped' }, act: lxc('stop', '--force', 'NAME') },
  'freeze-source': { side: 'source', wish: { status: 'Frozen' }, act: lxc('pause', 'NAME') },
  'set-source': {
    side: 'source',
    wish: { adds: [`config ${note}=1`] },
    act: lxc('config', 'set', 'NAME', note, '1'),
  },
  'snapshot-source': {
    side: 'source',
    wish: { adds: [`snapshot ${snapshotName}`] },
    act: lxc('snapshot', 'NAME', snapshotName),
  },
  'rename-source': {
    side: 'source',
    wish: { renamed: (container) => `${container}-new` },
    act: lxc('rename', 'NAME', 'NAME-new'),
  },
  'delete-source': { side: 'source', wish: { deleted: true }, act: lxc('delete', '--force', 'NAME') },
  'copy-source': {
    side: 'source',
    wish: nothing,
    act: copyAndDelete,
  },
  'profile-source': {
    side: 'source',
    wish: nothing,
    // For a moment, because containers on the destination do not have it.
    act: async (host) => {
      await host.lxc('profile', 'set', 'default', note, '1');
      await pause(1_000);
      await host.lxc('profile', 'unset', 'default', note);
    },
  },
  'schedule-source': {
    side: 'source',
    wish: { adds: [`config ${schedule}`], mayAdd: /^snapshot snap\d+$/ },
    act: async (host, container) => {
      await host.lxc('config', 'set', container, schedule);
      await pause(untilMinuteMs() + afterMinuteMs);
    },
  },
  'watchdog-source': { side: 'source', wish: nothing, act: watchdog },
  'start-destination': { side: 'destination', wish: nothing, act: lxc('start', 'NAME') },
  'stop-destination': {
    side: 'destination',
    wish: { status: 'Stopped' },
    act: lxc('stop', '--force', 'NAME'),
  },
  'set-destination': {
    side: 'destination',
    // Before the switch the source's settings count, and afterwards the destination's.
    wish: { mayAdd: /^config user\.person=1$/ },
    act: lxc('config', 'set', 'NAME', note, '1'),
  },
  'freeze-destination': { side: 'destination', wish: { status: 'Frozen' }, act: lxc('pause', 'NAME') },
  'snapshot-destination': {
    side: 'destination',
    wish: { mayAdd: new RegExp(`^snapshot ${snapshotName}$`) },
    act: lxc('snapshot', 'NAME', snapshotName),
  },
  // Of a copy that runs, the daemon refuses it. Of any other, the move goes back.
  'rename-destination': { side: 'destination', wish: nothing, act: lxc('rename', 'NAME', 'NAME-new') },
  'copy-destination': { side: 'destination', wish: nothing, act: copyAndDelete },
  'delete-destination': {
    side: 'destination',
    wish: { deleted: true, mayGoBack: true },
    act: lxc('delete', '--force', 'NAME'),
  },
  'watchdog-destination': { side: 'destination', wish: nothing, act: watchdog },
} as const satisfies Record<string, Act>;

export type ActName = keyof typeof acts;

/** What the daemon refused, by container. */
export type Refusals = ReadonlyMap<string, string>;

/** Does it to all of the containers at the same time. */
export async function actOn(
  name: ActName,
  cluster: Cluster,
  containers: readonly string[],
): Promise<Refusals> {
  const { side, act }: Act = acts[name];
  const host = cluster.lab.host(side === 'source' ? 'server1' : 'server2');
  const refusals = new Map<string, string>();
  await Promise.all(
    containers.map((container) =>
      act(host, container).catch((error: unknown) => void refusals.set(container, (error as Error).message)),
    ),
  );
  return refusals;
}
