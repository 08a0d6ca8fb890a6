/**
 * What a migration keeps others from using, as keys of the store. It becomes less towards the end: from `switched` on
 * the container on the destination is anybody's, and only the old copy's name is held until that is removed.
 */
import { destinationName, hasEnded, type Busy, type MigrationRecord } from '../model/migration.js';
import { keys } from '../store/keys.js';

type HeldBy = Pick<
  MigrationRecord,
  'id' | 'container' | 'source' | 'destination' | 'options' | 'phase' | 'slots'
>;

export function heldKeys(record: HeldBy): ReadonlyMap<string, Busy> {
  if (hasEnded(record.phase)) return new Map();
  const all = namedKeys(record);
  const { id: migration, source, destination } = record;
  for (const key of record.slots?.keys ?? []) all.set(key, { migration, source, destination });
  // The pool of a copy whose record was lost may be unknown.
  return new Map([...all].filter(([key]) => !key.includes('//')));
}

function namedKeys({ id, container, source, destination, options, phase }: HeldBy): Map<string, Busy> {
  const busy: Busy = { migration: id, source, destination };
  const there = new Map([[keys.use(destination, id), busy]]);
  if (phase === 'removed') return there;
  const hasMoved = phase === 'switched' || phase === 'released';
  const here: Busy = hasMoved ? { ...busy, isOldCopy: true } : busy;
  return new Map([
    [keys.busy(source, container), here],
    ...(options.keepSourceAs ? [[keys.busy(source, options.keepSourceAs), here] as const] : []),
    ...(hasMoved
      ? there
      : [[keys.busy(destination, destinationName({ container, options })), busy] as const]),
  ]);
}

/** What a change of the record changes of it. */
export function heldChange(
  before: HeldBy,
  after: HeldBy,
): { readonly put: { readonly key: string; readonly value: Busy }[]; readonly remove: string[] } {
  const [was, is] = [heldKeys(before), heldKeys(after)];
  const isSame = (key: string, value: Busy) => was.get(key)?.isOldCopy === value.isOldCopy && was.has(key);
  return {
    put: [...is].filter(([key, value]) => !isSame(key, value)).map(([key, value]) => ({ key, value })),
    remove: [...was.keys()].filter((key) => !is.has(key)),
  };
}
