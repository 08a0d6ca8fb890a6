/** The rules of ports of hosts that lead to containers, for both sides. */
import { vxlanPort } from './networks.js';

export const protocols = ['tcp', 'udp'] as const;
export type Protocol = (typeof protocols)[number];

export const portMax = 65_535;

/** A port of a host, as in messages. */
export function portText({ protocol, port }: { readonly protocol: string; readonly port: number }): string {
  return `${protocol} port ${port}`;
}

/** What the hosts themselves need, though no program listens there. Undefined for all other ports. */
export function reservedFor(protocol: Protocol, port: number): string | undefined {
  return protocol === 'udp' && port === vxlanPort ? 'the tunnels between the hosts' : undefined;
}
