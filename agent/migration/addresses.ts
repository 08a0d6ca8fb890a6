/** Finds conflicts over fixed addresses and host ports: what a container wants, and what is in use on this host. */
import { BlockList, isIP, isIPv4 } from 'node:net';
import type { Finding } from '../model/finding.js';
import type { Devices } from '../lxd/types.js';

export interface KnownNetwork {
  readonly name: string;
  /** For a managed network, `ipv4.address` and `ipv6.address` give its subnets. */
  readonly config: Readonly<Record<string, string>>;
}

/** A container on this host, with the devices that may hold fixed addresses. */
export interface Neighbour {
  readonly name: string;
  readonly devices: Devices;
}

/** What listens on this host, as in "tcp 80", on any address. */
export type TakenPorts = ReadonlySet<string>;

const families = ['ipv4.address', 'ipv6.address'] as const;

/** Reports fixed addresses that are in use here, or outside the subnet of their network. */
export function addressFindings(
  devices: Devices,
  networks: readonly KnownNetwork[],
  neighbours: readonly Neighbour[],
): Finding[] {
  return nics(devices).flatMap(({ name, device, network }) =>
    families.flatMap((family) => {
      const address = device[family];
      if (!isFixed(address)) return [];
      const about = `the fixed address ${address} of device "${name}"`;
      const subnet = networks.find((each) => each.name === network)?.config[family];
      if (subnet !== undefined && isFixedSubnet(subnet) && !isInside(address, subnet)) {
        const message = `${about} is outside of the subnet ${subnet} of network "${network}" on the destination`;
        return [{ subject: 'networks', message }];
      }
      const owner = neighbours.find(({ devices: theirs }) =>
        nics(theirs).some((nic) => nic.network === network && nic.device[family] === address),
      );
      if (!owner) return [];
      const message = `${about} is taken on the destination by container "${owner.name}"`;
      return [{ subject: 'networks', message }];
    }),
  );
}

/** Reports host ports that proxy devices need and that are in use here. */
export function portFindings(devices: Devices, taken: TakenPorts): Finding[] {
  return Object.entries(devices).flatMap(([name, device]) => {
    if (device['type'] !== 'proxy' || device['bind'] === 'instance' || device['bind'] === 'guest') return [];
    return portsOf(device['listen'] ?? '')
      .filter((port) => taken.has(port))
      .map((port) => ({
        subject: 'devices',
        message: `device "${name}" listens on ${port.replace(' ', ' port ')} of the host, which is taken on the destination`,
      }));
  });
}

const portsMax = 1000;

/** The ports of an address like "tcp:0.0.0.0:80-90,443"; empty for a unix socket. */
export function portsOf(listen: string): string[] {
  const [, protocol, list] = /^(tcp|udp):.*:([\d,-]+)$/.exec(listen) ?? [];
  if (protocol === undefined || list === undefined) return [];
  return list.split(',').flatMap((part) => {
    const [first = NaN, last = first] = part.split('-').map(Number);
    if (!(last >= first) || last - first > portsMax) return [];
    return Array.from({ length: last - first + 1 }, (_, at) => `${protocol} ${first + at}`);
  });
}

/** The ports in `/proc/net/tcp` and similar files (proc(5)) that are listening (TCP) or bound (UDP). */
export function listeningPorts(protocol: 'tcp' | 'udp', table: string): string[] {
  const listens = protocol === 'tcp' ? '0A' : '07';
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    const port = Number.parseInt(local.split(':')[1] ?? '', 16);
    return state === listens && port > 0 ? [`${protocol} ${port}`] : [];
  });
}

function nics(devices: Devices) {
  return Object.entries(devices)
    .filter(([, device]) => device['type'] === 'nic')
    .map(([name, device]) => ({ name, device, network: device['network'] ?? device['parent'] ?? '' }));
}

function isFixed(address: string | undefined): address is string {
  return address !== undefined && address !== '' && address !== 'none' && address !== 'auto';
}

function isFixedSubnet(subnet: string): boolean {
  return isFixed(subnet) && subnet.includes('/');
}

/** Whether an address is in a subnet (10.0.0.1/24); nothing is in what is none. */
export function isInside(address: string, subnet: string): boolean {
  const [network = '', bits = ''] = subnet.split('/');
  if (isIP(network) === 0 || isIP(network) !== isIP(address)) return false;
  const family = isIPv4(network) ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}
