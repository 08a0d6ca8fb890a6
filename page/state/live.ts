/**
 * The page's picture of everything, kept true by the stream: read once, then changed by each event. Each
 * pool is a signal of its own, so an event redraws one card.
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
import { migrations as readMigrations, overview } from '../api/calls.js';
import { ApiError } from '../api/request.js';
import { askedFor } from '../api/session.js';
import { readStream, type Position } from '../api/stream.js';
import type { WireEvent, WireMigration, WireOverview } from '../model/api-types.js';
import { changeOf, compareNames, poolOf, type Pool } from './fleet.js';
import { placeKey } from './phases.js';
import { sentenceOf, type Sentence } from './sentence.js';
import { withSample, type Usage } from './usage.js';

export type Connection =
  | { readonly state: 'connecting' | 'live' }
  /** What is shown is of that time. */
  | { readonly state: 'lost'; readonly since: number; readonly why: string };

export interface News extends Sentence {
  readonly number: number;
  readonly at: string;
}

const newsMax = 300;
const migrationsMax = 200;
const retryMsMax = 5000;
/** A page that nobody looks at needs no stream: browsers allow six for all their tabs. */
const hiddenMsMax = 60_000;

export const connection = signal<Connection>({ state: 'connecting' });
export const controller = signal<WireOverview['controller'] | undefined>(undefined);
/** Everything has been read at least once. */
export const isComplete = signal(false);
/** Of all pools, sorted. */
export const poolNames = signal<readonly string[]>([]);
export const migrations = signal<ReadonlyMap<string, WireMigration>>(new Map());
export const news = signal<readonly News[]>([]);
/** The pools in view, whose usage is asked for. */
export const watched = signal<readonly string[]>([]);

const pools = new Map<string, Signal<Pool>>();
const usages = new Map<string, Signal<Usage | undefined>>();
const listeners = new Set<(event: WireEvent) => void>();
let newsNumber = 0;

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

/** Running migrations by the place of their container, at its source and at its destination. */
export const moving = computed<ReadonlyMap<string, WireMigration>>(() => {
  const places = new Map<string, WireMigration>();
  for (const migration of migrations.value.values()) {
    if (migration.state !== 'running') continue;
    places.set(placeKey(migration.source, migration.container), migration);
    places.set(placeKey(migration.destination, migration.container), migration);
  }
  return places;
});

/** Calls back for each event, after the picture has changed. Returns what ends it. */
export function onEvent(listener: (event: WireEvent) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Follows the controller for as long as the page is there. */
export async function follow(): Promise<never> {
  for (;;) {
    await asSoonAsSeen();
    try {
      await followFrom({ id: await readEverything(), heardAt: Date.now() });
    } catch (error) {
      await afterFailure(error, 0, Date.now());
    }
  }
}

/** Resumes again and again; returns when everything has to be read anew. */
async function followFrom(at: Position): Promise<void> {
  let failures = 0;
  const heard = { reset: false };
  while (!heard.reset) {
    await asSoonAsSeen();
    const turn = turnOfStream();
    try {
      await readStream(
        { usage: turn.usage },
        at,
        {
          onOpen: () => {
            failures = 0;
            connection.value = { state: 'live' };
          },
          onEvents: (events) => {
            batch(() => events.forEach(take));
            if (events.some(({ type }) => type === 'reset')) {
              heard.reset = true;
              turn.end();
            }
          },
        },
        turn.signal,
      );
      // A controller that ends the stream in good order is about to stop, or found us too slow.
      if (!turn.signal.aborted) await pause(250);
    } catch (error) {
      failures += 1;
      await afterFailure(error, failures, at.heardAt);
    } finally {
      turn.end();
    }
  }
}

/** A turn ends when other pools come into view, or when nobody looks any more. */
function turnOfStream() {
  const ended = new AbortController();
  const usage = untracked(() => watched.value);
  const stopWatching = effect(() => {
    if (watched.value.join() !== usage.join()) ended.abort();
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
  return { usage, signal: ended.signal, end };
}

async function readEverything(): Promise<string> {
  const { signal } = new AbortController();
  const known = readMigrations(migrationsMax, signal);
  // Its failure is told where it is awaited.
  known.catch(() => undefined);
  let eventId: string | undefined;
  const seen = new Set<string>();
  for await (const page of overview(signal)) {
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
  const listed = await known;
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
    learnMigration(event.migration);
  }
  const sentence = sentenceOf(event);
  // What is told of the stream itself has no time.
  if (sentence && 'at' in event) {
    newsNumber += 1;
    news.value = [{ ...sentence, number: newsNumber, at: event.at }, ...news.value.slice(0, newsMax - 1)];
  }
  for (const listener of listeners) listener(event);
}

/** Also what an answer says of a migration, which may be sooner than the event. */
export function learnMigration(migration: WireMigration): void {
  const known = migrations.value.get(migration.id);
  // An event may be older than what an answer has told already.
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

async function afterFailure(error: unknown, failures: number, since: number): Promise<void> {
  const why = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ApiError)) console.error(error);
  if (connection.value.state !== 'lost') connection.value = { state: 'lost', since, why };
  if (error instanceof ApiError && error.status === 401) await answered(askedFor);
  else await pause(Math.min(retryMsMax, 500 * 2 ** Math.min(failures, 10)) * (0.75 + Math.random() / 2));
}

/** Until nothing is asked of the person any more. */
function answered(question: ReadonlySignal<string | undefined>): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (question.value !== undefined) return;
      queueMicrotask(() => stop());
      resolve();
    });
  });
}

function asSoonAsSeen(): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    document.addEventListener('visibilitychange', () => resolve(), { once: true });
  });
}

/** A while, or until the machine has a network again. */
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
