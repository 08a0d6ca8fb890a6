/** IPv4 addresses as numbers, and subnets: arithmetic for networks over several hosts. */
import { isIPv4 } from 'node:net';

export interface Subnet {
  /** Its first address. */
  readonly base: number;
  readonly bits: number;
}

/** Undefined for anything else than an IPv4 address. */
export function ipv4Number(text: string): number | undefined {
  if (!isIPv4(text)) return undefined;
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function ipv4Text(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** Undefined unless it is ADDRESS/BITS with no bit set behind the prefix. */
export function parseSubnet(text: string): Subnet | undefined {
  const [, address = '', length = ''] = /^([0-9.]{7,15})\/(0|[1-9]\d?)$/.exec(text) ?? [];
  const [base, bits] = [ipv4Number(address), Number(length)];
  if (base === undefined || length === '' || bits > 32) return undefined;
  return base % sizeOf({ bits }) === 0 ? { base, bits } : undefined;
}

export function sizeOf({ bits }: Pick<Subnet, 'bits'>): number {
  return 2 ** (32 - bits);
}

export function lastOf(subnet: Subnet): number {
  return subnet.base + sizeOf(subnet) - 1;
}

export function overlap(one: Subnet, other: Subnet): boolean {
  return one.base <= lastOf(other) && other.base <= lastOf(one);
}

export function isWithin(address: number, subnet: Subnet): boolean {
  return address >= subnet.base && address <= lastOf(subnet);
}
