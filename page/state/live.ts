/**
 * The state of all pools and migrations: read once, then updated by the events of the stream. Each pool is a
 * signal of its own, so an event draws one card again.
 */
import {
  batch,
  computed,
  effect,
  signal,
  untracked,
  type ReadonlySignal,
  type Signal,
} from '@preact/signals';
import { isCopaError } from '../../client/browser.js';
import { Backoff } from '../../common/async/backoff.js';
import type { WireEvent, WireMigration, WireOverview } from '../model/api-types.js';
import { copa } from './copa.js';
import { changeOf, compareNames, poolOf, type Pool } from './fleet.js';
import { placeKey } from './phases.js';
import { tokenRequest } from './session.js';
import { sentenceOf, type Sentence } from './sentence.js';
import { withSample, type Usage } from './usage.js';

export type Connection =
  | { readonly state: 'connecting' | 'live' }
  /** The time of the state that the page shows. */
  | { readonly state: 'lost'; readonly since: number; readonly why: string };

export interface LogEntry extends Sentence {
  readonly number: number;
  readonly at: string;
}

const logMax = 300;
const migrationsMax = 200;
const backoff = new Backoff({ delayMsMin: 500, delayMsMax: 5000 });
/** Smaller requests show the first pools sooner. */
const poolsPerPage = 300;
/** A hidden tab needs no stream, because browsers allow only six connections per server for all tabs. */
const hiddenMsMax = 60_000;

export const connection = signal<Connection>({ state: 'connecting' });
export const controller = signal<WireOverview['controller'] | undefined>(undefined);
/** Everything has been read at least once. */
export const isComplete = signal(false);
/** Of all pools, sorted. */
export const poolNames = signal<readonly string[]>([]);
export const migrations = signal<ReadonlyMap<string, WireMigration>>(new Map());
export const log = signal<readonly LogEntry[]>([]);
/** The pools in view; the stream carries their usage. */
export const watched = signal<readonly string[]>([]);

const pools = new Map<string, Signal<Pool>>();
const usages = new Map<string, Signal<Usage | undefined>>();
const listeners = new Set<(event: WireEvent) => void>();
let logNumber = 0;

/** Undefined when there is no such pool. */
export function poolSignal(name: string): ReadonlySignal<Pool> | undefined {
  return pools.get(name);
}

/** All pools as they are; subscribes to every one of them. */
export const allPools = computed<readonly Pool[]>(() =>
  poolNames.value.flatMap((name) => pools.get(name)?.value ?? []),
);

export function usageSignal(pool: string): ReadonlySignal<Usage | undefined> {
  let usage = usages.get(pool);
  if (!usage) usages.set(pool, (usage = signal<Usage | undefined>(undefined)));
  return usage;
}

/**
 * Running migrations by the place of their container: once at the source, and once at the destination until the
 * container is free there.
 */
export const moving = computed<ReadonlyMap<string, WireMigration>>(() => {
  const places = new Map<string, WireMigration>();
  for (const migration of migrations.value.values()) {
    if (migration.state !== 'running') continue;
    places.set(placeKey(migration.source, migration.container), migration);
    if (migration.stage !== 'clean up') {
      places.set(placeKey(migration.destination, migration.container), migration);
    }
  }
  return places;
});

/** Calls the listener for each event, after the state has changed. Returns a function that stops it. */
export function onEvent(listener: (event: WireEvent) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Follows the controller as long as the page is open. */
export async function follow(): Promise<never> {
  for (;;) {
    await untilVisible();
    try {
      await followFrom({ id: await readEverything(), receivedAt: Date.now() });
    } catch (error) {
      await afterFailure(error, Date.now());
    }
  }
}

/** The position in the stream. */
interface Position {
  id: string;
  /** When the last message arrived, in milliseconds since 1970. */
  receivedAt: number;
}

/** Connects again and again. Returns when everything has to be read again. */
async function followFrom(at: Position): Promise<void> {
  let isReset = false;
  while (!isReset) {
    await untilVisible();
    const turn = startTurn();
    const usage = turn.pools.length > 0 ? { usage: true, usage_pool: turn.pools.join(',') } : {};
    try {
      const stream = copa.eventStream({ ...usage, lastEventId: at.id, signal: turn.signal });
      for await (const items of stream) {
        backoff.reset();
        connection.value = { state: 'live' };
        at.receivedAt = Date.now();
        const events = items.flatMap(({ event }) => event ?? []);
        batch(() => events.forEach(take));
        at.id = items.findLast(({ id }) => id !== undefined)?.id ?? at.id;
        isReset = events.some(({ type }) => type === 'reset');
        if (isReset) break;
      }
      // The controller ended the stream: it is about to stop, or this page was too slow.
      if (!isReset) await pause(250);
    } catch (error) {
      // The connection was ended on purpose, which is no failure.
      if (turn.signal.aborted) continue;
      await afterFailure(error, at.receivedAt);
    } finally {
      turn.end();
    }
  }
}

/** One connection. It ends when other pools come into view, or when the tab has been hidden for a while. */
function startTurn() {
  const ended = new AbortController();
  const pools = untracked(() => watched.value);
  const stopWatching = effect(() => {
    if (watched.value.join() !== pools.join()) ended.abort();
  });
  let hidden: ReturnType<typeof setTimeout> | undefined;
  const onVisibility = () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(() => ended.abort(), hiddenMsMax);
  };
  document.addEventListener('visibilitychange', onVisibility);
  const end = () => {
    stopWatching();
    clearTimeout(hidden);
    document.removeEventListener('visibilitychange', onVisibility);
    ended.abort();
  };
  return { pools, signal: ended.signal, end };
}

