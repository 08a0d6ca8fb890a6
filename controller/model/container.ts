/** A container in the inventory: what an agent reported, and which events a change causes. */
import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { labelsIn, type Labels } from '../../common/labels.js';
import { containerNamePattern } from '../../common/names.js';
import { keptRulesIn, ruleNames, type KeptRules } from '../../common/placement-rules.js';
import { interfaceNamePattern, macPattern, networkNamePattern } from '../../common/net/networks.js';
import type { Container__Output } from '../../proto/gen/copa/agent/v1/Container.js';
import type { NetworkInterface__Output } from '../../proto/gen/copa/agent/v1/NetworkInterface.js';
import type { ReplyOf } from './reply.js';

export const labelsSchema = z.record(z.string(), z.string()).meta({ id: 'Labels' });

export const containerSchema = z
  .object({
    name: z.string(),
    status: z.string().describe('As the daemon reports it: Running, Stopped, Frozen, ...'),
    created_at: z.string().nullable().describe('ISO 8601, to the second.'),
    image: z.string().nullable().describe('The description of its image.'),
    addresses: z.array(z.string()).describe('Addresses that other machines can reach, IPv4 first.'),
    cpu_limit: z.string().nullable(),
    memory_limit: z.string().nullable(),
    snapshots: z.int(),
    labels: labelsSchema,
    rules: z
      .partialRecord(z.enum(ruleNames), z.string())
      .describe(
        'The rules of its placement, which moves to `@any` and `@GROUP`, evacuations and rebalances keep.',
      ),
    migration: z.string().nullable().describe('The ID of the migration that holds it.'),
  })
  .meta({ id: 'Container' });

/** The REST representation. */
export type ContainerView = ReplyOf<typeof containerSchema>;

export const containerChanges = ['created', 'started', 'stopped', 'frozen', 'unfrozen', 'changed'] as const;
export type ContainerChange = (typeof containerChanges)[number];

/** Limit on an agent's strings. A hostile fleet must not fill the memory. */
const textMax = 200;
const addressesMax = 16;
const interfacesMax = 16;

/** The characters of an address. A value with any other character is dropped. */
const addressPattern = /^[0-9a-fA-F.:]{2,45}$/;

type InterfaceFields = readonly [network: string, address: string, mac: string, device: string];

/** On a network over several hosts. An address or a MAC is empty if it has no fixed one. */
export interface ContainerInterface {
  readonly network: string;
  readonly address: string;
  readonly mac: string;
  readonly device: string;
}

interface Counted {
  readonly labels: Labels;
  readonly rules: KeptRules;
  readonly interfaces: readonly ContainerInterface[];
}

type Fields = readonly [
  name: string,
  status: string,
  /** In seconds since 1970; 0 when unknown. */
  createdAt: number,
  image: string | null,
  addresses: readonly string[],
  cpuLimit: string | null,
  memoryLimit: string | null,
  snapshots: number,
  labels: Labels,
  rules: KeptRules,
  interfaces: readonly InterfaceFields[],
  migration: string | null,
];

/**
 * A stored container: one string of about 150 bytes. There may be half a million of them, and the garbage collector's
 * cost depends on the number of objects. An object with its strings would be three objects.
 */
export class ContainerLine {
  constructor(readonly line: string) {}

  /** Undefined when the name is not valid for a container. */
  static from(reported: Container__Output): ContainerLine | undefined {
    if (!containerNamePattern.test(reported.name)) return undefined;
    const { name, createdAt, snapshots } = reported;
    return ContainerLine.of([
      name,
      cut(reported.status),
      createdAt > 0 && createdAt < 1e11 ? createdAt : 0,
      optional(reported.image),
      reported.addresses.slice(0, addressesMax).filter((address) => addressPattern.test(address)),
      optional(reported.cpuLimit),
      optional(reported.memoryLimit),
      snapshots,
      labelsIn(reported.labels),
      keptRulesIn(reported.rules),
      reported.interfaces.slice(0, interfacesMax).flatMap(interfaceFields),
      optional(reported.migrationId),
    ]);
  }

  private static of(fields: Fields): ContainerLine {
    return new ContainerLine(JSON.stringify(fields));
  }

  get name(): string {
    return this.line.slice(2, this.line.indexOf('"', 2));
  }

  get status(): string {
    return this.#fields[1];
  }

  get labels(): Labels {
    return this.#fields[8];
  }

  get rules(): KeptRules {
    return this.#fields[9];
  }

  /** What is counted over all containers, taken apart once. */
  get counted(): Counted {
    const fields = this.#fields;
    const interfaces = fields[10].map(([network, address, mac, device]) => ({
      network,
      address,
      mac,
      device,
    }));
    return { labels: fields[8], rules: fields[9], interfaces };
  }

  /** Read without taking the whole line apart: the migration is its last field. */
  get isMarked(): boolean {
    return !this.line.endsWith(',null]');
  }

  renamed(name: string): ContainerLine {
    const [, ...rest] = this.#fields;
    return ContainerLine.of([name, ...rest]);
  }

  /** The JSON representation. */
  toJSON(): ContainerView {
    const [name, status, createdAt, image, addresses, ...rest] = this.#fields;
    const [cpu_limit, memory_limit, snapshots, labels, rules, , migration] = rest;
    const created_at = createdAt === 0 ? null : `${new Date(createdAt * 1000).toISOString().slice(0, 19)}Z`;
    return {
      ...{
        name,
        status,
        created_at,
        image,
        addresses,
        cpu_limit,
        memory_limit,
        snapshots,
        labels,
        rules,
        migration,
      },
    };
  }

  get #fields(): Fields {
    return JSON.parse(this.line) as Fields;
  }
}

function interfaceFields({ network, address, mac, device }: NetworkInterface__Output): InterfaceFields[] {
  if (!networkNamePattern.test(network) || !interfaceNamePattern.test(device)) return [];
  return [[network, isIPv4(address) ? address : '', macPattern.test(mac) ? mac : '', device]];
}

/** The prefix of the string for exactly one name, because a name contains no quotes. */
export const lineStartOf = (name: string) => `["${name}",`;

export const cut = (text: string) => (text.length > textMax ? text.slice(0, textMax) : text);
const optional = (text: string) => (text === '' ? null : cut(text));

/** The event between two states of a container; undefined when nothing reportable changed. */
export function changeBetween(
  before: ContainerLine | undefined,
  now: ContainerLine,
): ContainerChange | undefined {
  if (!before) return 'created';
  if (before.line === now.line) return undefined;
  const [was, is] = [before.status, now.status];
  if (was === is) return 'changed';
  switch (is) {
    case 'Running':
      return was === 'Frozen' ? 'unfrozen' : 'started';
    case 'Stopped':
      return 'stopped';
    case 'Frozen':
      return 'frozen';
    default:
      return 'changed';
  }
}
