// Aim: certificates have the right identity, CA and key, and only a valid request gets one. Method: Node's own X.509
// parser reads the certificates.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { CertificateAuthority } from '../../controller/pki/certificate-authority.js';
import { identityOf } from '../../common/pki/identity.js';
import { createSigningRequest, signingRequestFor } from '../../common/pki/csr.js';
import { failureOf } from '../support/failures.js';

const dayMs = 24 * 3600_000;
const agent = { role: 'agent', name: 'server-1.x_y' } as const;
let authority: CertificateAuthority;
beforeAll(async () => {
  ({ authority } = await CertificateAuthority.create('test'));
});

test('a certificate has its name, belongs to its key, and is from the CA, for 90 days', async () => {
  const { ca: issuer, cert, key } = await authority.issue(agent);
  const certificate = new X509Certificate(cert);
  expect(identityOf(certificate.subjectAltName)).toEqual(agent);
  expect(certificate.verify(new X509Certificate(issuer).publicKey)).toBe(true);
  expect(certificate.checkIssued(new X509Certificate(issuer))).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  const now = Date.now();
  expect(Date.parse(certificate.validFrom)).toBeLessThan(now - 4 * 60_000);
  expect(Date.parse(certificate.validTo) - now).toBeGreaterThan(89.9 * dayMs);
  expect(Date.parse(certificate.validTo) - now).toBeLessThanOrEqual(90 * dayMs);
  const other = await authority.issue(agent);
  expect(new X509Certificate(other.cert).serialNumber).not.toBe(certificate.serialNumber);
});

test('only the key of a request counts; the CA sets the name', async () => {
  const { key, request } = await createSigningRequest();
  for (const text of [request, await signingRequestFor(key)]) {
    const certificate = new X509Certificate(await authority.certify(agent, text));
    expect(identityOf(certificate.subjectAltName)).toEqual(agent);
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  }
});

test('an invalid request, or one not signed by its key, is refused', async () => {
  const { request } = await createSigningRequest();
  const der = Buffer.from(request.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  // The last byte belongs to the signature.
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
  for (const text of [forged, 'x', '', request + ' '.repeat(3000), (await authority.issue(agent)).cert]) {
    expect(await failureOf(() => authority.certify(agent, text))).toMatch(
      /^invalid_argument: the certificate request/,
    );
  }
});
