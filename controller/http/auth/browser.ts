/**
 * Keeps a web page from using COPA through the browser of a person who may. A page can make a browser send forms and
 * open websockets anywhere, and can give its own name the address of this machine (DNS rebinding). Programs send none
 * of these headers, so the checks do not concern them.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { anyHostName } from '../../config/settings.js';

/** Whether a browser sends a request for a page of another origin. */
export function isCrossSite(headers: IncomingHttpHeaders): boolean {
  const { host, origin, 'sec-fetch-site': site } = headers;
  // The browser's header is more reliable, because a proxy may change Host.
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host?.toLowerCase();
}

/**
 * Whether the Host header can only mean this controller. A page whose name was given this machine's address sends its
 * own name here. An address is safe, because nobody can give it to another machine.
 */
export function isOurHost(host: string | undefined, names: readonly string[]): boolean {
  if (host === undefined) return true;
  const name = host
    .toLowerCase()
    .replace(/:[0-9]*$/, '')
    .replace(/\.$/, '');
  const isAddress = isIP(name) > 0 || /^\[[0-9a-f:.]+\]$/.test(name);
  const isKnown = isAddress || name === 'localhost' || name.endsWith('.localhost') || names.includes(name);
  return isKnown || names.includes(anyHostName);
}
