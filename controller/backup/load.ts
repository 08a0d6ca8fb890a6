/**
 * Fills an empty etcd from a backup.
 *
 * The revisions of the new etcd begin at 1, and hosts have seen commands with higher fences. So the records that fence
 * commands get a base: a migration one with which its fence is what it was at the backup, so that the first controller
 * that continues it notices what went on since (migration/record-age.ts); an evacuation one above all earlier fences.
 */
import { CopaError } from '../../common/errors.js';
import type { Restored } from '../model/restored.js';
import { keys, lastPart } from '../store/keys.js';
import type { Store } from '../store/store.js';
import type { Contents } from './contents.js';

type Entry = Contents['entries'][number];
type Target = Pick<Store, 'listAt' | 'transact' | 'get'>;

/** etcd's limits on a transaction are 128 operations and 1.5 MB. */
const entriesMax = 50;
const bytesMax = 512 * 1024;

/** Join tokens are left out: one that was used or revoked since would be valid again. */
const isLost = ({ key }: Entry) => key.startsWith(keys.joins) || key === keys.restored;

/** No host can report which tokens were revoked, so none is valid. */
const isUnknown = ({ key }: Entry, pools: number) => pools === 0 && key.startsWith(keys.tokens);

/** Throws `already_exists` when etcd has data of COPA, and changes nothing then. */
export async function load(
  store: Target,
  { entries, madeAt }: Pick<Contents, 'entries' | 'madeAt'>,
  now: Date,
): Promise<void> {
  const { entries: present, revision } = await store.listAt(keys.all);
  if (present.length > 0) throw notEmpty();
  const pools = entries.filter(({ key }) => key.startsWith(keys.pools)).map(({ key }) => lastPart(key));
  const mark: Restored = {
    restoredAt: now.toISOString(),
    madeAt,
    isWhole: false,
    pools,
    waiting: pools,
    found: [],
  };
  const key = keys.restored;
  const begun = await store.transact({
    expect: [{ key, revision: 0 }, { absentPrefix: keys.all }],
    put: [{ key, value: mark }],
  });
  if (!begun) throw notEmpty();
  let last = begun.revision;
  if (last !== revision + 1) throw disturbed();
  for (const batch of batchesOf(
    entries.filter((entry) => !isLost(entry) && !isUnknown(entry, pools.length)),
  )) {
    const next = last + 1;
    const written = await store.transact({
      expect: batch.map((entry) => ({ key: entry.key, revision: 0 })),
      put: batch.map((entry) => ({ key: entry.key, value: valueIn(entry, next, now) })),
    });
    if (written?.revision !== next) throw disturbed();
    last = next;
  }
  const done = await store.transact({
    expect: [{ key, revision: begun.revision }],
    put: [{ key, value: { ...mark, isWhole: true } }],
  });
  if (!done) throw disturbed();
}

function valueIn({ key, value, revision }: Entry, next: number, now: Date): unknown {
  const base = (value as { fenceBase?: number } | null)?.fenceBase ?? 0;
  if (key.startsWith(keys.migrations)) return { ...(value as object), fenceBase: base + revision - next };
  // Milliseconds since 1970 exceed every revision, and those of an earlier restore.
  if (key.startsWith(keys.evacuations)) return { ...(value as object), fenceBase: now.getTime() };
  return value;
}

function* batchesOf(entries: readonly Entry[]): Generator<Entry[]> {
  let batch: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.key.length + JSON.stringify(entry.value).length;
    if (batch.length > 0 && (batch.length === entriesMax || bytes + size > bytesMax)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

function notEmpty(): CopaError {
  return new CopaError(
    'already_exists',
    'this etcd has data of COPA: a backup is restored into an empty one. "etcdctl del --prefix /copa/" removes all of it',
  );
}

function disturbed(): CopaError {
  return new CopaError(
    'aborted',
    'something else wrote to this etcd during the restore: stop it, "etcdctl del --prefix /copa/", and restore again',
  );
}
