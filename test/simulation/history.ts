// A history: the configuration of the world, and its events with their times. All of it derives from its seed. A
// shrunk one has fewer events.
import { Random } from '../chaos/random.js';
import type { NetworkFaults } from './network.js';
import type { StoreFaults } from './etcd.js';
import type { PlantedFault } from './planted.js';
import type { Limits } from '../../controller/model/slots.js';

export interface Settings {
  readonly seed: number;
  readonly hosts: readonly string[];
  readonly containers: readonly {
    readonly name: string;
    readonly host: string;
    readonly isRunning: boolean;
    readonly hasVolume?: boolean;
    /** Its `user.copa.evacuate`; absent or empty: none. */
    readonly action?: string;
  }[];
  readonly controllers: readonly { readonly slot: string; readonly id: string }[];
  readonly network: NetworkFaults;
  readonly store: StoreFaults;
  /** The probability that a container ignores a shutdown request. */
  readonly stubborn: number;
  /** Controllers evacuate hosts, and have an inventory for it. */
  readonly evacuations?: boolean;
  /** The planted fault. */
  readonly planted?: PlantedFault;
}

export type Happening =
  | {
      readonly do: 'migrate';
      readonly controller: string;
      readonly container: string;
      readonly from: string;
      readonly to: string;
      readonly keepSourceAs: string;
      readonly passesMax: number;
      readonly force: boolean;
      /** What a failed check leads to; undefined: there is no check. */
      readonly onCheckFailure?: 'stay' | 'back';
      readonly priority?: number;
    }
  | {
      readonly do: 'evacuate';
      readonly controller: string;
      readonly host: string;
      readonly target: string;
      readonly deadlineMs: number | undefined;
      readonly stopAtDeadline: boolean;
    }
  | { readonly do: 'restore'; readonly controller: string; readonly host: string; readonly skip: boolean }
  | { readonly do: 'cancel evacuation'; readonly controller: string; readonly host: string }
  | { readonly do: 'limit'; readonly host: string; readonly limits: Limits }
  | { readonly do: 'cancel'; readonly controller: string; readonly container: string }
  | { readonly do: 'kill controller'; readonly controller: string; readonly forMs: number }
  | { readonly do: 'freeze controller'; readonly controller: string; readonly forMs: number }
  | { readonly do: 'restart agent'; readonly host: string; readonly forMs: number }
  | { readonly do: 'freeze agent'; readonly host: string; readonly forMs: number }
  | { readonly do: 'kill daemon'; readonly host: string; readonly forMs: number }
  | { readonly do: 'freeze daemon'; readonly host: string; readonly forMs: number }
  | { readonly do: 'reboot host'; readonly host: string; readonly forMs: number }
  | { readonly do: 'fail starts'; readonly host: string; readonly forMs: number }
  | { readonly do: 'cut'; readonly a: string; readonly b: string; readonly forMs: number }
  | { readonly do: 'silence etcd'; readonly forMs: number }
  | { readonly do: 'lose etcd' }
  | { readonly do: 'restore etcd'; readonly forMs: number }
  | { readonly do: 'resolve'; readonly controller: string; readonly container: string }
  | { readonly do: 'copy mark'; readonly host: string; readonly container: string }
  | { readonly do: 'remove pool'; readonly controller: string; readonly host: string }
  /** On that host, or with an empty name on the one that has the container then. */
  | { readonly do: 'person'; readonly act: PersonAct; readonly host: string; readonly container: string };

export type PersonAct =
  'start' | 'stop' | 'freeze' | 'unfreeze' | 'config set' | 'snapshot' | 'delete' | 'rename' | 'move';

export type HistoryEvent = Happening & { readonly atMs: number };

export interface History {
  readonly settings: Settings;
  readonly events: readonly HistoryEvent[];
}

/** The kinds of faults of a history, without those whose handling is not built yet. */
export interface Scope {
  readonly persons: readonly PersonAct[];
  /** Things that happen instead of the usual ones, half of the time. */
  readonly rare?: readonly ('lose etcd' | 'restore etcd' | 'copy mark' | 'resolve')[];
  /** So many more containers, all of which move at about the same time, with other limits of the hosts. */
  readonly crowd?: number;
  /** Each container has a custom volume. */
  readonly volumes?: boolean;
}

export const builtScope: Scope = {
  persons: ['start', 'stop', 'freeze', 'unfreeze', 'config set', 'snapshot'],
};

/** More moves at a time than hosts have slots. */
export const crowdScope: Scope = { ...builtScope, crowd: 8 };

export const volumesScope: Scope = { ...builtScope, volumes: true };

export const hosts = ['h1', 'h2', 'h3'] as const;

