/**
 * No two pools share an address. Each pool holds the key of the address that it is reached at; a pool without a port in
 * its address is reached at `--agent-port`, so that a change of this setting moves it, while its key stays as it was.
 * Therefore nobody computes which key a pool holds: the keys themselves name it. A key whose pool is gone, or is reached
 * elsewhere, is free.
 */
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';
import { dialAddress } from '../model/host.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { Entry } from '../store/entry.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';
import type { Transaction } from '../store/transaction.js';
import { hostIn } from './registered-host.js';

type Reads = Pick<Store, 'list'>;
type Writes = Required<Omit<Transaction, 'expect'>> & Pick<Transaction, 'expect'>;

const holderSchema = z.object({ pool: z.string() });

/**
 * What to write, together with the pool itself, so that the pool holds this address and no other one. Throws
 * `already_exists` when another pool is reached there.
 */
export async function claimAddress(
  store: Reads,
  { name, address }: { readonly name: string; readonly address: string },
  defaultPort: number,
): Promise<Writes> {
  const dialed = dialAddress(address, defaultPort);
  const key = keys.address(dialed);
  // In this order: a pool that holds an address is in the list, unless it was removed since.
  const claims = await store.list(keys.addresses);
  const pools = await store.list(keys.pools);
  const owner = unreadableValues
    .each(pools, hostIn)
    .find((pool) => pool.name !== name && dialAddress(pool.address, defaultPort) === dialed);
  if (owner) {
    throw new CopaError('already_exists', `the address ${address} belongs to pool "${owner.name}" already`);
  }
  const claimed = claims.find((claim) => claim.key === key);
  const others = held(claims, name).filter((claim) => claim.key !== key);
  return {
    expect: [{ key, revision: claimed?.revision ?? 0 }, ...others.map(expected)],
    put: [{ key, value: { pool: name } }],
    remove: others.map((claim) => claim.key),
  };
}

/** What to write, together with the pool's removal, so that its addresses are free. */
export async function releaseAddresses(
  store: Reads,
  name: string,
): Promise<Required<Pick<Transaction, 'expect' | 'remove'>>> {
  const claims = held(await store.list(keys.addresses), name);
  return { expect: claims.map(expected), remove: claims.map(({ key }) => key) };
}

function held(claims: readonly Entry[], name: string): Entry[] {
  return claims.filter(({ value }) => holderSchema.safeParse(value).data?.pool === name);
}

function expected({ key, revision }: Entry) {
  return { key, revision };
}
