/**
 * Reads of single keys, committed as a group: all that are wanted while one read is under way go out together
 * in the next one, each key once. For who wants them nothing changes: the read begins after they were wanted,
 * is linearizable, and shows all that one caller wants at one moment (see common/async/single-flight.ts).
 */
import { Batcher } from '../../common/async/single-flight.js';

type Keys = readonly string[];

/** etcd's limit for one transaction. */
const keysPerReadMax = 128;

export class GroupedReads<Value> {
  readonly #batcher: Batcher<Keys, ReadonlyMap<Keys, ReadonlyMap<string, Value>>>;

  /** `read` reads each key at the same moment, in the order given. */
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

/** As few groups as come of going through the list once, none with more than `keysMax` keys that can do with less. */
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
