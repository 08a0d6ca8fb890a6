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

/** As REST shows it. */
export type ContainerView = Told<typeof containerSchema>;

export const containerChanges = ['created', 'started', 'stopped', 'frozen', 'unfrozen', 'changed'] as const;
export type ContainerChange = (typeof containerChanges)[number];

/** No text that an agent tells is longer; a whole picture of hostile ones must not fill the memory. */
const textMax = 200;
const addressesMax = 16;

/** What an address may be written with; what has anything else is none. */
const addressPattern = /^[0-9a-fA-F.:]{2,45}$/;

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

/**
 * A container as it is kept. There may be half a million of them, so texts that many share are kept once, and what
 * is seldom asked for (its addresses, the time in words) is put together when it is shown: some 220 bytes in all.
 */
export class LiveContainer implements ContainerView {
  private constructor(
    readonly name: string,
    readonly status: string,
    readonly image: string | null,
    readonly cpu_limit: string | null,
    readonly memory_limit: string | null,
    readonly snapshots: number,
    readonly migration: string | null,
    /** In seconds since 1970; 0 when it is not known. */
    private readonly createdAt: number,
    /** With a space between them. */
    private readonly addressLine: string,
  ) {}

  /**
   * Undefined when the name is none that a container can have. What it has in common with how it was before is kept
   * once: of thousands that change each second, what is new is all that lives, and all that the garbage is made of.
   */
  static from(
    told: Container__Output,
    texts: Texts,
    before: LiveContainer | undefined,
  ): LiveContainer | undefined {
    if (!before && !containerNamePattern.test(told.name)) return undefined;
    const optional = (text: string) => (text === '' ? null : texts.shared(text));
    const { createdAt, snapshots } = told;
    const addressLine = addressLineOf(told.addresses);
    return new LiveContainer(
      before?.name ?? told.name,
      texts.shared(told.status),
      optional(told.image),
      optional(told.cpuLimit),
      optional(told.memoryLimit),
      snapshots,
      told.migrationId === '' ? null : told.migrationId.slice(0, textMax),
      createdAt > 0 && createdAt < 1e11 ? createdAt : 0,
      addressLine === before?.addressLine ? before.addressLine : addressLine,
    );
  }

  get created_at(): string | null {
    return this.createdAt === 0 ? null : `${new Date(this.createdAt * 1000).toISOString().slice(0, 19)}Z`;
  }

  get addresses(): readonly string[] {
    return this.addressLine === '' ? [] : this.addressLine.split(' ');
  }

  renamed(name: string): LiveContainer {
    const { status, image, cpu_limit, memory_limit, snapshots, migration, createdAt, addressLine } = this;
    return new LiveContainer(
      name,
      status,
      image,
      cpu_limit,
      memory_limit,
      snapshots,
      migration,
      createdAt,
      addressLine,
    );
  }

  isAs(other: LiveContainer): boolean {
    return (
      this.status === other.status &&
      this.image === other.image &&
      this.cpu_limit === other.cpu_limit &&
      this.memory_limit === other.memory_limit &&
      this.snapshots === other.snapshots &&
      this.migration === other.migration &&
      this.createdAt === other.createdAt &&
      this.addressLine === other.addressLine
    );
  }

  /** Whatever makes JSON of it shows it so. */
  toJSON(): ContainerView {
    const { name, status, created_at, image, addresses, cpu_limit, memory_limit, snapshots, migration } =
      this;
    return { name, status, created_at, image, addresses, cpu_limit, memory_limit, snapshots, migration };
  }
}

function addressLineOf(addresses: readonly string[]): string {
  if (addresses.length === 0) return '';
  return addresses
    .slice(0, addressesMax)
    .filter((address) => addressPattern.test(address))
    .join(' ');
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
  return before.isAs(now) ? undefined : 'changed';
}
