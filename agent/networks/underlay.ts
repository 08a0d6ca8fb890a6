/** The interface that leads to the other hosts. */
import type { Actual } from './actual.js';

/** Of the interface with this address; undefined when no interface has it. */
export function underlayMtu(underlay: string, { addresses, links }: Actual): number | undefined {
  const device = addresses.find(({ address }) => address === underlay)?.device;
  return device === undefined ? undefined : links.get(device)?.mtu;
}
