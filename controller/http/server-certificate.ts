/**
 * The certificate of the REST server: the operator's own, or one of COPA's CA. It is kept current while the controller
 * runs, so that neither a renewal nor a new CA needs a restart.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import type { Logger } from 'pino';
import { Backoff } from '../../common/async/backoff.js';
import { CopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import { anyHostName } from '../config/settings.js';

/** As PEM. The key must never be logged. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** The names in a certificate, as the CA takes them. */
export interface CertificateOrder {
  readonly commonName: string;
  readonly names: readonly { readonly type: 'ip' | 'dns'; readonly value: string }[];
}

/** How often the operator's files are read again, or a new certificate is issued. */
const refreshMs = 3600_000;
/** For the first certificate: etcd, which has the CA, may not answer yet. */
const retryPolicy = { delayMsMin: 500, delayMsMax: 2_000 };

/** Throws `failed_precondition` naming the file that cannot be used. */
export async function readOperatorCertificate(
  files: { readonly cert: string; readonly key: string },
  now = new Date(),
): Promise<ServerCertificate> {
  const refuse = (file: string, why: string, cause?: unknown) =>
    new CopaError('failed_precondition', `${file} cannot be used for TLS: ${why}`, { cause });
  const read = (file: string) =>
    readFile(file, 'utf8').catch((cause: unknown) => {
      throw refuse(file, messageOf(cause), cause);
    });
  const [cert, key] = [await read(files.cert), await read(files.key)];
  const parse = <T>(file: string, what: string, parsed: () => T): T => {
    try {
      return parsed();
    } catch (cause) {
      throw refuse(file, `it holds no ${what} in PEM`, cause);
    }
  };
  const certificate = parse(files.cert, 'certificate', () => new X509Certificate(cert));
  const privateKey = parse(files.key, 'private key without a password', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) throw refuse(files.key, `it is not the key of ${files.cert}`);
  if (new Date(certificate.validTo) <= now) throw refuse(files.cert, `it expired on ${certificate.validTo}`);
  return { cert, key };
}

/** The names of a controller that listens on `host`; for a wildcard address, with all addresses of the machine. */
export function orderFor(
  host: string,
  hostNames: readonly string[],
  machine = { name: hostname(), addresses: addressesOfMachine() },
): CertificateOrder {
  const isWildcard = ['0.0.0.0', '::'].includes(host);
  const dns = ['localhost', machine.name.toLowerCase(), ...hostNames].filter(
    (name) => isIP(name) === 0 && name !== anyHostName,
  );
  const addresses = isWildcard ? machine.addresses : [host];
  const ip = ['127.0.0.1', '::1', ...addresses].map((address) => address.replace(/%.*$/, ''));
  return {
    commonName: 'COPA REST',
    names: [
      ...[...new Set(dns)].map((value) => ({ type: 'dns' as const, value })),
      ...[...new Set(ip)].map((value) => ({ type: 'ip' as const, value })),
    ],
  };
}

function addressesOfMachine(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}

/**
 * Calls `use` with each new certificate. It resolves after the first one, or, if the CA is not available yet, before
 * it. Throws if the first one fails otherwise; a later failure is logged, and the old certificate stays. The returned
 * function ends it.
 */
export async function keepCertificate(
  make: () => Promise<ServerCertificate>,
  use: (certificate: ServerCertificate) => void,
  log: Logger,
): Promise<() => void> {
  let timer: NodeJS.Timeout | undefined;
  let isEnded = false;
  let inUse: string | undefined;
  const backoff = new Backoff(retryPolicy);
  const again = (ms: number) => {
    if (!isEnded) timer = setTimeout(() => void renew(), ms).unref();
  };
  const take = async () => {
    const made = await make();
    if (isEnded || made.cert === inUse) return;
    use(made);
    inUse = made.cert;
  };
  const renew = async () => {
    try {
      await take();
      again(refreshMs);
    } catch (error) {
      log.error({ reason: messageOf(error) }, "REST's certificate cannot be renewed");
      again(inUse === undefined ? backoff.nextDelayMs() : refreshMs);
    }
  };
  try {
    await take();
    again(refreshMs);
  } catch (error) {
    if (!isUnknownOutcome(error)) throw error;
    log.warn({ reason: messageOf(error) }, 'REST has no certificate yet');
    again(backoff.nextDelayMs());
  }
  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}
