/** The status of a host's certificate, for `copa doctor` on that host. */
import { X509Certificate } from 'node:crypto';
import { CopaError } from '../../common/errors.js';
import { identityOf } from '../../common/pki/identity.js';
import type { CertificateStatus } from '../../common/pki/enrollment.js';
import { issuing, type AuthoritySet } from '../pki/authorities.js';
import type { CaStore } from '../pki/ca-store.js';
import type { Store } from '../store/store.js';
import { keys } from '../store/keys.js';

interface Parts {
  readonly store: Pick<Store, 'getMany'>;
  readonly caStore: Pick<CaStore, 'opened' | 'tlsIdentity'>;
}

/** Throws `invalid_argument` when it is not a host's certificate. */
export async function certificateStatus(pem: string, { store, caStore }: Parts): Promise<CertificateStatus> {
  const certificate = parse(pem);
  const identity = identityOf(certificate.subjectAltName);
  if (identity?.role !== 'agent') {
    throw new CopaError('invalid_argument', 'certificate is not valid: it is the one of a host');
  }
  const authorities = await caStore.opened();
  const issuer = issuerOf(certificate, authorities);
  if (!issuer) return 'other-ca';
  if (caStore.tlsIdentity.isRevoked(identity, { valid_from: certificate.validFrom })) return 'revoked';
  const [pool] = await store.getMany([keys.pool(identity.name)]);
  if (!pool) return 'removed';
  return issuer === issuing(authorities) ? 'good' : 'old-ca';
}

function issuerOf(certificate: X509Certificate, { all }: AuthoritySet) {
  return all.find((authority) => certificate.verify(new X509Certificate(authority.certificate).publicKey));
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new CopaError('invalid_argument', 'certificate is not valid: it is one as PEM', { cause });
  }
}
