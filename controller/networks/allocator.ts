/** Which addresses, subnets and VNIs are free. Pure functions: a transaction makes them ours. */
import { CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import { ipv4Number, ipv4Text, overlap, parseSubnet, type Subnet } from '../../common/net/subnet.js';
import { isUsable, usableIn, vniMax, vniMin } from '../../common/net/networks.js';

/** The lowest free address. Throws `resource_exhausted`. */
export function containerAddress(subnet: Subnet, taken: ReadonlySet<string>): string {
  const { first, last } = usableIn(subnet);
  for (let address = first; address <= last; address++) {
    const text = ipv4Text(address);
    if (!taken.has(text)) return text;
  }
  throw exhausted();
}

/** The highest free address: hosts come from the other end, so that both are easy to tell apart. */
export function hostAddress(subnet: Subnet, taken: ReadonlySet<string>): string {
  const { first, last } = usableIn(subnet);
  for (let address = last; address >= first; address--) {
    const text = ipv4Text(address);
    if (!taken.has(text)) return text;
  }
  throw exhausted();
}

/** Throws `invalid_argument` or `already_exists`. */
export function checkWantedAddress(subnet: Subnet, taken: ReadonlySet<string>, wanted: string): void {
  const address = ipv4Number(wanted);
  if (address === undefined || !isUsable(address, subnet)) {
    const { first, last } = usableIn(subnet);
    const rule = `an address from ${ipv4Text(first)} to ${ipv4Text(last)} is expected`;
    throw new CopaError('invalid_argument', `ip ${shown(wanted)} is not valid: ${rule}`);
  }
  if (taken.has(wanted)) throw new CopaError('already_exists', `address ${wanted} is in use already`);
}

/** The first usual subnet that overlaps with none of these. Throws `resource_exhausted`. */
export function freeSubnet(taken: readonly Subnet[]): string {
  for (let second = 50; second < 250; second++) {
    const text = `10.${second}.0.0/24`;
    const subnet = parseSubnet(text);
    if (subnet && !taken.some((other) => overlap(subnet, other))) return text;
  }
  throw new CopaError('resource_exhausted', 'no usual subnet is free: choose one with subnet');
}

/** At random: two installations on the same hosts would otherwise send each other their frames. */
export function freeVni(taken: ReadonlySet<number>, random: () => number): number {
  for (;;) {
    const vni = vniMin + Math.floor(random() * (vniMax - vniMin + 1));
    if (!taken.has(vni)) return vni;
  }
}

function exhausted(): CopaError {
  return new CopaError('resource_exhausted', 'all addresses of the network are in use');
}
