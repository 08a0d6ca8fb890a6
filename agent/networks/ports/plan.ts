/**
 * Which ports a host forwards, and the rules for that. Pure functions.
 *
 * A port that is forwarded already stays so when a program begins to listen there later; a new one is not forwarded
 * where somebody listens: nothing of the host's own is harmed.
 */
import { bridgeOf, isUsable, parseNetworkSubnet } from '../../../common/net/networks.js';
import { portText, protocols } from '../../../common/net/ports.js';
import { ipv4Number } from '../../../common/net/subnet.js';
import type { HostNetwork } from '../desired.js';
import type { NftTable } from '../nft.js';
import type { Listener } from './listeners.js';
import { keyOf, type ForwardedPort } from './ports.js';

export interface PortProblem {
  readonly port: ForwardedPort;
  readonly isForwarded: boolean;
  /** `owner`: how the program with the socket is called. */
  readonly message: (owner: string) => string;
  /** Of that socket; absent when there is none. */
  readonly inode?: number;
}

export interface PortPlan {
  readonly forwarded: readonly ForwardedPort[];
  readonly problems: readonly PortProblem[];
}

interface Facts {
  readonly networks: readonly HostNetwork[];
  /** The keys of those that are forwarded already. */
  readonly accepted: ReadonlySet<string>;
  readonly listeners: readonly Listener[];
}

export function planPorts(wanted: readonly ForwardedPort[], facts: Facts): PortPlan {
  const listenerOf = new Map(facts.listeners.map((each) => [keyOf(each), each]));
  const forwarded: ForwardedPort[] = [];
  const problems: PortProblem[] = [];
  for (const port of wanted) {
    const why = targetProblem(port, facts.networks);
    const listener = listenerOf.get(keyOf(port));
    const isForwarded = why === undefined && (!listener || facts.accepted.has(keyOf(port)));
    if (isForwarded) forwarded.push(port);
    if (why !== undefined) problems.push({ port, isForwarded, message: () => why });
    else if (listener) problems.push({ port, isForwarded, ...listenerProblem(port, listener, isForwarded) });
  }
  return { forwarded, problems };
}

function listenerProblem(port: ForwardedPort, { inode }: Listener, isForwarded: boolean) {
  const effect = isForwarded ? ', and is not reached while the port is published' : '';
  const message = (owner: string) => `${owner} listens on ${portText(port)} of the host${effect}`;
  return { message, inode };
}

/** A controller may send anything. No port leads to this host itself, or out of the networks. */
function targetProblem({ network: name, address }: ForwardedPort, networks: readonly HostNetwork[]) {
  const network = networks.find((each) => each.name === name);
  if (!network) return `this host does not have network "${name}" yet`;
  const subnet = parseNetworkSubnet(network.subnet);
  const isInside = subnet !== undefined && isUsable(ipv4Number(address) ?? 0, subnet);
  if (!isInside || address === network.address) return `${address} is not an address of a container`;
  return undefined;
}

export const portsTable: NftTable = { family: 'ip', name: 'copa_ports' };

/**
 * Before the daemon's own rules. Replies must come back through this host, so the container gets the packets from this
 * host's address in the network, which is right only because that one is unique. 127.0.0.0/8 is left out: such a packet
 * cannot leave the loopback interface. Undefined without ports.
 */
export function forwardRules(ports: readonly ForwardedPort[]): string | undefined {
  if (ports.length === 0) return undefined;
  const used = protocols.filter((protocol) => ports.some((each) => each.protocol === protocol));
  const bridges = [...new Set(ports.map(({ network }) => `"${bridgeOf(network)}"`))].sort().join(', ');
  const lines = (rule: (protocol: string) => string) => used.map((each) => `    ${rule(each)}\n`).join('');
  const sets = used.map((protocol) => {
    const own = ports.filter((each) => each.protocol === protocol).sort((a, b) => a.port - b.port);
    const targets = own.map(({ address, containerPort }) => `${address} . ${containerPort}`);
    return `  map ${protocol}_ports {
    type inet_service : ipv4_addr . inet_service
    elements = { ${own.map(({ port }, at) => `${port} : ${targets[at] ?? ''}`).join(', ')} }
  }
  set ${protocol}_targets {
    type ipv4_addr . inet_service
    elements = { ${[...new Set(targets)].sort().join(', ')} }
  }
`;
  });
  return `table ip ${portsTable.name} {
${sets.join('')}  chain prerouting {
    type nat hook prerouting priority -110; policy accept;
${lines((protocol) => `fib daddr type local dnat ip to ${protocol} dport map @${protocol}_ports`)}  }
  chain output {
    type nat hook output priority -110; policy accept;
    ip daddr 127.0.0.0/8 accept
${lines((protocol) => `fib daddr type local dnat ip to ${protocol} dport map @${protocol}_ports`)}  }
  chain postrouting {
    type nat hook postrouting priority 90; policy accept;
${lines((protocol) => `oifname { ${bridges} } ct status dnat ip daddr . ${protocol} dport @${protocol}_targets masquerade`)}  }
}
`;
}
