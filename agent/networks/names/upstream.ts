/**
 * How the daemon's dnsmasq of a network finds the names of its containers: it asks this agent, at an address of the
 * loopback interface that only this network has. So it is never restarted when a name changes, it needs no right to any
 * file, and an answer never mixes two networks.
 */

/** Below the ports that the kernel gives to outgoing sockets. */
export const namesPort = 14_789;

/** The VNI is in it. VNIs are above 4,096, so it is none of those that programs use, as 127.0.0.53. */
export function namesAddress(vni: number): string {
  return `127.${vni >>> 16}.${(vni >>> 8) & 255}.${vni & 255}`;
}

/**
 * The settings of dnsmasq: whom it asks for `web.lan` and `web`; the domain that containers get by DHCP, so that they
 * search in it; and that the names which containers call themselves by do not count.
 */
export function dnsmasqLines(network: string, vni: number): string {
  const server = `${namesAddress(vni)}#${namesPort}`;
  return [
    `server=/${network}/${server}`,
    `server=//${server}`,
    `domain=${network}`,
    'dhcp-ignore-names',
  ].join('\n');
}
