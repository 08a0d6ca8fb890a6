/**
 * Ensures that no two pools share an address. Each pool has a key for its effective address. A pool without a port is
 * reached at `--agent-port`, so a change of this setting changes its effective address, while its key stays.
 * Therefore a pool's key is never computed: the keys name their pools. A key whose pool is gone, or has another
 * effective address, is free.
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
 * The changes that give a pool this address and no other one, for the pool's own transaction. Throws `already_exists`
 * when another pool is reached there.
 */
export async function claimAddress(
  store: Reads,
  { name, address }: { readonly name: string; readonly address: string },
  defaultPort: number,
): Promise<Writes> {
  const dialed = dialAddress(address, defaultPort);
  const key = keys.address(dialed);
  // The order matters: a pool that holds an address is in the list, unless it was removed since.
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

/** The changes that free a pool's addresses, for the transaction that removes the pool. */
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
