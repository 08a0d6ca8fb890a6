/** `copa ca`: whom hosts and controllers trust, and how that is replaced. */
import { Command } from 'commander';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createIdentity } from '../agent/identity/identity-files.js';
import { CopaError } from '../common/errors.js';
import { createSigningRequest } from '../common/pki/csr.js';
import { connectRest } from './rest.js';

export function caCommand(): Command {
  const ca = new Command('ca').description('whom hosts and controllers trust, and how that is replaced');
  ca.command('show')
    .description('the fingerprint of the CA, how long certificates are valid, and how far a replacement is')
    .option('--pem', 'print the CA itself instead, for clients to check the controller by')
    .action(show);
  ca.command('rotate')
    .description('replace the CA: both are trusted until every host has a certificate of the new one')
    .option('--finish', 'end it now; hosts that are missing then have to join again')
    .action(rotate);
  ca.command('issue')
    .description('make the identity of a host that cannot join by itself: its key, its certificate, the CA')
    .argument('<pool>', 'the name under which the host will be added as a pool')
    .requiredOption('--out <directory>', 'where to write it')
    .action(issue);
  return ca;
}

async function show({ pem }: { pem?: boolean }): Promise<void> {
  const current = await (await connectRest()).caStatus();
  if (pem) {
    process.stdout.write(current.bundle);
    return;
  }
  const { authorities, rotating_since: since, missing, pools } = current;
  for (const { fingerprint, valid_until: until, issues } of authorities) {
    const role = authorities.length === 1 ? '' : issues ? '  (the new one)' : '  (is being replaced)';
    print(`SHA-256 ${fingerprint}  valid until ${until}${role}`);
  }
  for (const { container_pool: pool, valid_until: until } of pools) {
    print(`pool ${pool}  ${until === null ? 'has not shown a certificate yet' : `valid until ${until}`}`);
  }
  if (since !== null) print(`The CA is being replaced since ${since}. ${missingText(missing)}`);
}

async function rotate({ finish }: { finish?: boolean }): Promise<void> {
  const rest = await connectRest();
  if (finish) {
    const { missing } = await rest.ca('finish', {});
    print('Only the new CA is trusted from now on.');
    if (missing.length > 0)
      print(`Without a certificate of it, these have to join again: ${missing.join(', ')}`);
    return;
  }
  await rest.ca('rotate', {});
  print(
    'The CA is being replaced. Both are trusted until every host has a certificate of the new one; then the',
  );
  print(
    'old one goes by itself. "copa ca show" tells who is missing, "copa ca rotate --finish" waits no more.',
  );
}

async function issue(pool: string, { out }: { out: string }): Promise<void> {
  const directory = resolve(out);
  const there = await readdir(directory).catch(() => []);
  if (there.length > 0)
    throw new CopaError('already_exists', `${directory} is not empty: choose another one`);
  const { key, request } = await createSigningRequest();
  const rest = await connectRest();
  const { certificate: cert, ca } = await rest.ca('issue', { container_pool: pool, request });
  await createIdentity(directory, { key, cert, ca });
  print(
    `The identity of pool "${pool}" is in ${directory}. Take it to that host over a safe way (scp -rp), keep`,
  );
  print('it readable by root alone, start the agent there, and add its address:');
  print('  copa agent --identity DIRECTORY');
  print(`  curl -d operation=add -d container_pool=${pool} -d ip=ADDRESS http://127.0.0.1:8000/REST/pools/`);
}

function missingText(missing: readonly string[]): string {
  return missing.length === 0 ? 'No host is missing.' : `Missing: ${missing.join(', ')}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
