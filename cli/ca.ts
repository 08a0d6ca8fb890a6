/** `copa ca`: the certificate authority of hosts and controllers. */
import { Command } from 'commander';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createIdentity } from '../agent/identity/identity-files.js';
import { CopaError } from '../common/errors.js';
import { createSigningRequest } from '../common/pki/csr.js';
import { connectRest } from './rest.js';

export function caCommand(): Command {
  const ca = new Command('ca').description(
    'show and replace the certificate authority (CA) of hosts and controllers',
  );
  ca.command('show')
    .description(
      'show the fingerprint of the CA, the validity of certificates, and the state of a replacement',
    )
    .option('--pem', 'print the CA itself instead, for clients that verify the controller')
    .action(show);
  ca.command('rotate')
    .description('replace the CA; both are trusted until every host has a certificate of the new one')
    .option('--finish', 'end the replacement now; hosts without a new certificate must join again')
    .action(rotate);
  ca.command('issue')
    .description('create the identity of a host that cannot join by itself: its key, its certificate, the CA')
    .argument('<pool>', 'the name of the pool that the host will be')
    .requiredOption('--out <directory>', 'the directory to write it to')
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
    print(`pool ${pool}  ${until === null ? 'has not presented a certificate yet' : `valid until ${until}`}`);
  }
  if (since !== null) print(`The replacement of the CA started at ${since}. ${missingText(missing)}`);
}

async function rotate({ finish }: { finish?: boolean }): Promise<void> {
  const rest = await connectRest();
  if (finish) {
    const { missing } = await rest.ca('finish', {});
    print('From now on only the new CA is trusted.');
    if (missing.length > 0)
      print(`These hosts have no certificate of it and must join again: ${missing.join(', ')}`);
    return;
  }
  await rest.ca('rotate', {});
  print(
    'The CA is being replaced. Both are trusted until every host has a certificate of the new one; then the',
  );
  print(
    'old one is removed. "copa ca show" lists the hosts that are missing; "copa ca rotate --finish" stops waiting.',
  );
}

async function issue(pool: string, { out }: { out: string }): Promise<void> {
  const directory = resolve(out);
  const there = await readdir(directory).catch(() => []);
  if (there.length > 0)
    throw new CopaError('already_exists', `${directory} is not empty: choose another directory`);
  const { key, request } = await createSigningRequest();
  const rest = await connectRest();
  const { certificate: cert, ca } = await rest.ca('issue', { container_pool: pool, request });
  await createIdentity(directory, { key, cert, ca });
  print(
    `The identity of pool "${pool}" is in ${directory}. Copy it to that host over a secure channel (scp -rp), keep`,
  );
  print('it readable by root only, start the agent there, and add its address:');
  print('  copa agent --identity DIRECTORY');
  print(`  curl -d operation=add -d container_pool=${pool} -d ip=ADDRESS http://127.0.0.1:8000/REST/pools/`);
}

function missingText(missing: readonly string[]): string {
  return missing.length === 0 ? 'No host is missing.' : `Missing: ${missing.join(', ')}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
