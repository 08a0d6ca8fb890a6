/** `copa ca`: gives hosts their identity, until they can ask for it themselves. */
import { Command } from 'commander';
import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CopaError } from '../proto/errors.js';
import { checkPoolName } from './services/pools.js';
import { controllerSide } from './config.js';
import { addSettings, readSettings } from '../proto/settings-flags.js';
import { openAuthority, writeCredentials } from './pki.js';

export function caCommand(): Command {
  const ca = new Command('ca').description("the certificate authority in the controller's state directory");
  const issuing = ca
    .command('issue')
    .description("make an agent's identity: its key, its certificate and the CA to check others by")
    .argument('<pool>', 'the name under which the host will be added as a pool')
    .requiredOption('--out <directory>', 'where to write it')
    .option('--force', 'overwrite an identity that is there')
    .action((pool: string, flags: { out: string; force?: boolean }) =>
      issue(pool, { ...flags, stateDir: stateDirectoryOf(issuing) }),
    );
  const showing = ca
    .command('show')
    .description('the fingerprint and the end of the CA')
    .action(() => show(stateDirectoryOf(showing)));
  for (const command of [issuing, showing]) addSettings(command, controllerSide, ['stateDir']);
  return ca;
}

function stateDirectoryOf(command: Command): string {
  return readSettings(command, controllerSide, ['stateDir']).stateDir;
}

async function issue(pool: string, flags: { out: string; force?: boolean; stateDir: string }): Promise<void> {
  checkPoolName('pool', pool);
  const out = resolve(flags.out);
  const there = await readdir(out).catch(() => []);
  if (there.length > 0 && !flags.force) {
    throw new CopaError(
      'already_exists',
      `${out} is not empty: choose another directory, or --force to overwrite`,
    );
  }
  const authority = await openAuthority(flags.stateDir);
  const credentials = await authority.issue({ role: 'agent', name: pool });
  await writeCredentials(out, credentials, { force: flags.force ?? false });
  process.stdout.write(
    [
      `The identity of pool "${pool}" is in ${out}.`,
      'Copy the directory to that host over a safe way (scp -rp), keep it readable by root alone, and run there:',
      '  copa agent --identity DIRECTORY',
      'Then tell the controller where the host is:',
      `  curl -d operation=add -d container_pool=${pool} -d ip=ADDRESS http://127.0.0.1:8000/REST/pools/`,
      '',
    ].join('\n'),
  );
}

async function show(stateDir: string): Promise<void> {
  const exists = await stat(resolve(stateDir, 'ca')).catch(() => undefined);
  if (!exists) {
    throw new CopaError(
      'not_found',
      `there is no CA in ${stateDir} yet: the controller makes it when it first starts`,
    );
  }
  const authority = await openAuthority(stateDir);
  process.stdout.write(
    `SHA-256 ${await authority.fingerprint()}\nvalid until ${authority.validUntil.toISOString()}\n${authority.certificate}`,
  );
}
