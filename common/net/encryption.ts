/**
 * The tunnels of networks whose frames are encrypted between the hosts, by WireGuard. One interface serves all networks of
 * a host. There is a second one while keys change: so frames with the old keys and with the new ones are accepted at once.
 *
 * All hosts use keys of one epoch together. Inside, each host has an IPv6 address that follows from its own one between
 * the hosts, so nothing has to be allocated.
 */
import { ipv4Number } from './subnet.js';

/** The addresses of hosts inside. They exist on the hosts' tunnels alone. */
export const insidePrefix = 'fdc0:9a5e:e700::/96';

/** Throws for anything that is not an IPv4 address. As the kernel writes it. */
export function insideAddressOf(underlay: string): string {
  const number = ipv4Number(underlay);
  if (number === undefined) throw new Error(`${underlay} is no IPv4 address`);
  return `fdc0:9a5e:e700::${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`;
}

/** The interfaces. Their names are none that LXD removes with a network of its own. */
export const insideDevices = ['cwg0', 'cwg1'] as const;
/** The UDP ports of the interfaces. */
export const insidePorts = [51_841, 51_842] as const;

export function insideDeviceOf(epoch: number): (typeof insideDevices)[number] {
  return insideDevices[epoch % 2 === 0 ? 0 : 1];
}

export function insidePortOf(epoch: number): number {
  return insidePorts[epoch % 2 === 0 ? 0 : 1];
}

/** What WireGuard takes of each packet over IPv4: 20 bytes of IP, 8 of UDP, and 32 of its own. */
export const sealBytes = 60;
/** What WireGuard takes, and VXLAN over IPv6. */
export const encryptedOverheadBytes = sealBytes + 70;

export const epochMax = 2 ** 31 - 1;

/** 32 bytes in base64. */
export const publicKeyPattern = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;
