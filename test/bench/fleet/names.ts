// The names and addresses of simulated hosts.

import { macOf } from '../../../common/net/networks.js';

export const poolName = (index: number) => `pool-${String(index).padStart(5, '0')}`;
/** Each has its own loopback address, like real hosts. */
export const poolAddress = (index: number) =>
  `127.${16 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}:8001`;

/** The interface of a container on a network, whose addresses begin so, by its number in the whole fleet. */
export function interfaceOf(
  { name, prefix }: { readonly name: string; readonly prefix: string },
  index: number,
) {
  const number = index + 2;
  const address = `${prefix}.${number >> 8}.${number & 255}`;
  return { network: name, address, mac: macOf(address), device: 'eth0' };
}
