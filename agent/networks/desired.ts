/**
 * What this host is to have of networks over several hosts. All of it is checked here, whether a controller sent it or it
 * comes from this host's own file: programs get these values as arguments.
 */
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';
import { epochMax, publicKeyPattern } from '../../common/net/encryption.js';
import { ipv4Number } from '../../common/net/subnet.js';
import {
  isUsable,
  macPattern,
  mtuMax,
  mtuMin,
  networkNamePattern,
  parseNetworkSubnet,
  vniMax,
  vniMin,
} from '../../common/net/networks.js';

const address = z.ipv4();
const stationSchema = z.object({
  address,
  mac: z.string().regex(macPattern),
  underlay: address,
  /** It is that host itself. */
  isHost: z.boolean().default(false),
});

const epoch = z.int().min(1).max(epochMax);

const encryptionSchema = z.object({
  underlay: address,
  epoch,
  /** 0: none. */
  otherEpoch: z.int().min(0).max(epochMax),
  peers: z.array(z.object({ underlay: address, epoch, publicKey: z.string().regex(publicKeyPattern) })),
});

/** Its stations are the changes since a generation that this host has confirmed; 0: all there are. */
const changeSchema = z
  .object({
    name: z.string().regex(networkNamePattern),
    subnet: z.string().refine((text) => parseNetworkSubnet(text) !== undefined),
    vni: z.int().min(vniMin).max(vniMax),
    mtu: z.int().min(mtuMin).max(mtuMax),
    /** Of this host in the network. */
    address,
    /** Of this host between the hosts. It is in `encryption` where that is sent. */
    underlay: z.string(),
    stations: z.array(stationSchema),
    members: z.array(address),
    encryption: encryptionSchema.nullish(),
    since: z.int().nonnegative().default(0),
    /** Addresses that have no station any more. */
    gone: z.array(address).default([]),
  })
  .transform(({ encryption, underlay, ...network }) => ({
    ...network,
    ...(encryption ? { underlay: encryption.underlay, encryption } : { underlay }),
  }))
  .refine(({ underlay }) => address.safeParse(underlay).success, 'underlay is no IPv4 address');

export type Encryption = z.output<typeof encryptionSchema>;
export type HostNetwork = Omit<z.output<typeof changeSchema>, 'encryption' | 'since' | 'gone'> & {
  /** Absent: frames between the hosts are not encrypted. */
  readonly encryption?: Encryption;
};
type NetworkChange = HostNetwork & Pick<z.output<typeof changeSchema>, 'since' | 'gone'>;
export type Station = z.output<typeof stationSchema>;

const named = z.object({ name: z.string().regex(networkNamePattern) });

/** Those that can be made here, and why the others cannot: one that is not valid leaves the others alone. */
export interface CheckedNetworks {
  readonly networks: readonly HostNetwork[];
  readonly refused: readonly NetworkFinding[];
}

export interface NetworkFinding {
  readonly network: string;
  readonly message: string;
}

/** The network that this host has of that generation or a later one, but none that is later than what is sent now. */
export type Base = (network: {
  readonly name: string;
  readonly vni: number;
  readonly since: number;
}) => HostNetwork | undefined;

/** Throws `invalid_argument` for what is no list of networks with names. */
export function checkNetworks(given: unknown): CheckedNetworks {
  const checked = checkChanges(given, () => undefined);
  if (checked) return checked;
  throw new CopaError('invalid_argument', 'networks are not whole: all of their stations are expected');
}

/** The same of changes. Undefined when this host does not have what they would be added to. */
export function checkChanges(given: unknown, base: Base): CheckedNetworks | undefined {
  const list = z.array(named).safeParse(given);
  if (!list.success)
    throw new CopaError('invalid_argument', `networks ${described(list.error)}: a list is expected`);
  const networks: HostNetwork[] = [];
  const refused: NetworkFinding[] = [];
  for (const [at, { name }] of list.data.entries()) {
    const parsed = changeSchema.safeParse((given as readonly unknown[])[at]);
    const refuse = (problem: string) =>
      refused.push({ network: name, message: `what the controller sent is refused: ${problem}` });
    if (!parsed.success) {
      refuse(described(parsed.error));
      continue;
    }
    const network = changed(parsed.data, base);
    if (!network) return undefined;
    const problem = isConsistent(network)
      ? clash(network, networks)
      : 'it is not valid: its addresses are not all in its subnet, or not all different';
    if (problem === undefined) networks.push(network);
    else refuse(problem);
  }
  return { networks, refused };
}

/** The whole network after a change: one that changes nothing is all there is. */
function changed({ since, gone, ...network }: NetworkChange, base: Base): HostNetwork | undefined {
  const before = since === 0 ? { stations: [] } : base({ ...network, since });
  if (!before) return undefined;
  const replaced = new Set([...gone, ...network.stations.map((station) => station.address)]);
  const kept = before.stations.filter((station) => !replaced.has(station.address));
  return { ...network, stations: [...kept, ...network.stations] };
}

/** What two of them cannot share. */
function clash({ name, vni }: HostNetwork, others: readonly HostNetwork[]): string | undefined {
  if (others.some((other) => other.name === name)) return 'two have this name';
  const other = others.find((each) => each.vni === vni);
  return other && `network "${other.name}" has the same VNI ${vni}`;
}

function described({ issues }: z.ZodError): string {
  const [issue] = issues;
  return `${issue?.path.join('.') ?? ''} is not valid: ${issue?.message ?? ''}`.trimStart();
}

function isConsistent(network: {
  readonly subnet: string;
  readonly address: string;
  readonly stations: readonly Station[];
}): boolean {
  const subnet = parseNetworkSubnet(network.subnet);
  const addresses = [network.address, ...network.stations.map((station) => station.address)];
  const macs = network.stations.map(({ mac }) => mac);
  const areInside = addresses.every((text) => subnet && isUsable(ipv4Number(text) ?? 0, subnet));
  return areInside && new Set(addresses).size === addresses.length && new Set(macs).size === macs.length;
}
