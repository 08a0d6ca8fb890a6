/**
 * Identities: every certificate of COPA's CA has one URI in its subjectAltName with its role and its name. Host names
 * are not used, because addresses of edge hosts change and DNS ignores case.
 */
export type Role = 'controller' | 'agent';

export interface Identity {
  readonly role: Role;
  /** For an agent, the name of its pool; for a controller, its own name. */
  readonly name: string;
}

/**
 * A key, its certificate and the trusted CAs (one, or two during a replacement) as PEM. The key must never be logged.
 */
export interface Credentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export function identityUri(identity: Identity): string {
  return `copa://${identity.role}/${identity.name}`;
}

/**
 * Parses the identity in a certificate's subjectAltName, in the format of Node's
 * `getPeerCertificate().subjectaltname` ("URI:copa://agent/server1"). Undefined when it is not one of COPA.
 */
export function identityOf(subjectAltName: string | undefined): Identity | undefined {
  const match = /^URI:copa:\/\/(controller|agent)\/([A-Za-z0-9._-]{1,63})$/.exec(subjectAltName ?? '');
  if (!match?.[1] || !match[2]) return undefined;
  return { role: match[1] as Role, name: match[2] };
}

/** Hosts' clocks differ a little, so a certificate is valid from this long before it was issued. */
export const clockSkewMs = 5 * 60_000;

/** When a certificate was issued that is valid from the given time on. */
export function issuedAtMs(validFromMs: number): number {
  return validFromMs + clockSkewMs;
}

export function sameIdentity(a: Identity | undefined, b: Identity): boolean {
  return a?.role === b.role && a.name === b.name;
}
