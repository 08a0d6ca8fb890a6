/**
 * What keeps a web page from using COPA through the browser of somebody who may. A page can make a browser
 * send forms and open websockets anywhere, and can give its own name the address of this machine (DNS
 * rebinding). Programs send none of these headers and are not concerned.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** Whether a browser sends this for a page of another origin. */
export function isCrossSite(headers: IncomingHttpHeaders): boolean {
  const { host, origin, 'sec-fetch-site': site } = headers;
  // Where a browser says it, it knows better than this side, which may be behind a proxy that changes Host.
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host?.toLowerCase();
}

/**
 * Whether a name can only be ours: a page of another name, given this machine's address, says its own name
 * here. An address is no name, and cannot be given to anybody.
 */
export function isOurHost(host: string | undefined, names: readonly string[]): boolean {
  if (host === undefined) return true;
  const name = host
    .toLowerCase()
    .replace(/:[0-9]*$/, '')
    .replace(/\.$/, '');
  const isAddress = isIP(name) > 0 || /^\[[0-9a-f:.]+\]$/.test(name);
  return isAddress || name === 'localhost' || name.endsWith('.localhost') || names.includes(name);
}
