/**
 * What this host is to have of networks over several hosts. All of it is checked here, whether a controller sent it or it
 * comes from this host's own file: programs get these values as arguments.
 */
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';
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
const stationSchema = z.object({ address, mac: z.string().regex(macPattern), underlay: address });

const networkSchema = z
  .object({
    name: z.string().regex(networkNamePattern),
    subnet: z.string().refine((text) => parseNetworkSubnet(text) !== undefined),
    vni: z.int().min(vniMin).max(vniMax),
    mtu: z.int().min(mtuMin).max(mtuMax),
    /** Of this host in the network. */
    address,
    /** Of this host between the hosts. */
    underlay: address,
    stations: z.array(stationSchema),
    members: z.array(address),
  })
  .refine(isConsistent, 'its addresses are not all in its subnet, or not all different');

export type HostNetwork = z.output<typeof networkSchema>;
export type Station = z.output<typeof stationSchema>;

const networksSchema = z
  .array(networkSchema)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two have the same name')
  .refine((all) => new Set(all.map(({ vni }) => vni)).size === all.length, 'two have the same VNI');

/** Throws `invalid_argument`. */
export function checkNetworks(given: unknown): readonly HostNetwork[] {
  const parsed = networksSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new CopaError('invalid_argument', `networks ${where} is not valid: ${issue?.message ?? ''}`);
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
