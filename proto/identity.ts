/**
 * Who is who: every certificate of COPA's CA carries one URI in its subjectAltName that says its role and
 * its name. Host names are not used, as addresses of edge hosts change and DNS ignores case.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CopaError } from './errors.js';

export type Role = 'controller' | 'agent';

export interface Identity {
  readonly role: Role;
  /** For an agent the name of its pool; for a controller its own. */
  readonly name: string;
}

/** A key, its certificate and the CA to check others against, as PEM. The key must never be logged. */
export interface Credentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const files = { ca: 'ca.crt', cert: 'identity.crt', key: 'identity.key' } as const;

/** The names under which an identity directory keeps its parts. */
export const identityFiles = files;

export function identityUri(identity: Identity): string {
  return `copa://${identity.role}/${identity.name}`;
}

/**
 * Reads the identity out of a certificate's subjectAltName, in the spelling of Node's
 * `getPeerCertificate().subjectaltname` ("URI:copa://agent/server1"). Undefined when it is not one of ours.
 */
export function identityOf(subjectAltName: string | undefined): Identity | undefined {
  const match = /^URI:copa:\/\/(controller|agent)\/([A-Za-z0-9._-]{1,63})$/.exec(subjectAltName ?? '');
  if (!match?.[1] || !match[2]) return undefined;
  return { role: match[1] as Role, name: match[2] };
}

export function sameIdentity(a: Identity | undefined, b: Identity): boolean {
  return a?.role === b.role && a.name === b.name;
}

/** Reads an identity directory. Throws `failed_precondition` naming the file that is missing. */
export function readCredentials(directory: string): Credentials {
  const read = (file: string): string => {
    try {
      return readFileSync(join(directory, file), 'utf8');
    } catch (cause) {
      throw new CopaError(
        'failed_precondition',
        `cannot read ${join(directory, file)}: make an identity on the controller with "copa ca issue NAME --out DIRECTORY" and copy the directory here`,
        { cause },
      );
    }
  };
  return { ca: read(files.ca), cert: read(files.cert), key: read(files.key) };
}
