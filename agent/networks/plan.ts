/**
 * Which steps lead from what a host has to what it is to have. Pure functions. A step is idempotent, and each is there
 * only if something differs, so a host that is right gets no step.
 */
import type { Network } from '../lxd/types.js';
import {
  parseNetworkSubnet,
  bridgeOf,
  gatewayOf,
  macOf,
  tunnelOf,
  vxlanPort,
} from '../../common/net/networks.js';
import { insideAddressOf, insideDevices, insidePrefix } from '../../common/net/encryption.js';
import { noTables, type Actual, type Link, type Tables } from './actual.js';
import type { HostNetwork } from './desired.js';
import { dnsmasqLines } from './names/upstream.js';
import { replacement, type NftTable } from './nft.js';
import type { Program } from './programs.js';

export type Step =
  | { readonly do: 'create network'; readonly name: string; readonly config: Config }
  | { readonly do: 'change network'; readonly name: string; readonly config: Config }
  | { readonly do: 'delete network'; readonly name: string }
  | ProgramStep;

export interface ProgramStep {
  readonly do: 'run';
  readonly program: Program;
  readonly args: readonly string[];
  /** Its standard input. */
  readonly input?: string;
}

type Config = Readonly<Record<string, string>>;

/** A network that this agent has made, and that it may therefore remove. */
export interface Made {
  readonly name: string;
  readonly vni: number;
  readonly gateway: string;
}

/** The mark of our own interfaces. */
export const linkAlias = 'copa';
/** The mark of our own networks of the daemon. */
export const vniKey = 'user.copa.vni';
export const guardTable: NftTable = { family: 'inet', name: 'copa_overlay' };

const run = (program: 'ip' | 'bridge' | 'nft', line: string): ProgramStep => ({
  do: 'run',
  program,
  args: line.split(' '),
});

export function madeOf({ name, vni, subnet }: HostNetwork): Made {
  const parsed = parseNetworkSubnet(subnet);
  if (!parsed) throw new Error(`network ${name} has the unchecked subnet ${subnet}`);
  return { name, vni, gateway: gatewayOf(parsed) };
}

/** The network itself and its interfaces, without the entries of its tables. */
export function structureSteps(network: HostNetwork, actual: Actual): readonly Step[] {
  return [
    ...daemonSteps(network, actual),
    ...gatewaySteps(madeOf(network), actual),
    ...tunnelSteps(network, actual),
  ];
}

/** What does not need the daemon: it takes the bridge when it starts, with the tunnel in it. */
export function restoreSteps(network: HostNetwork, actual: Actual): readonly ProgramStep[] {
  const bridge = bridgeOf(network.name);
  const { mtu, address } = network;
  return [
    ...(actual.links.has(bridge)
      ? []
      : [
          run('ip', `link add ${bridge} address ${macOf(address)} mtu ${mtu} type bridge`),
          run('ip', `link set ${bridge} alias ${linkAlias}`),
        ]),
    ...gatewaySteps(madeOf(network), actual),
    ...tunnelSteps(network, actual),
  ];
}

/** The daemon's own settings of the network. It gives a container its address only if that is a fixed one. */
export function daemonConfig(network: HostNetwork, daemon: Actual['daemon']): Config {
  const { name, vni, mtu, address, subnet } = network;
  return {
    'ipv4.address': `${address}/${subnet.split('/')[1] ?? ''}`,
    'ipv4.nat': 'true',
    'ipv4.dhcp.gateway': madeOf({ ...network, name }).gateway,
    // The host's own address alone, which dnsmasq never gives away: no address without COPA's allocation.
    'ipv4.dhcp.ranges': `${address}-${address}`,
    // Names are COPA's, and the same on each host.
    'dns.mode': 'none',
    'raw.dnsmasq': dnsmasqLines(name, vni),
    'ipv6.address': 'none',
    'bridge.hwaddr': macOf(address),
    'bridge.mtu': String(mtu),
    [vniKey]: String(vni),
    // When it starts, Incus deletes the tunnels of its bridges, except those that are listed. It attaches them, too, and
    // LXD leaves what it does not know alone.
    ...(daemon === 'incus' ? { 'bridge.external_interfaces': tunnelOf(vni) } : {}),
  };
}

function daemonSteps(network: HostNetwork, { daemon, daemonNetworks, links }: Actual): Step[] {
  const name = bridgeOf(network.name);
  const config = daemonConfig(network, daemon);
  const there = daemonNetworks.get(name);
  if (!there) return [...restoredBridgeSteps(name, links), { do: 'create network', name, config }];
  const isRight = Object.entries(config).every(([key, value]) => there.config?.[key] === value);
  return isRight ? [] : [{ do: 'change network', name, config }];
}

