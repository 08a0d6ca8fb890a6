/** A network over several hosts, and the addresses in it, as they are in the store. */
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';
import { epochMax, publicKeyPattern } from '../../common/net/encryption.js';
import { portMax, protocols } from '../../common/net/ports.js';
import { containerNamePattern, poolNamePattern } from '../../common/names.js';
import {
  interfaceNamePattern,
  macOf,
  macPattern,
  mtuMax,
  mtuMin,
  networkNamePattern,
  parseNetworkSubnet,
  vniMax,
  vniMin,
} from '../../common/net/networks.js';

const pool = z.string().regex(poolNamePattern);

const networkSchema = z.object({
  name: z.string().regex(networkNamePattern),
  subnet: z.string().refine((text) => parseNetworkSubnet(text) !== undefined),
  vni: z.int().min(vniMin).max(vniMax),
  /** Of packets in it, the same on all hosts. */
  mtu: z.int().min(mtuMin).max(mtuMax),
  /** Those that are to have it; `all`: also those that come later. */
  pools: z.union([z.literal('all'), z.array(pool)]),
  /** Frames between the hosts are encrypted. Absent: they are not. */
  isEncrypted: z.boolean().optional(),
  /** It is being removed from its hosts, and takes nothing new. */
  isDeleted: z.boolean(),
  /** ISO 8601. */
  createdAt: z.string(),
});

const epoch = z.int().min(1).max(epochMax);

/** Which keys all hosts of encrypted networks use. */
const epochsSchema = z.object({
  /** Whose keys encrypt. */
  epoch,
  /** Whose keys hosts accept as well: the next ones, or the last ones. 0: none. */
  otherEpoch: z.int().min(0).max(epochMax),
  /** Since when `epoch` is in use. ISO 8601. */
  since: z.string(),
});

/** The public keys of a host; the private ones never leave it. */
const hostKeysSchema = z.object({
  pool,
  keys: z.array(z.object({ epoch, publicKey: z.string().regex(publicKeyPattern) }).readonly()).readonly(),
});

export type Epochs = z.infer<typeof epochsSchema>;
export type HostKeys = z.infer<typeof hostKeysSchema>;
export type NetworkRecord = z.infer<typeof networkSchema>;

/** The address of a host itself. */
const hostLeaseSchema = z.object({
  kind: z.literal('host'),
  pool,
  /** At which other hosts reach it. */
  underlay: z.ipv4(),
  /** It has to remove the network; the address is free when it has done so. */
  isLeaving: z.boolean(),
  /** Its pool is being removed, which is over by then. ISO 8601. */
  departsUntil: z.string().optional(),
});

/** A port of hosts that leads to a container. */
const publishedPortSchema = z.object({
  protocol: z.enum(protocols),
  /** Of each host. No two containers have the same one on the same host. */
  port: z.int().min(1).max(portMax),
  /** Of the container. */
  containerPort: z.int().min(1).max(portMax),
  /** `all`: all hosts of the network, also those that come later. */
  pools: z.union([z.literal('all'), z.array(pool).readonly()]),
});

/** The address of a container, which it keeps wherever it is. */
const containerLeaseSchema = z.object({
  kind: z.literal('container'),
  container: z.string().regex(containerNamePattern),
  /** Where frames for it are sent. */
  pool,
  mac: z.string().regex(macPattern),
  device: z.string().regex(interfaceNamePattern),
  /** It was seen on a host. Before that, the address is reserved for it since then. */
  isSeen: z.boolean(),
  at: z.string(),
  /** They belong to the address, so they move with the container and end with it. Absent: none. */
  ports: z.array(publishedPortSchema).optional(),
});

const leaseSchema = z.discriminatedUnion('kind', [hostLeaseSchema, containerLeaseSchema]);

export type PublishedPort = z.infer<typeof publishedPortSchema>;
export type HostLease = z.infer<typeof hostLeaseSchema>;
export type ContainerLease = z.infer<typeof containerLeaseSchema>;
export type LeaseRecord = HostLease | ContainerLease;

/** Throws `internal`. */
export function decodeNetwork(value: unknown): NetworkRecord {
  return decoded(networkSchema, value);
}

/** Throws `internal`. */
export function decodeLease(value: unknown): LeaseRecord {
  return decoded(leaseSchema, value);
}

/** Throws `internal`. */
export function decodeEpochs(value: unknown): Epochs {
  return decoded(epochsSchema, value);
}

/** Throws `internal`. */
export function decodeHostKeys(value: unknown): HostKeys {
  return decoded(hostKeysSchema, value);
}

function decoded<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CopaError('internal', 'the store has an invalid network');
}

export function macOfLease(address: string, lease: LeaseRecord): string {
  return lease.kind === 'host' ? macOf(address) : lease.mac;
}
