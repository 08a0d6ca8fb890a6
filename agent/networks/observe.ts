/** Reads what the host has, by the JSON of `ip` and `bridge`. It changes nothing. */
import { tunnelOf } from '../../common/net/networks.js';
import { describeDaemon, type DaemonKind } from '../lxd/daemon.js';
import type { LxdClient } from '../lxd/client.js';
import { listNetworks } from '../lxd/networks.js';
import type { Network } from '../lxd/types.js';
import { type Actual, type Link, type Tables } from './actual.js';
import { observeInside, type Way } from './encryption/observe.js';
import { readTable } from './nft.js';
import { guardTable } from './plan.js';
import type { RunProgram } from './programs.js';

export interface Host {
  readonly run: RunProgram;
  readonly lxd: LxdClient;
}

interface LinkJson {
  readonly ifname: string;
  readonly mtu?: number;
  readonly flags?: readonly string[];
  readonly master?: string;
  readonly ifalias?: string;
  readonly inet6_addr_gen_mode?: string;
  readonly linkinfo?: {
    readonly info_kind?: string;
    readonly info_data?: VxlanJson;
    readonly info_slave_kind?: string;
    readonly info_slave_data?: PortJson;
  };
}

interface VxlanJson {
  readonly id?: number;
  readonly local?: string;
  /** Over IPv6. */
  readonly local6?: string;
  readonly port?: number;
  readonly learning?: boolean;
  readonly proxy?: boolean;
}

interface PortJson {
  readonly learning?: boolean;
  readonly flood?: boolean;
  readonly mcast_flood?: boolean;
  readonly bcast_flood?: boolean;
}

interface AddressJson {
  readonly ifname: string;
  readonly addr_info?: readonly {
    readonly family?: string;
    readonly local?: string;
    readonly prefixlen?: number;
  }[];
}

interface ForwardingJson {
  readonly mac: string;
  readonly dst?: string;
  readonly flags?: readonly string[];
  readonly master?: string;
  readonly state?: string;
}

/** What is of interest. */
export interface Scope {
  /** Of the tunnels whose tables are read. */
  readonly vnis: readonly number[];
  /** Absent: encrypted tunnels are of none. */
  readonly way?: (() => Promise<Way>) | undefined;
}

/** Everything of the host. */
export function observe({ run, lxd }: Host, scope: Scope): Promise<Actual> {
  const daemon = Promise.all([describeDaemon(lxd), listNetworks(lxd)]);
  return observeHost(
    run,
    daemon.then(([{ kind }, networks]) => ({ kind, networks })),
    scope,
  );
}

interface DaemonPart {
  readonly kind: DaemonKind | undefined;
  readonly networks: readonly Network[];
}

/** As `observe`, with this of the daemon. */
export async function observeHost(
  run: RunProgram,
  daemonPart: Promise<DaemonPart>,
  { vnis, way }: Scope,
): Promise<Actual> {
  const [links, addresses, routes, daemon, guard] = await Promise.all([
    json<LinkJson>(run, 'ip', '-json -details link show'),
    json<AddressJson>(run, 'ip', '-json -4 addr show'),
    json<{ dst: string; dev?: string }>(run, 'ip', '-json -4 route show'),
    daemonPart,
    readTable(run, guardTable),
  ]);
  const names = new Set(links.map(({ ifname }) => ifname));
  const there = vnis.filter((vni) => names.has(tunnelOf(vni)));
  const inside = way && (await observeInside(run, names, way));
  return {
    ...(inside ? { inside } : {}),
    links: new Map(links.map((link) => [link.ifname, linkOf(link)])),
    addresses: addresses.flatMap(({ ifname, addr_info = [] }) =>
      addr_info.flatMap(({ family, local, prefixlen }) =>
        family === 'inet' && local !== undefined
          ? [{ device: ifname, address: local, bits: prefixlen ?? 32 }]
          : [],
      ),
    ),
    routes: routes.flatMap(({ dst, dev = '' }) => (dst === 'default' ? [] : [{ subnet: dst, device: dev }])),
    daemon: daemon.kind,
    daemonNetworks: new Map(daemon.networks.map((network) => [network.name, network])),
    tables: await observeTables(run, there),
    guard,
  };
}

/** The tables of these VNIs' tunnels. One that does not exist has empty ones. */
export async function observeTables(
  run: RunProgram,
  vnis: readonly number[],
): Promise<ReadonlyMap<string, Tables>> {
  return new Map(
    await Promise.all(vnis.map(async (vni) => [tunnelOf(vni), await tablesOf(run, tunnelOf(vni))] as const)),
  );
}

async function tablesOf(run: RunProgram, device: string): Promise<Tables> {
  const [entries, neighbours] = await Promise.all([
    json<ForwardingJson>(run, 'bridge', `-json fdb show dev ${device}`),
    json<{ dst: string; lladdr?: string; state?: readonly string[] }>(
      run,
      'ip',
      `-json -4 neigh show dev ${device}`,
    ),
  ]);
  const tunnel = new Map<string, string[]>();
  const bridge = new Set<string>();
  for (const { mac, dst, flags = [], master, state } of entries) {
    if (flags.includes('self') && dst !== undefined) tunnel.set(mac, [...(tunnel.get(mac) ?? []), dst]);
    // The tunnel's own address is a permanent entry of the kernel.
    if (master !== undefined && state !== 'permanent') bridge.add(mac);
  }
  const permanent = neighbours.filter(({ state }) => state?.includes('PERMANENT'));
  return {
    tunnel,
    bridge,
    neighbours: new Map(permanent.map(({ dst, lladdr = '' }) => [dst, lladdr])),
  };
}

function linkOf({
  ifname,
  mtu = 0,
  flags = [],
  master = '',
  ifalias = '',
  linkinfo,
  ...rest
}: LinkJson): Link {
  const {
    info_kind: kind = '',
    info_data: data,
    info_slave_kind: slave,
    info_slave_data: port,
  } = linkinfo ?? {};
  return {
    name: ifname,
    kind,
    mtu,
    isUp: flags.includes('UP'),
    master,
    alias: ifalias,
    generatesAddresses: rest.inet6_addr_gen_mode !== 'none',
    ...(kind === 'vxlan' && data ? { vxlan: vxlanOf(data) } : {}),
    ...(slave === 'bridge' && port ? { port: portOf(port) } : {}),
  };
}

function vxlanOf({ id = 0, local, local6 = '', port = 0, learning = true, proxy = false }: VxlanJson) {
  return { vni: id, local: local ?? local6, port, learns: learning, isProxy: proxy };
}

function portOf({ learning = true, flood = true, mcast_flood: multicast = true, bcast_flood }: PortJson) {
  return {
    learns: learning,
    floods: flood,
    floodsMulticast: multicast,
    floodsBroadcast: bcast_flood ?? false,
  };
}

/** Without any entry, `ip` prints nothing, or a list of empty objects. */
async function json<Item>(run: RunProgram, program: 'ip' | 'bridge', line: string): Promise<readonly Item[]> {
  const text = await run(program, line.split(' '));
  if (text.trim() === '') return [];
  const items = JSON.parse(text) as readonly Item[];
  return items.filter((item) => Object.keys(item as object).length > 0);
}