async function readEverything(): Promise<string> {
  const known = copa.migrations({ limit: migrationsMax });
  // The failure is handled where the promise is awaited.
  known.catch(() => undefined);
  let eventId: string | undefined;
  const seen = new Set<string>();
  for await (const page of copa.pages((part) => copa.overview(part), poolsPerPage)) {
    eventId ??= page.event_id;
    batch(() => {
      controller.value = page.controller;
      for (const wire of page.pools) {
        seen.add(wire.name);
        putPool(poolOf(wire));
      }
      poolNames.value = [...pools.keys()].sort(compareNames);
    });
  }
  const { migrations: listed } = await known;
  batch(() => {
    for (const name of pools.keys()) if (!seen.has(name)) removePool(name);
    migrations.value = new Map(listed.map((migration) => [migration.id, migration]));
    isComplete.value = true;
  });
  return eventId ?? '';
}

function take(event: WireEvent): void {
  if (event.type === 'usage') {
    const usage = usages.get(event.pool);
    if (usage) usage.value = withSample(usage.value, event.load, event.containers, performance.now());
    return;
  }
  const change = changeOf(event, (name) => pools.get(name)?.value);
  if (change?.kind === 'put') {
    const isNew = !pools.has(change.pool.name);
    putPool(change.pool);
    if (isNew) poolNames.value = [...pools.keys()].sort(compareNames);
  } else if (change) {
    removePool(change.name);
  }
  if (event.type === 'migration.phase' || event.type === 'migration.progress') {
    putMigration(event.migration);
  }
  const sentence = sentenceOf(event);
  // Events about the stream itself have no time.
  if (sentence && 'at' in event) {
    logNumber += 1;
    log.value = [{ ...sentence, number: logNumber, at: event.at }, ...log.value.slice(0, logMax - 1)];
  }
  for (const listener of listeners) listener(event);
}

/** Takes a newer state of a migration. A reply may bring it before the event does. */
export function putMigration(migration: WireMigration): void {
  const known = migrations.value.get(migration.id);
  // The event may be older than a reply.
  if (known && known.state !== 'running' && migration.state === 'running') return;
  const rest = [...migrations.value].filter(([id]) => id !== migration.id);
  migrations.value = known
    ? new Map([...migrations.value, [migration.id, migration]])
    : new Map([[migration.id, migration], ...rest.slice(0, migrationsMax - 1)]);
}

function putPool(pool: Pool): void {
  const known = pools.get(pool.name);
  if (known) known.value = pool;
  else pools.set(pool.name, signal(pool));
}

function removePool(name: string): void {
  pools.delete(name);
  usages.delete(name);
  poolNames.value = poolNames.value.filter((each) => each !== name);
}

async function afterFailure(error: unknown, since: number): Promise<void> {
  const why = error instanceof Error ? error.message : String(error);
  if (!isCopaError(error)) console.error(error);
  if (connection.value.state !== 'lost') connection.value = { state: 'lost', since, why };
  if (isCopaError(error, 'unauthenticated')) await untilUndefined(tokenRequest);
  else await pause(backoff.nextDelayMs());
}

function untilUndefined(value: ReadonlySignal<string | undefined>): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (value.value !== undefined) return;
      queueMicrotask(() => stop());
      resolve();
    });
  });
}

function untilVisible(): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    document.addEventListener('visibilitychange', () => resolve(), { once: true });
  });
}

/** Waits, but not longer than until the machine has a network again. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
  });
}