/** A bridge that was restored at boot, and whose network the daemon does not have any more. */
function restoredBridgeSteps(name: string, links: Actual['links']): ProgramStep[] {
  return links.get(name)?.alias === linkAlias ? [run('ip', `link del ${name}`)] : [];
}

function gatewaySteps({ gateway }: Made, { addresses }: Actual): ProgramStep[] {
  const isThere = addresses.some(({ device, address }) => device === 'lo' && address === gateway);
  return isThere ? [] : [run('ip', `addr replace ${gateway}/32 dev lo`)];
}

function tunnelSteps(network: HostNetwork, { links }: Actual): ProgramStep[] {
  const { name, vni, mtu } = network;
  const [tunnel, bridge] = [tunnelOf(vni), bridgeOf(name)];
  const there = links.get(tunnel);
  const isKept = there !== undefined && isTunnel(there, network);
  if (isKept && isAttached(there, bridge)) return [];
  return [
    ...(there && !isKept ? [run('ip', `link del ${tunnel}`)] : []),
    ...(isKept
      ? []
      : [
          run(
            'ip',
            `link add ${tunnel} mtu ${mtu} type vxlan id ${vni} local ${farEnd(network, network.underlay)} dstport ${vxlanPort} nolearning proxy`,
          ),
          run('ip', `link set ${tunnel} alias ${linkAlias}`),
        ]),
    run('ip', `link set ${tunnel} addrgenmode none`),
    run('ip', `link set ${tunnel} master ${bridge}`),
    // Only possible for a port of a bridge. Frames to unknown receivers never leave this host.
    run('bridge', `link set dev ${tunnel} learning off flood off mcast_flood off bcast_flood on`),
    run('ip', `link set ${tunnel} up`),
  ];
}

function isTunnel({ kind, mtu, vxlan }: Link, network: HostNetwork): boolean {
  return (
    kind === 'vxlan' &&
    mtu === network.mtu &&
    vxlan?.vni === network.vni &&
    vxlan.local === farEnd(network, network.underlay) &&
    vxlan.port === vxlanPort &&
    vxlan.isProxy &&
    !vxlan.learns
  );
}

function isAttached({ isUp, master, port, generatesAddresses }: Link, bridge: string): boolean {
  const isQuiet = port && !port.learns && !port.floods && !port.floodsMulticast && port.floodsBroadcast;
  return isUp && master === bridge && isQuiet === true && !generatesAddresses;
}

/** The tables of a tunnel that has exactly the stations of its network. */
export function tablesOf(network: HostNetwork): Tables {
  const stations = behindFarEnds(network);
  return {
    tunnel: new Map(stations.map(({ mac, underlay }) => [mac, [underlay]])),
    bridge: new Set(stations.map(({ mac }) => mac)),
    neighbours: new Map(stations.map(({ address, mac }) => [address, mac])),
  };
}

function behindFarEnds(network: HostNetwork): Stations {
  const { stations, encryption } = network;
  if (!encryption) return stations;
  return stations.map((station) => ({ ...station, underlay: farEnd(network, station.underlay) }));
}

/** Where frames for a host are sent: into the encrypted tunnel, if the network has one. */
function farEnd({ encryption }: HostNetwork, underlay: string): string {
  return encryption ? insideAddressOf(underlay) : underlay;
}

/** The entries of the tunnel's tables: exactly those of the stations behind other hosts. */
export function tableSteps(network: HostNetwork, actual: Pick<Actual, 'tables'>): readonly ProgramStep[] {
  const dev = tunnelOf(network.vni);
  const stations = behindFarEnds(network);
  const there = actual.tables.get(dev) ?? noTables;
  const forwarding = [...staleForwarding(stations, there), ...missingForwarding(stations, there)];
  const neighbours = neighbourLines(stations, there);
  const batch = (program: 'ip' | 'bridge', lines: readonly string[]): ProgramStep[] =>
    lines.length === 0
      ? []
      : [
          {
            do: 'run',
            program,
            args: ['-force', '-batch', '-'],
            input: `${lines.map((line) => line.replace('DEV', dev)).join('\n')}\n`,
          },
        ];
  return [...batch('bridge', forwarding), ...batch('ip', neighbours)];
}

type Stations = HostNetwork['stations'];

function staleForwarding(stations: Stations, { tunnel, bridge }: Tables): string[] {
  const wanted = new Map(stations.map(({ mac, underlay }) => [mac, underlay]));
  const inTunnel = [...tunnel].flatMap(([mac, hosts]) =>
    hosts
      .filter((host) => wanted.get(mac) === undefined || (hosts.length > 1 && host !== wanted.get(mac)))
      .map((host) => `fdb del ${mac} dev DEV self dst ${host}`),
  );
  const inBridge = [...bridge]
    .filter((mac) => !wanted.has(mac))
    .map((mac) => `fdb del ${mac} dev DEV master`);
  return [...inTunnel, ...inBridge];
}