export function historyOf(seed: number, scope: Scope = builtScope): History {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ 0xc09a);
  const level = random.pick([0, 0, 0.02, 0.1]);
  const delayMsMax = random.pick([3, 3, 40, 400]);
  const controllers = random.pick([
    [{ slot: 'A', id: 'a'.repeat(16) }],
    [{ slot: 'A', id: 'a'.repeat(16) }],
    [
      { slot: 'A', id: 'a'.repeat(16) },
      { slot: 'B', id: 'b'.repeat(16) },
    ],
    [
      { slot: 'A', id: 'a'.repeat(16) },
      { slot: 'B', id: 'a'.repeat(16) },
    ],
  ]);
  const settings: Settings = {
    seed,
    hosts,
    containers: [
      { name: 'c1', host: 'h1', isRunning: random.next() < 0.8 },
      { name: 'c2', host: 'h2', isRunning: random.next() < 0.5 },
    ],
    controllers,
    network: {
      lost: level,
      late: level / 2,
      twice: random.pick([0, level]),
      lateMsMax: random.pick([2_000, 20_000, 90_000]),
      delayMsMax,
    },
    store: { lostReplies: random.pick([0, 0, 0.03, 0.15]), delayMsMax: random.pick([5, 5, 300, 3_000]) },
    stubborn: random.pick([0, 0, 0.2]),
  };
  const slots = controllers.map(({ slot }) => slot);
  const events: HistoryEvent[] = [migration(random, slots, 'c1', 'h1', 100)];
  if (random.next() < 0.4) events.push(migration(random, slots, 'c2', 'h2', random.between(0, 10_000)));
  // Moves the same container once more, from where it may be by then.
  if (random.next() < 0.4)
    events.push(migration(random, slots, 'c1', random.pick(hosts), random.between(5_000, 60_000)));
  const troubles = random.pick([0, 1, 1, 2, 2, 3, 5]);
  const spanMs = random.pick([3_000, 15_000, 40_000]);
  for (let index = 0; index < troubles; index++) events.push(trouble(random, slots, { scope, spanMs }));
  const checks = new Random(Math.imul(seed, 0x9e3779b1) ^ 0xc4ec);
  const checked = events.map((event) => withCheck(event, checks.pick(['none', 'none', 'stay', 'back'])));
  const crowd = crowdOf(seed, slots, scope.crowd ?? 0);
  return {
    settings: {
      ...settings,
      containers: [...settings.containers, ...crowd.containers].map((container) =>
        scope.volumes ? { ...container, hasVolume: true } : container,
      ),
    },
    events: [...checked, ...crowd.events].sort((a, b) => a.atMs - b.atMs),
  };
}

function withCheck(event: HistoryEvent, onCheckFailure: 'none' | 'stay' | 'back'): HistoryEvent {
  return event.do === 'migrate' && onCheckFailure !== 'none' ? { ...event, onCheckFailure } : event;
}

function crowdOf(
  seed: number,
  slots: readonly string[],
  size: number,
): { containers: Settings['containers']; events: HistoryEvent[] } {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ 0xc70d);
  const names = Array.from({ length: size }, (_, index) => `crowd${index}`);
  const containers = names.map((name) => ({
    name,
    host: random.pick(hosts),
    isRunning: random.next() < 0.7,
  }));
  const moves = containers.map(({ name, host }): HistoryEvent => {
    const move = migration(random, slots, name, host, random.between(0, 4_000));
    return { ...move, priority: random.pick([-10, 0, 0, 0, 10]) } as HistoryEvent;
  });
  const limits = hosts.flatMap((host): HistoryEvent[] => {
    if (size === 0 || random.next() < 0.5) return [];
    const slotsOfHost = { copy: random.pick([1, 2, 3]), cutover: random.pick([1, 1, 2]) };
    return [{ atMs: Math.round(random.pick([0, 3_000])), do: 'limit', host, limits: slotsOfHost }];
  });
  return { containers, events: [...moves, ...limits] };
}

export function migration(
  random: Random,
  slots: readonly string[],
  container: string,
  from: string,
  atMs: number,
): HistoryEvent {
  return {
    atMs: Math.round(atMs),
    do: 'migrate',
    controller: random.pick(slots),
    container,
    from,
    to: random.pick(hosts.filter((host) => host !== from)),
    keepSourceAs: random.next() < 0.2 ? `${container}-old` : '',
    passesMax: random.pick([0, 1, 3]),
    force: random.next() < 0.3,
  };
}

export function trouble(
  random: Random,
  slots: readonly string[],
  { scope, spanMs, names = ['c1', 'c1', 'c2'] }: TroubleOptions,
): HistoryEvent {
  // Half of all faults occur within the first second after a start.
  const atMs = Math.round(random.between(0, random.pick([1_000, spanMs, spanMs])));
  const forMs = Math.round(random.pick([50, 1_000, 8_000, 30_000, 90_000]) * random.between(0.5, 1));
  const host = random.pick(hosts);
  const controller = random.pick(slots);
  const container = random.pick(names);
  const [a, b] = random.shuffled([...hosts, ...slots]) as [string, string];
  const happening = random.pick<Happening>([
    { do: 'cancel', controller, container },
    { do: 'kill controller', controller, forMs },
    { do: 'freeze controller', controller, forMs },
    { do: 'restart agent', host, forMs },
    { do: 'freeze agent', host, forMs },
    { do: 'kill daemon', host, forMs },
    { do: 'freeze daemon', host, forMs },
    { do: 'reboot host', host, forMs },
    { do: 'fail starts', host, forMs },
    { do: 'cut', a, b, forMs },
    { do: 'silence etcd', forMs },
    { do: 'remove pool', controller, host },
    { do: 'person', act: random.pick(scope.persons), host, container },
  ]);
  const rare = scope.rare && random.next() < 0.5 ? random.pick(scope.rare) : undefined;
  if (rare === 'lose etcd') return { do: rare, atMs };
  if (rare === 'restore etcd') return { do: rare, forMs, atMs };
  if (rare === 'resolve') return { do: rare, controller, container, atMs };
  if (rare === 'copy mark') return { do: rare, host, container, atMs };
  return { ...happening, atMs };
}

interface TroubleOptions {
  readonly scope: Scope;
  readonly spanMs: number;
  /** Of the containers; those that are there twice are chosen more often. */
  readonly names?: readonly string[];
}

/** One event as text. */
export function described({ atMs, ...happening }: HistoryEvent): string {
  const { do: what, ...rest } = happening;
  const details = Object.entries(rest)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}=${String(value)}`);
  return `${(atMs / 1000).toFixed(2)} s: ${what} ${details.join(' ')}`;
}
