/** Checks that this host's identity is complete and still valid for its controller; for `copa doctor`. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, problem, validityOf, warning, type Finding } from '../../common/diagnostics/findings.js';
import { isCopaError, messageOf } from '../../common/errors.js';
import { identityOf } from '../../common/pki/identity.js';
import type { CertificateStatus } from '../../common/pki/enrollment.js';
import { TlsIdentity } from '../../common/pki/tls-identity.js';
import { requestCertificateStatus } from '../../common/net/join-client.js';
import { identityFiles, poolOf, readControllers, readIdentity } from '../identity/identity-files.js';
import { certificatesIn } from '../identity/certificate-store.js';

function rejoin(pool: string): string {
  return `on the controller: copa token create --pool ${pool}; here: copa agent join --again TOKEN`;
}

export async function examineIdentity(directory: string): Promise<Finding[]> {
  const about = 'identity';
  const { credentials, revoked } = await readIdentity(directory);
  const certificate = new X509Certificate(credentials.cert);
  const identity = identityOf(certificate.subjectAltName);
  if (identity?.role !== 'agent') {
    return [problem(about, `${directory} has no agent's certificate`, rejoin('NAME'))];
  }
  const again = rejoin(identity.name);
  if (!certificate.checkPrivateKey(createPrivateKey(credentials.key))) {
    return [problem(about, `the key and the certificate in ${directory} do not match`, again)];
  }
  const key = join(directory, identityFiles.key);
  const { mode } = await stat(key);
  const tlsIdentity = new TlsIdentity(credentials, revoked);
  const isOurs = certificatesIn(credentials.ca).some((ca) => certificate.verify(ca.publicKey));
  return [
    ok(about, `this host is pool "${identity.name}"`),
    mode & 0o077
      ? problem(
          'key',
          `others can read ${key}: anyone who has it can impersonate this host`,
          `chmod 600 ${key}`,
        )
      : ok('key', 'readable only by its owner'),
    ...(isOurs
      ? []
      : [problem('CA', 'the certificate of this host is from a CA that this host does not trust', again)]),
    tlsIdentity.isRevoked(identity, { valid_from: certificate.validFrom })
      ? problem('certificate', 'the certificate of this host was revoked: its pool was removed', again)
      : validityOf('certificate', certificate, again, Date.now()),
  ];
}

/** The status of this host's certificate, from the first of its controllers that answers. */
export async function examineController(directory: string): Promise<Finding> {
  const { credentials } = await readIdentity(directory);
  const pool = poolOf(credentials);
  const addresses = await readControllers(directory);
  if (addresses.length === 0) {
    return warning(
      'controller',
      'this host did not join with a token, so no controller is known that could check its certificate',
      'on the controller: copa doctor',
    );
  }
  const reasons: string[] = [];
  for (const address of addresses) {
    try {
      return findingOf(await requestCertificateStatus(address, credentials), pool);
    } catch (error) {
      if (isCopaError(error, 'permission_denied')) return findingOf('other-ca', pool);
      reasons.push(messageOf(error));
    }
  }
  return warning(
    'controller',
    `did not return the status of this host (${reasons.join('; ')})`,
    'is it running, with join_listen, and is its port open in the firewalls between? on the controller: copa doctor',
  );
}

/** As the first controller that answers knows this host; undefined when none does. */
export async function statusHere(directory: string): Promise<CertificateStatus | undefined> {
  const { credentials } = await readIdentity(directory);
  for (const address of await readControllers(directory)) {
    try {
      return await requestCertificateStatus(address, credentials);
    } catch (error) {
      if (!isCopaError(error)) throw error;
    }
  }
  return undefined;
}

export function findingOf(status: CertificateStatus, pool: string): Finding {
  const about = 'controller';
  const again = rejoin(pool);
  switch (status) {
    case 'good':
      return ok(about, `has this host as pool "${pool}", and accepts its certificate`);
    case 'old-ca':
      return warning(
        about,
        'the CA is being replaced, and this host has no certificate of the new one yet',
        `it gets one automatically while the controller reaches it; "copa ca show" there lists the missing hosts. Otherwise, ${again}`,
      );
    case 'other-ca':
      return problem(
        about,
        'the CA was replaced while this host was offline: host and controller no longer trust each other',
        again,
      );
    case 'revoked':
      return problem(
        about,
        `the certificate of this host was revoked: pool "${pool}" was removed, or joined again elsewhere`,
        again,
      );
    case 'removed':
      return problem(about, `pool "${pool}" no longer exists`, again);
  }
}
