/** The pools and containers, and how an event changes them. Pure: every change creates a new value. */
import type { PoolState, WireContainer, WireEvent, WireMigration, WirePool } from '../model/api-types.js';

export interface Pool {
  readonly name: string;
  readonly ip: string;
  readonly state: PoolState;
  readonly reason: string | null;
  /** When it entered its state. */
  readonly since: string;
  readonly daemon: string | null;
  readonly daemonVersion: string | null;
  /** Translations of names in moves to this pool, as `default=tank`. */
  readonly translations: readonly string[];
  /** As `rack=a`. */
  readonly labels: readonly string[];
  /** All but active: it takes no new containers. */
  readonly scheduling: WirePool['scheduling'];
  /** Sorted by name in natural order: web2 before web10. */
  readonly containers: readonly WireContainer[];
}

export type Change =
  { readonly kind: 'put'; readonly pool: Pool } | { readonly kind: 'remove'; readonly name: string };

const collator = new Intl.Collator('en', { numeric: true });

export const byName = (a: { readonly name: string }, b: { readonly name: string }) =>
  collator.compare(a.name, b.name);

export const compareNames = (a: string, b: string) => collator.compare(a, b);

export function poolOf(wire: WirePool): Pool {
  const { name, ip, state, reason, since, daemon, daemon_version, translations, labels, containers } = wire;
  const { scheduling } = wire;
  return {
    name,
    ip,
    state,
    reason,
    since,
    daemon,
    daemonVersion: daemon_version,
    translations: translationTexts(translations),
    labels: pairTexts(labels),
    scheduling,
    containers: containers.toSorted(byName),
  };
}

/** The change of an event to its pool; undefined when nothing changes. */
export function changeOf(event: WireEvent, known: (pool: string) => Pool | undefined): Change | undefined {
  switch (event.type) {
    case 'pool.added':
      return put({
        ...(known(event.pool) ?? emptyPool(event.pool)),
        ip: event.ip,
        state: 'unknown',
        reason: null,
        since: event.at,
      });
    case 'pool.translated': {
      const pool = known(event.pool);
      return pool && put({ ...pool, translations: translationTexts(event.translations) });
    }
    case 'pool.labelled': {
      const pool = known(event.pool);
      return pool && put({ ...pool, labels: pairTexts(event.labels) });
    }
    case 'pool.cordoned':
    case 'pool.uncordoned':
    case 'pool.evacuating':
    case 'pool.evacuated':
    case 'pool.restoring': {
      const pool = known(event.pool);
      return pool && put({ ...pool, scheduling: schedulingOf[event.type] });
    }
    case 'pool.removed':
      return { kind: 'remove', name: event.pool };
    case 'pool.up':
      return put({
        ...(known(event.pool) ?? emptyPool(event.pool)),
        state: 'up',
        reason: null,
        since: event.at,
        daemon: event.daemon,
        daemonVersion: event.daemon_version,
      });
    case 'pool.down':
      return put({
        ...(known(event.pool) ?? emptyPool(event.pool)),
        state: 'down',
        reason: event.reason,
        since: event.at,
      });
    case 'container.created':
    case 'container.started':
    case 'container.stopped':
    case 'container.frozen':
    case 'container.unfrozen':
    case 'container.changed': {
      const pool = known(event.pool);
      return pool && put(withContainer(pool, event.container));
    }
    case 'container.renamed': {
      const pool = known(event.pool);
      return pool && put(withContainer(withoutContainer(pool, event.old_name), event.container));
    }
    case 'container.deleted': {
      const pool = known(event.pool);
      return pool && put(withoutContainer(pool, event.container.name));
    }
    default:
      return undefined;
  }
}

function translationTexts({ storage, networks, profiles }: WirePool['translations']): string[] {
  return [storage, networks, profiles].flatMap((names) =>
    Object.entries(names).map(([from, to]) => `${from}=${to}`),
  );
}

/** As `rack=a`. */
export function pairTexts(pairs: Readonly<Record<string, string>>, between = '='): string[] {
  return Object.entries(pairs).map(([name, value]) => `${name}${between}${value}`);
}

const schedulingOf = {
  'pool.cordoned': 'cordoned',
  'pool.uncordoned': 'active',
  'pool.evacuating': 'evacuating',
  'pool.evacuated': 'evacuated',
  'pool.restoring': 'restoring',
} as const;

function put(pool: Pool): Change {
  return { kind: 'put', pool };
}

function emptyPool(name: string): Pool {
  return {
    name,
    ip: '',
    state: 'unknown',
    reason: null,
    since: '',
    daemon: null,
    daemonVersion: null,
    translations: [],
    labels: [],
    scheduling: 'active',
    containers: [],
  };
}

function withContainer(pool: Pool, container: WireContainer): Pool {
  const at = placeOf(pool.containers, container.name);
  const isKnown = pool.containers[at]?.name === container.name;
  return { ...pool, containers: pool.containers.toSpliced(at, isKnown ? 1 : 0, container) };
}

function withoutContainer(pool: Pool, name: string): Pool {
  return { ...pool, containers: pool.containers.filter((container) => container.name !== name) };
}

/** The index of a name, or where to insert it. */
function placeOf(containers: readonly WireContainer[], name: string): number {
  let low = 0;
  let high = containers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareNames(containers[middle]?.name ?? '', name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export type StatusKind = 'running' | 'stopped' | 'frozen' | 'other';

/** The states that the page distinguishes, from the daemon's. */
export function statusKind(status: string): StatusKind {
  switch (status) {
    case 'Running':
    case 'Ready':
      return 'running';
    case 'Stopped':
      return 'stopped';
    case 'Frozen':
      return 'frozen';
    default:
      return 'other';
  }
}

export type Tally = Readonly<Record<StatusKind, number>>;

const tallies = new WeakMap<Pool, Tally>();

/** The number of a pool's containers per state; counted once for each value. */
export function tallyOf(pool: Pool): Tally {
  const counted = tallies.get(pool);
  if (counted) return counted;
  const tally: Record<StatusKind, number> = { running: 0, stopped: 0, frozen: 0, other: 0 };
  for (const { status } of pool.containers) tally[statusKind(status)] += 1;
  tallies.set(pool, tally);
  return tally;
}

/**
 * The state of the second copy of a container that moves, so that it is not counted twice. Undefined with one copy only.
 * The running copy is the container, otherwise the source's.
 */
export function secondCopyOf(
  { id, container, new_name }: Pick<WireMigration, 'id' | 'container' | 'new_name'>,
  source: Pool | undefined,
  destination: Pool | undefined,
): StatusKind | undefined {
  const held = (pool: Pool | undefined, name: string) => {
    const found = pool?.containers[placeOf(pool.containers, name)];
    return found?.name === name && found.migration === id ? statusKind(found.status) : undefined;
  };
  const [old, copy] = [held(source, container), held(destination, new_name ?? container)];
  if (old === undefined || copy === undefined) return undefined;
  return copy === 'running' ? old : copy;
}
