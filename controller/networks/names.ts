/** The names of containers on networks: pure functions of the book; and the call that sends them. */
import { isDeepStrictEqual } from 'node:util';
import type { NetworkName } from '../../proto/gen/copa/agent/v1/NetworkName.js';
import type { NetworkBook } from './book.js';
import type { Matter } from './distribution.js';

/** Of containers with one name, the one that was attached first has it. DNS does not distinguish upper and lower case. */
export function namesIn(book: NetworkBook, network: string): NetworkName[] {
  const first = new Map<string, NetworkName>();
  const leases = [...book.containers(network)].sort((a, b) =>
    a.record.at < b.record.at || (a.record.at === b.record.at && a.address < b.address) ? -1 : 1,
  );
  for (const { address, record } of leases) {
    const name = record.container.toLowerCase();
    if (!first.has(name)) first.set(name, { network, name, address });
  }
  return [...first.values()].sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
}

interface Known {
  readonly changedAt: string;
  readonly resets: number;
  readonly names: readonly NetworkName[];
}

const known = new WeakMap<NetworkBook, Map<string, Known>>();

/**
 * What the hosts of these networks resolve. The list stays the same one while no name changes, so that a move, which
 * changes none, costs no comparison.
 */
export function desiredNames(book: NetworkBook, pool: string): readonly NetworkName[] {
  const networks = book
    .networks()
    .map(({ value: { name } }) => name)
    .filter((name) => book.hosts(name).some(({ record }) => record.pool === pool && !record.isLeaving));
  const lists = known.get(book) ?? new Map<string, Known>();
  known.set(book, lists);
  const key = networks.join();
  const before = lists.get(key);
  const changedAt = networks.map((name) => book.leasesOfNetwork(name).namesChangedAt).join();
  const { resets } = book;
  if (before?.changedAt === changedAt && before.resets === resets) return before.names;
  const now = networks.flatMap((network) => namesIn(book, network));
  // Generations from before a reset may be those of another history: all is sent again.
  const isKept = before?.resets === resets && isDeepStrictEqual(before.names, now);
  const names = isKept ? before.names : now;
  lists.set(key, { changedAt, resets, names });
  return names;
}

const deadlineMs = 10_000;

export const namesMatter: Matter<NetworkName, never> = {
  wanted: desiredNames,
  send: async (client, { wanted, generation, confirmed }) => {
    const send = (since: number) => {
      const names = since > 0 ? [] : [...wanted];
      return client.call('ApplyNames', { names, generation, since }, { deadlineMs });
    };
    const reply = await send(confirmed?.wanted === wanted ? confirmed.generation : 0);
    return { ...(reply.needsAll ? await send(0) : reply), findings: [] };
  },
};
