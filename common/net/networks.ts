/**
 * The rules of networks over several hosts, for both sides: the controller checks them for a clear error, and the agent
 * checks them again, because it is root on its host.
 */
import { encryptedOverheadBytes } from './encryption.js';
import { ipv4Number, ipv4Text, isWithin, lastOf, parseSubnet, type Subnet } from './subnet.js';

/**
 * A network is the bridge `copa-NAME` of each host, and a name of an interface has at most 15 characters. It has no dash,
 * because LXD 5.0.2 deletes interfaces whose names start with that of a network and a dash.
 */
export const networkNamePattern = /^[a-z][a-z0-9]{0,9}$/;
export const networkNameRule =
  'a name of a network has 1 to 10 lower-case letters and digits, and starts with a letter';

const bridgePrefix = 'copa-';

export function bridgeOf(network: string): string {
  return `${bridgePrefix}${network}`;
}

/** The network of a bridge; undefined for other bridges. */
export function networkOfBridge(bridge: string): string | undefined {
  const name = bridge.slice(bridgePrefix.length);
  return bridge.startsWith(bridgePrefix) && networkNamePattern.test(name) ? name : undefined;
}

/** The tunnel's interface. */
export function tunnelOf(vni: number): string {
  return `cvx${vni}`;
}

/** Small numbers are what people choose by hand. */
export const vniMin = 4096;
export const vniMax = 2 ** 24 - 1;

/** The UDP port of VXLAN. */
export const vxlanPort = 4789;

/** What the headers of VXLAN take of each packet. */
const overheadBytes = 50;

/** What is taken of each packet between the hosts. */
export function overheadOf(isEncrypted: boolean): number {
  return isEncrypted ? encryptedOverheadBytes : overheadBytes;
}

export const mtuMin = 1280;
export const mtuMax = 9000;

/** Of most links between hosts. */
export const underlayMtuUsual = 1500;

/** At most 16,381 containers and hosts, and at least 5. */
export const prefixBits = { min: 18, max: 29 } as const;
export const subnetRule = `a private IPv4 subnet with a prefix of ${prefixBits.min} to ${prefixBits.max} bits is expected, as 10.50.0.0/24`;

const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].flatMap(
  (text) => parseSubnet(text) ?? [],
);

/** Undefined for anything that cannot be the subnet of a network. */
export function parseNetworkSubnet(text: string): Subnet | undefined {
  const subnet = parseSubnet(text);
  if (!subnet || subnet.bits < prefixBits.min || subnet.bits > prefixBits.max) return undefined;
  return privateRanges.some((range) => isWithin(subnet.base, range)) ? subnet : undefined;
}

/** The address that containers use as their gateway: the same on each host, on its loopback interface. */
export function gatewayOf(subnet: Subnet): string {
  return ipv4Text(subnet.base + 1);
}

/** The addresses that hosts and containers may have: all but the subnet's own, its broadcast and the gateway. */
export function usableIn(subnet: Subnet): { readonly first: number; readonly last: number } {
  return { first: subnet.base + 2, last: lastOf(subnet) - 1 };
}

export function isUsable(address: number, subnet: Subnet): boolean {
  const { first, last } = usableIn(subnet);
  return address >= first && address <= last;
}

/** The MAC of whoever has this address. So one that is unique makes the other one unique, too. */
export function macOf(address: string): string {
  const number = ipv4Number(address) ?? 0;
  const bytes = [24, 16, 8, 0].map((shift) => ((number >>> shift) & 255).toString(16).padStart(2, '0'));
  return ['02', 'c0', ...bytes].join(':');
}

/** Lower-case, of one station: neither multicast nor zero. */
export const macPattern = /^(?!00:00:00:00:00:00)[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/;

/** Of an interface in a container. The kernel takes 15 characters. */
export const interfaceNamePattern = /^[a-z][a-z0-9]{0,14}$/;
export const interfaceNameRule = 'a name of an interface has 1 to 15 lower-case letters and digits';
