/** What prevents a network on a host. Nothing of the host's own is touched, so it is reported before anything is made. */
import { ipv4Number, isWithin, overlap, parseSubnet } from '../../common/net/subnet.js';
import { bridgeOf, overheadOf, parseNetworkSubnet, tunnelOf, vxlanPort } from '../../common/net/networks.js';
import type { Actual } from './actual.js';
import type { HostNetwork, NetworkFinding } from './desired.js';
import { foreignInside, insideFindings } from './encryption/plan.js';
import { underlayMtu } from './underlay.js';
import { isOurs, linkAlias, madeOf, type Made } from './plan.js';

interface Found {
  /** Nothing of this network is touched. */
  readonly blocks: boolean;
  readonly findings: readonly NetworkFinding[];
}

export function findingsOf(network: HostNetwork, made: readonly Made[], actual: Actual): Found {
  const isMade = made.some(({ name, vni }) => name === network.name && vni === network.vni);
  const ofOthers = [...ownerFindings(network, isMade, actual), ...foreignInside(network, actual)];
  const messages = [
    ...ofOthers,
    ...rangeFindings(network, isMade, actual),
    ...underlayFindings(network, actual),
    ...insideFindings(network, actual),
  ];
  return {
    // What came into the way of a network that works does not stop its upkeep.
    blocks: isMade ? ofOthers.length > 0 : messages.length > 0,
    findings: messages.map((message) => ({ network: network.name, message })),
  };
}

/** Something of that name belongs to the host. */
function ownerFindings({ name, vni }: HostNetwork, isMade: boolean, actual: Actual): string[] {
  const [bridge, tunnel] = [bridgeOf(name), tunnelOf(vni)];
  const network = actual.daemonNetworks.get(bridge);
  const found: string[] = [];
  if (network?.managed && !isOurs(network, vni))
    found.push(`the daemon has another network "${bridge}": delete or rename it, or choose another name`);
  else if (actual.links.has(bridge) && !isMade)
    found.push(`there is an interface "${bridge}" already: choose another name`);
  const link = actual.links.get(tunnel);
  if (link && link.alias !== linkAlias)
    found.push(`there is an interface "${tunnel}" already, and not of COPA`);
  for (const { name: other, vxlan } of actual.links.values()) {
    if (other !== tunnel && vxlan?.vni === vni && vxlan.port === vxlanPort)
      found.push(`interface "${other}" uses VNI ${vni} already`);
  }
  return found;
}

/** Addresses and routes of the host that are in the network's subnet. */
function rangeFindings(network: HostNetwork, isMade: boolean, actual: Actual): string[] {
  const subnet = parseNetworkSubnet(network.subnet);
  if (!subnet) return [];
  const bridge = bridgeOf(network.name);
  const { gateway } = madeOf(network);
  const isOwn = (device: string, address: string) =>
    isMade && (device === bridge || (device === 'lo' && address === gateway));
  const addresses = actual.addresses
    .filter(({ device, address }) => isWithin(ipv4Number(address) ?? 0, subnet) && !isOwn(device, address))
    .map(({ device, address }) => `address ${address} of interface "${device}" is in ${network.subnet}`);
  const routes = actual.routes
    .filter(({ device }) => device !== bridge)
    .filter(({ subnet: text }) => {
      const other = parseSubnet(text.includes('/') ? text : `${text}/32`);
      return other !== undefined && overlap(other, subnet);
    })
    .map(
      ({ subnet: text, device }) =>
        `route ${text} over interface "${device}" overlaps with ${network.subnet}`,
    );
  const daemons = [...actual.daemonNetworks.values()].flatMap(({ name, config }) => {
    const [address = '', bits = ''] = (config?.['ipv4.address'] ?? '').split('/');
    const base = ipv4Number(address);
    if (name === bridge || base === undefined) return [];
    const other = { base: base - (base % 2 ** (32 - Number(bits))), bits: Number(bits) };
    return overlap(other, subnet) ? [`network "${name}" of the daemon overlaps with ${network.subnet}`] : [];
  });
  return [...new Set([...addresses, ...(addresses.length > 0 ? [] : [...routes, ...daemons])])];
}

function underlayFindings({ underlay, mtu, encryption }: HostNetwork, actual: Actual): string[] {
  const mtuHere = underlayMtu(underlay, actual);
  if (mtuHere === undefined)
    return [`${underlay}, at which the controller reaches this host, is not an address of the host itself`];
  const carried = mtuHere - overheadOf(encryption !== undefined);
  if (carried >= mtu) return [];
  return [`packets of the network have up to ${mtu} bytes, and this host can carry ${carried}`];
}
