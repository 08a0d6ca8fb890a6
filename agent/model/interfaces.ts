/** The interfaces of a container on networks over several hosts: devices of its own, so that they travel with it. */
import { CopaError } from '../../common/errors.js';
import { bridgeOf, networkOfBridge } from '../../common/net/networks.js';
import type { Devices, Instance } from '../lxd/types.js';

export interface ContainerInterface {
  readonly network: string;
  /** Empty: it has no fixed one. */
  readonly address: string;
  readonly mac: string;
  readonly device: string;
}

type Device = Devices[string];

/** The daemon drops frames of this interface that come from another MAC or address than its own. */
export function nicOf({ network, address, mac, device }: ContainerInterface): Device {
  return {
    type: 'nic',
    network: bridgeOf(network),
    name: device,
    'ipv4.address': address,
    hwaddr: mac,
    'security.mac_filtering': 'true',
    'security.ipv4_filtering': 'true',
  };
}

/** By the device's name. */
export function nicsOf(interfaces: readonly ContainerInterface[]): Devices {
  return Object.fromEntries(interfaces.map((each) => [each.device, nicOf(each)]));
}

export function interfacesIn(devices: Devices): ContainerInterface[] {
  return Object.entries(devices).flatMap(([device, options]) => {
    const network = networkIn(options);
    if (network === undefined) return [];
    const { 'ipv4.address': address = '', hwaddr: mac = '' } = options;
    return [{ network, address, mac: mac.toLowerCase(), device }];
  });
}

/** The change that gives the container this interface; undefined when it has it. Throws `already_exists`. */
export function attached({ name, devices }: Instance, nic: ContainerInterface) {
  const there = devices[nic.device];
  const wanted = nicOf(nic);
  if (there && Object.entries(wanted).every(([key, value]) => there[key] === value)) return undefined;
  if (there && networkIn(there) !== nic.network) {
    throw new CopaError(
      'already_exists',
      `container "${name}" has a device "${nic.device}" of its own already: remove it, or choose another name (device)`,
    );
  }
  return { devices: { ...devices, [nic.device]: wanted } };
}

/** The change that removes its interfaces on this network; undefined when it has none of its own. */
export function detached({ devices }: Instance, network: string) {
  const kept = Object.entries(devices).filter(([, options]) => networkIn(options) !== network);
  return kept.length === Object.keys(devices).length ? undefined : { devices: Object.fromEntries(kept) };
}

function networkIn({ type, network, parent }: Device): string | undefined {
  return type === 'nic' ? networkOfBridge(network ?? parent ?? '') : undefined;
}
