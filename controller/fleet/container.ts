/** A container in the live picture: what an agent told of it, and what its difference from before means. */
import { z } from 'zod';
import { containerNamePattern } from '../../proto/names.js';
import type { Container__Output } from '../../proto/gen/copa/agent/v1/Container.js';
import type { Told } from '../told.js';

export const containerSchema = z
  .object({
    name: z.string(),
    status: z.string().describe("In the daemon's words: Running, Stopped, Frozen, ..."),
    created_at: z.string().nullable().describe('ISO 8601, to the second.'),
    image: z.string().nullable().describe('What it was made of, as its image describes itself.'),
    addresses: z.array(z.string()).describe('Those that others can reach, IPv4 first.'),
    cpu_limit: z.string().nullable(),
    memory_limit: z.string().nullable(),
    snapshots: z.int(),
    migration: z.string().nullable().describe('The ID of the migration that holds it.'),
  })
  .meta({ id: 'Container' });

/** As REST shows it. There may be half a million of them: texts that many share are kept once. */
export type LiveContainer = Told<typeof containerSchema>;

export const containerChanges = ['created', 'started', 'stopped', 'frozen', 'unfrozen', 'changed'] as const;
export type ContainerChange = (typeof containerChanges)[number];

/** No text that an agent tells is longer; a whole picture of hostile ones must not fill the memory. */
const textMax = 200;
const addressesMax = 16;

const noAddresses: readonly string[] = [];

/** The texts of containers, each kept once. Bounded: what comes when it is full is kept as often as it comes. */
export class Texts {
  readonly #known = new Map<string, string>();

  constructor(private readonly max = 10_000) {}

  shared(text: string): string {
    const cut = text.length > textMax ? text.slice(0, textMax) : text;
    const known = this.#known.get(cut);
    if (known !== undefined) return known;
    if (this.#known.size < this.max) this.#known.set(cut, cut);
    return cut;
  }
}

/** Undefined when the name is none that a container can have. */
export function liveContainer(told: Container__Output, texts: Texts): LiveContainer | undefined {
  if (!containerNamePattern.test(told.name)) return undefined;
  const optional = (text: string) => (text === '' ? null : texts.shared(text));
  return {
    name: told.name,
    status: texts.shared(told.status),
    created_at: timeOf(told.createdAt),
    image: optional(told.image),
    addresses:
      told.addresses.length === 0
        ? noAddresses
        : told.addresses.slice(0, addressesMax).map((address) => address.slice(0, textMax)),
    cpu_limit: optional(told.cpuLimit),
    memory_limit: optional(told.memoryLimit),
    snapshots: told.snapshots,
    migration: told.migrationId === '' ? null : told.migrationId.slice(0, textMax),
  };
}

/** What has happened between two looks at a container; undefined when nothing that is told. */
export function changeBetween(
  before: LiveContainer | undefined,
  now: LiveContainer,
): ContainerChange | undefined {
  if (!before) return 'created';
  if (before.status !== now.status) {
    switch (now.status) {
      case 'Running':
        return before.status === 'Frozen' ? 'unfrozen' : 'started';
      case 'Stopped':
        return 'stopped';
      case 'Frozen':
        return 'frozen';
      default:
        return 'changed';
    }
  }
  return isSame(before, now) ? undefined : 'changed';
}

function isSame(a: LiveContainer, b: LiveContainer): boolean {
  return (
    a.created_at === b.created_at &&
    a.image === b.image &&
    a.cpu_limit === b.cpu_limit &&
    a.memory_limit === b.memory_limit &&
    a.snapshots === b.snapshots &&
    a.migration === b.migration &&
    a.addresses.length === b.addresses.length &&
    a.addresses.every((address, index) => address === b.addresses[index])
  );
}

/** To the second. */
function timeOf(seconds: number): string | null {
  if (!(seconds > 0 && seconds < 1e11)) return null;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
