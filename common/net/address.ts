/**
 * Parses and formats addresses of the form IP:PORT. IPv6 is in brackets, as in [::1]:8000. No other file does this.
 */
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';

export interface Address {
  /** An IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

const pattern = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/;

/**
 * The two parts as they are written; the port is undefined without one. Undefined unless the host is an IP address.
 */
export function splitAddress(text: string): { readonly host: string; readonly port?: string } | undefined {
  const [, bracketed, plain, port] = pattern.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const isHost = bracketed === undefined ? isIPv4(host) : isIPv6(host);
  if (!isHost) return undefined;
  return port === undefined ? { host } : { host, port };
}

/** 0 to 65535, in decimal digits. */
export function parsePort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  return port <= 65_535 ? port : undefined;
}

/** IP:PORT, or IP alone with a default port. Undefined for any other text. */
export function parseAddress(text: string, defaultPort?: number): Address | undefined {
  const split = splitAddress(text);
  if (!split) return undefined;
  const port = split.port === undefined ? defaultPort : parsePort(split.port);
  return port === undefined ? undefined : { host: split.host, port };
}

/** As `parseAddress`, for IPv4 only. */
export function parseIPv4Address(text: string, defaultPort?: number): Address | undefined {
  const address = parseAddress(text, defaultPort);
  return address && isIPv4(address.host) ? address : undefined;
}

/** The schema of a setting that contains an address. `rule` is the error message. */
export function addressSchema(rule: string, parse: (text: string) => Address | undefined = parseIPv4Address) {
  return z.string().transform((text, context) => {
    const address = parse(text);
    if (address) return address;
    context.addIssue({ code: 'custom', message: rule });
    return z.NEVER;
  });
}

/** Formats HOST:PORT. A host name stays as it is. */
export function formatAddress({ host, port }: Address): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
