/** A pool: a host that runs containers, with a name and an address. */
import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';
import { labelPattern, type Labels } from '../../common/labels.js';
import { poolNamePattern, shown } from '../../common/names.js';
import { translationsSchema, type Translations } from './mapping.js';
import { schedulingSchema, type Scheduling } from './scheduling.js';
import { limitsSchema, type Limits } from './slots.js';
import { formatAddress, parseIPv4Address, parsePort, splitAddress } from '../../common/net/address.js';

/** A host in the store. */
export interface HostRecord {
  readonly name: string;
  /** IPv4, with `:PORT` if given, as it was entered. */
  readonly address: string;
  /** ISO 8601. */
  readonly addedAt: string;
  /** From names on other hosts to names on this one, for all containers that move here; absent: none. */
  readonly translations?: Translations | undefined;
  /** Absent: none. */
  readonly labels?: Labels | undefined;
  /** How many migrations copy and cut over here at a time; absent: the defaults. */
  readonly limits?: Limits | undefined;
  /** Whether it takes new containers; absent: it does. */
  readonly scheduling?: Scheduling | undefined;
}

export interface Host extends HostRecord {
  /** The revision of etcd that wrote it. Of two records of one name, the one with the higher revision is newer. */
  readonly revision: number;
}

const recordSchema = z.object({
  name: z.string().regex(poolNamePattern),
  address: z.string().refine((address) => parseIPv4Address(address, 1) !== undefined),
  addedAt: z.string(),
  translations: translationsSchema.optional(),
  labels: z.record(z.string().regex(labelPattern), z.string().regex(labelPattern)).optional(),
  limits: limitsSchema.optional(),
  scheduling: schedulingSchema.optional(),
});

interface Stored {
  readonly key: string;
  readonly value: unknown;
  readonly revision: number;
}

/** The host in an entry of the store. Throws `internal` when something else is there, or the host of another key. */
export function decodeHost({ key, value, revision }: Stored): Host {
  const parsed = recordSchema.safeParse(value);
  if (!parsed.success || !key.endsWith(`/${parsed.data.name}`)) {
    throw new CopaError('internal', `the store has an invalid pool: ${shown(value)}`);
  }
  return { ...parsed.data, revision };
}

/**
 * IP:PORT, with the agents' default port if the address has none. Throws `internal` when `checkAddress` would reject
 * it.
 */
export function dialAddress(address: string, defaultPort: number): string {
  const parsed = parseIPv4Address(address, defaultPort);
  if (!parsed) throw new CopaError('internal', `the store has an invalid address: ${shown(address)}`);
  return formatAddress(parsed);
}

/** Throws `invalid_argument` unless this is one host's IPv4 address, with an optional port. */
export function checkAddress(field: string, address: string): void {
  const refuse = (why: string) => {
    throw new CopaError('invalid_argument', `${field} ${shown(address)} is not valid: ${why}`);
  };
  const { host = '', port } = splitAddress(address) ?? {};
  if (!isIPv4(host)) refuse('an IPv4 address is expected, as 192.0.2.7 or 192.0.2.7:8001');
  if (port !== undefined && (port.startsWith('0') || parsePort(port) === undefined)) {
    refuse('a port is a number from 1 to 65535');
  }
  const first = Number(host.split('.')[0]);
  if (first === 0) refuse('0.0.0.0/8 is not an address of a host');
  if (first >= 224) refuse('multicast, reserved and broadcast addresses are not addresses of a host');
}
