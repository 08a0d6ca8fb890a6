/** The values that COPA writes: its data, and the id of the transaction that wrote it. */
import type { IEvent, IKeyValue } from 'etcd3';
import { memoizeByObject } from '../../common/async/memoize.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { Change, Entry } from './entry.js';

export function encode(write: string, data: unknown): Buffer {
  return Buffer.from(JSON.stringify({ write, data }));
}

/** What COPA has not written is an entry without a value: who reads it decides what that means. */
export function decode(found: IKeyValue): Entry {
  const key = found.key.toString();
  const revision = Number(found.mod_revision);
  try {
    const written = JSON.parse(found.value.toString()) as { data?: unknown } | null;
    return { key, value: written?.data, revision };
  } catch {
    unreadableValues.note(key, 'it was not written by COPA');
    return { key, value: undefined, revision };
  }
}

/** Shared reads are decoded once. */
export const decodedOnce = memoizeByObject(decode);

export function changeOf({ type, kv }: IEvent): Change {
  // At run time it is PUT or DELETE, unlike in etcd3's types.
  if (type.toLowerCase() === 'put') return { type: 'put', ...decode(kv) };
  const key = kv.key.toString();
  unreadableValues.forget(key);
  return { type: 'remove', key, revision: Number(kv.mod_revision) };
}
