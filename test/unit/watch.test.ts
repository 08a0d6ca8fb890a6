// Aim: a watch delivers every change exactly once, whatever happens to its stream; a lost lease is created again.
// Method: a store whose streams the test ends; it waits for what the handlers received.
import { afterEach, expect, test, vi } from 'vitest';
import { Session } from '../../controller/store/session.js';
import type { Change, Entry } from '../../controller/store/entry.js';
import { unreadableValues } from '../../controller/observability/unreadable-values.js';
import { Watch } from '../../controller/store/watch.js';

type End = 'compacted' | Error;

/** A source of changes: each `follow` stays open until the test ends it. */
class Source {
  entries: Entry[] = [];
  revision = 10;
  readonly followed: number[] = [];
  send: (changes: Change[]) => void = () => undefined;
  end: (end: End) => void = () => undefined;
  listing: Error | undefined;

  listAt() {
    return this.listing
      ? Promise.reject(this.listing)
      : Promise.resolve({ entries: this.entries, revision: this.revision });
  }

  follow(
    _prefix: string,
    from: number,
    onChanges: (changes: readonly Change[]) => void,
    signal: AbortSignal,
  ) {
    this.followed.push(from);
    return new Promise<'compacted' | 'closed'>((resolve, reject) => {
      this.send = onChanges;
      this.end = (end) => (end instanceof Error ? reject(end) : resolve(end));
      signal.addEventListener('abort', () => resolve('closed'));
    });
  }
}

const put = (key: string, revision: number): Change => ({ type: 'put', key, value: {}, revision });

let watch: Watch | undefined;
afterEach(async () => watch?.close());

function watched(source: Source): string[] {
  const told: string[] = [];
  watch = new Watch(source, '/p/', {
    onReset: (entries) => told.push(`reset ${entries.map((entry) => entry.key).join(',')}`),
    onEvent: (change) => told.push(`${change.type} ${change.key}`),
  });
  return told;
}

test('continues after the last change when the stream breaks', async () => {
  const source = new Source();
  const told = watched(source);
  await vi.waitFor(() => expect(source.followed).toEqual([11]));
  source.send([put('a', 12), put('b', 14)]);
  source.end(new Error('broken'));
  await vi.waitFor(() => expect(source.followed).toEqual([11, 15]));
  source.end(new Error('broken again'));
  await vi.waitFor(() => expect(source.followed).toEqual([11, 15, 15]));
  expect(told).toEqual(['reset ', 'put a', 'put b']);
});

test('starts over when etcd no longer has the revision', async () => {
  const source = new Source();
  const told = watched(source);
  await vi.waitFor(() => expect(source.followed).toEqual([11]));
  source.entries = [{ key: 'a', value: {}, revision: 40 }];
  source.revision = 50;
  source.end('compacted');
  await vi.waitFor(() => expect(source.followed).toEqual([11, 51]));
  expect(told).toEqual(['reset ', 'reset a']);
});

test('waits for an etcd that has not started yet', async () => {
  const source = new Source();
  source.listing = new Error('no etcd');
  const told = watched(source);
  await Promise.resolve();
  expect(told).toEqual([]);
  source.listing = undefined;
  await vi.waitFor(() => expect(told).toEqual(['reset ']));
});

test('delivers nothing after it was closed', async () => {
  const source = new Source();
  const told = watched(source);
  await vi.waitFor(() => expect(source.followed).toEqual([11]));
  await watch?.close();
  source.send([put('a', 12)]);
  expect(told).toEqual(['reset ']);
});

test('goes on after a change that its handler cannot take', async () => {
  const source = new Source();
  const told: string[] = [];
  watch = new Watch(source, '/p/', {
    onReset: () => undefined,
    onEvent: ({ key }) => {
      if (key === 'poison') throw new Error('not mine');
      told.push(key);
    },
  });
  await vi.waitFor(() => expect(source.followed).toEqual([11]));
  source.send([put('a', 12), put('poison', 13), put('b', 14)]);
  expect(told).toEqual(['a', 'b']);
  expect(unreadableValues.count).toBe(1);
  unreadableValues.forget('poison');
});

test('a session creates its lease again when etcd has dropped it, and ends it when closed', async () => {
  const events: string[] = [];
  let known = '';
  let number = 0;
  const leases = {
    putUnderLease: (key: string) => {
      known = String(++number);
      events.push(`put ${key} under ${known}`);
      return Promise.resolve(known);
    },
    keepAlive: (lease: string) => Promise.resolve(lease === known),
    revoke: (lease: string) => {
      events.push(`revoke ${lease}`);
      return Promise.resolve();
    },
  };
  const session = new Session(leases, 'k', {}, 0.03);
  await vi.waitFor(() => expect(session.lease).toBe('1'));
  known = '';
  await vi.waitFor(() => expect(session.lease).toBe('2'));
  await session.close();
  expect(events).toEqual(['put k under 1', 'put k under 2', 'revoke 2']);
});
