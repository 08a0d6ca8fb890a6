/** Decodes the host in an entry of the store. */
import { memoizeByObject } from '../../common/async/memoize.js';
import { CopaError } from '../../common/errors.js';
import { decodeHost, type Host } from '../model/host.js';
import type { Entry } from '../store/entry.js';

/** Each entry is decoded once, however many requests share it. */
export const hostIn = memoizeByObject((entry: Entry) => decodeHost(entry));

/** The host in an entry. Throws `not_found` when there is no entry. */
export function registeredHost(name: string, entry: Entry | undefined): Host {
  if (!entry) throw new CopaError('not_found', `there is no pool "${name}"`);
  return hostIn(entry);
}
