// Aim: keys are where they should be, for whom they should be, and certificates say who is who.
// Method: real files in a temporary directory; Node's own X.509 and OpenSSL read what was made.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { caCommand } from '../../controller/ca.js';
import { openAuthority, writeCredentials } from '../../controller/pki.js';
import { identityOf, readCredentials } from '../../proto/identity.js';
import { failureOf } from '../unit/failures.js';
import { temporaryDirectory } from './etcd.js';

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => rm(directory, { recursive: true }));

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

/** Runs `copa ca ...` on this directory; returns what it printed. */
async function ca(...args: string[]): Promise<string> {
  const printed: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (text: string | Uint8Array) => printed.push(String(text)) > 0;
  try {
    await caCommand().parseAsync([...args, '--state-dir', join(directory, 'state')], { from: 'user' });
  } finally {
    process.stdout.write = write;
  }
  return printed.join('');
}

test('a CA is made once, and is the same ever after', async () => {
  const made = await Promise.all(Array.from({ length: 5 }, () => openAuthority(directory)));
  const again = await openAuthority(directory);
  expect(new Set([...made, again].map(({ certificate }) => certificate)).size).toBe(1);
  expect(await readdir(directory)).toEqual(['ca']);
  expect(await modeOf(join(directory, 'ca'))).toBe('700');
  expect(await modeOf(join(directory, 'ca/ca.key'))).toBe('600');
});

test('a CA that is there in half is an error, and is not replaced', async () => {
  await mkdir(join(directory, 'ca'));
  await writeFile(join(directory, 'ca/ca.crt'), 'x');
  expect(await failureOf(() => openAuthority(directory))).toMatch(/^failed_precondition: .* is incomplete/);
});

test('an identity says who it is, belongs to its key, and is of the CA', async () => {
  const authority = await openAuthority(directory);
  const { ca: issuer, cert, key } = await authority.issue({ role: 'agent', name: 'server-1.x_y' });
  const certificate = new X509Certificate(cert);
  expect(identityOf(certificate.subjectAltName)).toEqual({ role: 'agent', name: 'server-1.x_y' });
  expect(certificate.verify(new X509Certificate(issuer).publicKey)).toBe(true);
  expect(certificate.checkIssued(new X509Certificate(issuer))).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  const now = Date.now();
  expect(Date.parse(certificate.validFrom)).toBeLessThan(now - 4 * 60_000);
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(now + 364 * 24 * 3600_000);
  const other = await authority.issue({ role: 'agent', name: 'server-1.x_y' });
  expect(new X509Certificate(other.cert).serialNumber).not.toBe(certificate.serialNumber);
});

test('identity directories are private, read back whole, and not overwritten by accident', async () => {
  const credentials = await (await openAuthority(directory)).issue({ role: 'agent', name: 'a' });
  const out = join(directory, 'out');
  await writeCredentials(out, credentials);
  expect(readCredentials(out)).toEqual(credentials);
  expect(await modeOf(out)).toBe('700');
  expect(await modeOf(join(out, 'identity.key'))).toBe('600');
  expect(await failureOf(() => writeCredentials(out, credentials))).toMatch(/^already_exists: .*--force/);
  expect(await failureOf(() => readCredentials(join(directory, 'none')))).toMatch(/copa ca issue/);
});

test('"copa ca issue" writes an identity and says what to do with it, without showing the key', async () => {
  const out = join(directory, 'out');
  const printed = await ca('issue', 'server1', '--out', out);
  expect(printed).toContain('copa agent --identity');
  expect(printed).not.toContain('PRIVATE');
  const { cert, key } = readCredentials(out);
  expect(identityOf(new X509Certificate(cert).subjectAltName)).toEqual({ role: 'agent', name: 'server1' });
  expect(await failureOf(() => ca('issue', 'server2', '--out', out))).toMatch(/^already_exists/);
  await ca('issue', 'server1', '--out', out, '--force');
  expect(await readFile(join(out, 'identity.key'), 'utf8')).not.toBe(key);
  expect(await modeOf(join(out, 'identity.key'))).toBe('600');
  expect(await failureOf(() => ca('issue', '../x', '--out', join(directory, 'x')))).toMatch(
    /^invalid_argument/,
  );
});

test('"copa ca show" tells the fingerprint that OpenSSL would', async () => {
  expect(await failureOf(() => ca('show'))).toMatch(/^not_found: there is no CA/);
  const authority = await openAuthority(join(directory, 'state'));
  const fingerprint = new X509Certificate(authority.certificate).fingerprint256
    .replaceAll(':', '')
    .toLowerCase();
  expect(await ca('show')).toContain(`SHA-256 ${fingerprint}`);
});
