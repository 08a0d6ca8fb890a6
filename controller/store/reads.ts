/**
 * Groups reads of single keys. All keys that are requested during one read go into the next read together, each key
 * once. The result is the same for the caller: its read begins after the request, is linearizable, and shows all of
 * one caller's keys at one moment (see common/async/single-flight.ts).
 */
import { Batcher } from '../../common/async/single-flight.js';

type Keys = readonly string[];

/** etcd's limit for one transaction. */
const keysPerReadMax = 128;

export class GroupedReads<Value> {
  readonly #batcher: Batcher<Keys, ReadonlyMap<Keys, ReadonlyMap<string, Value>>>;

  /** `read` reads all keys at the same moment and returns them in the given order. */
  constructor(read: (keys: Keys) => Promise<readonly Value[]>) {
    this.#batcher = new Batcher(
      'etcd',
      async (wanted): Promise<ReadonlyMap<Keys, ReadonlyMap<string, Value>>> => {
        const found = new Map<Keys, ReadonlyMap<string, Value>>();
        const readGroup = async ({ keys, members }: Group) => {
          const values = await read([...keys]);
          const byKey = new Map([...keys].map((key, index) => [key, values[index] as Value]));
          for (const member of members) found.set(member, byKey);
        };
        await Promise.all(groupsOf(wanted, keysPerReadMax).map(readGroup));
        return found;
      },
    );
  }

  /** The values of these keys at one moment, in their order. */
  async get(keys: Keys): Promise<Value[]> {
    const found = (await this.#batcher.run(keys)).get(keys);
    return keys.map((key) => found?.get(key) as Value);
  }
}

interface Group {
  readonly keys: Set<string>;
  readonly members: Keys[];
}

/** Splits a list greedily into groups with at most `keysMax` keys; a larger request forms a group by itself. */
export function groupsOf(wanted: readonly Keys[], keysMax: number): readonly Group[] {
  const groups: Group[] = [];
  for (const member of wanted) {
    const last = groups.at(-1);
    if (last && new Set([...last.keys, ...member]).size <= keysMax) {
      for (const key of member) last.keys.add(key);
      last.members.push(member);
    } else {
      groups.push({ keys: new Set(member), members: [member] });
    }
  }
  return groups;
}
