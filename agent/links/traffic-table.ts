/**
 * The table of nftables that counts the traffic with peers, and how its counters are read. It only counts: no rule of it accepts
 * or drops anything, and nothing of the host's own is changed.
 */
import { z } from 'zod';

export const tableName = 'copa_links';

/** Bytes since the counter was created. */
export interface Traffic {
  readonly received: number;
  readonly sent: number;
}

/** Replaces the table as a whole, so that its state is that of the peers. Counters begin at zero. */
export function tableFor(addresses: readonly string[]): string {
  const elements = addresses.length > 0 ? ` elements = { ${addresses.join(', ')} }` : '';
  const set = (name: string) => `  set ${name} { type ipv4_addr; counter;${elements} }`;
  return [
    removal(),
    `table ip ${tableName} {`,
    set('received'),
    set('sent'),
    // Early and late, so that it also sees what is forwarded to containers, and with the addresses on the wire.
    '  chain incoming { type filter hook prerouting priority -300; policy accept; ip saddr @received; }',
    '  chain outgoing { type filter hook postrouting priority 300; policy accept; ip daddr @sent; }',
    '}',
    '',
  ].join('\n');
}

/** Also right when there is no such table. */
export function removal(): string {
  return `table ip ${tableName}\ndelete table ip ${tableName}\n`;
}

const element = z.object({
  elem: z.object({ val: z.string(), counter: z.object({ bytes: z.number() }) }),
});
const listing = z.object({
  nftables: z.array(
    z.object({ set: z.object({ name: z.string(), elem: z.array(element).default([]) }).optional() }),
  ),
});

/** The counters by address, from `nft --json list table`. Throws for other output. */
export function trafficIn(json: string): ReadonlyMap<string, Traffic> {
  const found = new Map<string, Traffic>();
  for (const { set } of listing.parse(JSON.parse(json)).nftables) {
    if (set?.name !== 'received' && set?.name !== 'sent') continue;
    for (const { elem } of set.elem) {
      const known = found.get(elem.val) ?? { received: 0, sent: 0 };
      found.set(elem.val, { ...known, [set.name]: elem.counter.bytes });
    }
  }
  return found;
}
