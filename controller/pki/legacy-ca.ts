/** The CA as versions before 0.2 stored it, in the clear in `STATE/ca`. It moves into etcd at the first start. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CopaError } from '../../common/errors.js';
import { CertificateAuthority } from './certificate-authority.js';

export async function readLegacyAuthority(
  stateDirectory: string,
): Promise<{ authority: CertificateAuthority; key: string } | undefined> {
  const directory = join(stateDirectory, 'ca');
  const [certificate, key] = await Promise.all(
    ['ca.crt', 'ca.key'].map((file) => readIfThere(join(directory, file))),
  );
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    throw new CopaError('failed_precondition', `${directory} is incomplete: it must hold ca.crt and ca.key`);
  }
  return { authority: await CertificateAuthority.fromPem(certificate, key), key };
}

/** Its unencrypted key is no longer needed, and would be another secret to protect. */
export async function forgetLegacyAuthority(stateDirectory: string): Promise<void> {
  await rm(join(stateDirectory, 'ca'), { recursive: true, force: true });
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CopaError('failed_precondition', `cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}