function missingForwarding(stations: Stations, { tunnel, bridge }: Tables): string[] {
  return stations
    .filter(({ mac, underlay }) => {
      const hosts = tunnel.get(mac) ?? [];
      return hosts.length !== 1 || hosts[0] !== underlay || !bridge.has(mac);
    })
    .map(({ mac, underlay }) => `fdb replace ${mac} dev DEV self master dst ${underlay} static`);
}

function neighbourLines(stations: Stations, { neighbours }: Tables): string[] {
  const wanted = new Map(stations.map(({ address, mac }) => [address, mac]));
  const stale = [...neighbours.keys()].filter((address) => !wanted.has(address));
  const missing = stations.filter(({ address, mac }) => neighbours.get(address) !== mac);
  return [
    ...stale.map((address) => `neigh del ${address} dev DEV`),
    ...missing.map(({ address, mac }) => `neigh replace ${address} lladdr ${mac} dev DEV nud permanent`),
  ];
}

/** Takes away exactly what was made, and only while it still has our mark. */
export function removalSteps(
  { name, vni, gateway }: Made,
  { links, addresses, daemonNetworks }: Actual,
): readonly Step[] {
  const [tunnel, bridge] = [tunnelOf(vni), bridgeOf(name)];
  const hasGateway = addresses.some(({ device, address }) => device === 'lo' && address === gateway);
  return [
    ...(links.get(tunnel)?.alias === linkAlias ? [run('ip', `link del ${tunnel}`)] : []),
    ...(isOurs(daemonNetworks.get(bridge), vni) ? [{ do: 'delete network', name: bridge } as const] : []),
    ...(daemonNetworks.has(bridge) ? [] : restoredBridgeSteps(bridge, links)),
    ...(hasGateway ? [run('ip', `addr del ${gateway}/32 dev lo`)] : []),
  ];
}

export function isOurs(network: Network | undefined, vni: number): boolean {
  return network?.config?.[vniKey] === String(vni);
}

/**
 * The rules that keep containers from forging frames: nobody but a member sends to the tunnels' port, and no packet for it
 * is forwarded from here. A sender's address counts only on the interface that leads to it. Undefined without networks.
 */
export function guardRules(networks: readonly HostNetwork[]): string | undefined {
  const members = [...new Set(networks.flatMap((network) => network.members))].sort();
  if (members.length === 0) return undefined;
  const sealed = networks.filter(({ encryption }) => encryption).map(({ vni }) => vni);
  const { forward, input, output } = sealed.length === 0 ? unsealed : sealRules(sealed);
  return `table inet ${guardTable.name} {
  set members { type ipv4_addr; elements = { ${members.join(', ')} } }
  chain forward {
    type filter hook forward priority -10; policy accept;
    udp dport ${vxlanPort} ip daddr @members counter drop
${forward}  }
  chain input {
    type filter hook input priority -10; policy accept;
${input}    udp dport ${vxlanPort} ip saddr != @members counter drop
    udp dport ${vxlanPort} fib saddr . iif oif missing counter drop
  }
${output}}
`;
}

const unsealed = { forward: '', input: '', output: '' };

/**
 * Of networks that are encrypted: their frames neither come nor leave in the clear, whoever sends them, and nothing but
 * frames of this host itself uses the encrypted tunnels. The VNI is in bytes 12 to 14 of a packet of UDP.
 */
function sealRules(vnis: readonly number[]) {
  const devices = `{ ${insideDevices.map((name) => `"${name}"`).join(', ')} }`;
  const frames = `udp dport ${vxlanPort} @th,96,24 { ${[...vnis].sort((a, b) => a - b).join(', ')} }`;
  return {
    forward: `    iifname ${devices} counter drop
    oifname ${devices} counter drop
    ip6 daddr ${insidePrefix} counter drop
    ${frames} counter drop
`,
    input: `    iifname ${devices} udp dport ${vxlanPort} ip6 saddr ${insidePrefix} accept
    iifname ${devices} counter drop
    ${frames} counter drop
`,
    output: `  chain output {
    type filter hook output priority -10; policy accept;
    oifname != ${devices} ${frames} counter drop
  }
`,
  };
}

export function guardStep(rules: string | undefined): ProgramStep {
  return { do: 'run', program: 'nft', args: ['-f', '-'], input: replacement(guardTable, rules) };
}
