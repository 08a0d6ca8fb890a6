/** `copa backup`: everything that a controller has, as an encrypted file, and back. */
import { Command } from 'commander';
import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { check, type Summary } from '../controller/backup/check.js';
import { contentsOf } from '../controller/backup/collect.js';
import { pack, unpack, type Contents } from '../controller/backup/contents.js';
import { decrypt, encrypt, newKey } from '../controller/backup/encryption.js';
import { listBackups, writeBackup } from '../controller/backup/files.js';
import { rehearse, restore } from '../controller/backup/restore.js';
import { controllerSide } from '../controller/config/settings.js';
import { etcdEndpoints } from '../controller/config/etcd-endpoints.js';
import { addSettings, readSettings } from '../common/config/settings-flags.js';
import { createFile } from '../common/durable-file.js';
import { CopaError, messageOf } from '../common/errors.js';
import { createLog } from '../common/observability/log.js';
import {
  addKeyOptions,
  addLockOptions,
  keyFrom,
  lockFrom,
  type KeyFlags,
  type LockFlags,
} from './backup-key.js';
import { clientCommand, restOf, withExamples } from './command.js';
import { formatOf, formatOption, printMessage, printRows } from './output.js';

const createNames = ['stateDir', 'backupRecipient'] as const;
const restoreNames = ['stateDir', 'etcd', 'etcdCa', 'etcdCert', 'etcdKey'] as const;

export function backupCommand(): Command {
  return new Command('backup')
    .description('back up the controller, and restore it on another machine')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(verifyCommand())
    .addCommand(restoreCommand())
    .addCommand(statusCommand())
    .addCommand(keyCommand());
}

function createCommand(): Command {
  const command = addLockOptions(
    clientCommand(
      'create',
      'write all that this controller has to an encrypted file; run it on its machine',
      {
        examples: [
          'copa backup create copa.age --recipient age1...',
          'copa backup create copa.age --passphrase-file /root/passphrase',
        ],
      },
    ).argument('<file>'),
  );
  return addSettings(command, controllerSide, [...createNames]).action(create);
}

function listCommand(): Command {
  return withExamples(
    new Command('list')
      .alias('ls')
      .description('list the backups in a directory, the newest first')
      .argument('<directory>')
      .addOption(formatOption())
      .action(list),
    ['copa backup list /var/lib/copa/controller/backups'],
  );
}

function verifyCommand(): Command {
  const command = new Command('verify')
    .description('decrypt a backup, check it, and restore it into a directory that is removed again')
    .argument('<file>')
    .action(verify);
  return withExamples(addKeyOptions(command), ['copa backup verify copa.age --identity copa-backup.key']);
}

function restoreCommand(): Command {
  const command = new Command('restore')
    .description('restore a backup on a machine without a controller, or into an empty etcd')
    .argument('<file>')
    .action(restoreFile);
  addSettings(addKeyOptions(command), controllerSide, [...restoreNames]);
  return withExamples(command, ['copa backup restore copa.age --identity copa-backup.key']);
}

function statusCommand(): Command {
  return clientCommand('status', 'show the automatic backups, and what is still open after a restore', {
    examples: ['copa backup status'],
  }).action(status);
}

function keyCommand(): Command {
  return withExamples(
    new Command('key')
      .description('make a key: the secret one goes to the file, the public one is printed')
      .argument('<file>')
      .action(key),
    ['copa backup key copa-backup.key'],
  );
}

async function create(file: string, flags: LockFlags, command: Command): Promise<void> {
  const { stateDir, backupRecipient } = readSettings(command, controllerSide, createNames);
  const path = resolve(file);
  // Also checked when the file is written: here it saves the user from typing a passphrase.
  if (await stat(path).catch(() => undefined)) {
    throw new CopaError('already_exists', `there is a file ${path} already: choose another name`);
  }
  const lock = await lockFrom(flags, backupRecipient);
  const exported = await (await restOf(command)).backup('export', {});
  const { made_at: madeAt, left_out: leftOut, controller, version, revision, entries } = exported;
  const place = { stateDirectory: stateDir, settingsFile: command.getOptionValue('config') as string };
  const contents = await contentsOf({ madeAt, leftOut, controller, version, revision, entries }, place);
  const summary = await check(contents);
  await writeBackup(path, await encrypt(await pack(contents), lock));
  for (const left of leftOut) printMessage(`Left out, as COPA has not written it: ${left}`);
  printMessage(`${path} has ${describe(summary)}. Keep a copy on another machine.`);
}

async function list(directory: string, _flags: unknown, command: Command): Promise<void> {
  const files = await listBackups(resolve(directory));
  printRows(
    formatOf(command),
    [
      { title: 'MADE AT', value: ({ madeAt }) => madeAt },
      { title: 'BYTES', value: ({ bytes }) => String(bytes) },
      { title: 'FILE', value: ({ file }) => file },
      { title: 'READABLE BY OTHERS', value: (row) => (row.isReadableByOthers ? 'yes' : '') },
    ],
    files,
  );
}

async function verify(file: string, flags: KeyFlags): Promise<void> {
  const contents = await open(file, flags);
  const summary = await check(contents);
  await rehearse(contents, tmpdir(), createLog('error'));
  printMessage(`${resolve(file)} can be restored. It has ${describe(summary)}.`);
  printMessage(
    `Made by controller "${summary.controller}" (COPA ${summary.version}); its CA is SHA-256 ${summary.ca}.`,
  );
}

async function restoreFile(file: string, flags: KeyFlags, command: Command): Promise<void> {
  const given = readSettings(command, controllerSide, restoreNames);
  const settingsFile = command.getOptionValue('config') as string;
  const contents = await open(file, flags);
  const summary = await check(contents);
  const etcd = etcdEndpoints(given);
  const place = { stateDirectory: given.stateDir, etcd, settingsFile, log: createLog('error') };
  for (const { file: path, outcome } of await restore(contents, place)) {
    if (outcome === 'written') printMessage(`${path} is restored.`);
    if (outcome === 'beside')
      printMessage(`${path} is different here, and stays. The backup's is ${path}.restored.`);
  }
  printMessage(`${given.stateDir} has ${describe(summary)}.`);
  printMessage(
    'Join tokens were not restored. Start the controller (systemctl start copa-controller). Hosts and tokens',
  );
  printMessage(
    'are trusted when more than half of the hosts have reported what was revoked: copa backup status.',
  );
}

async function status(_flags: unknown, command: Command): Promise<void> {
  const { automatic, last, failure, restored } = await (await restOf(command)).backupState();
  if (automatic) {
    const { directory, every_seconds: seconds, keep } = automatic;
    printMessage(`Every ${seconds / 3600} h to ${directory}; the newest ${keep} are kept.`);
  } else printMessage('There are no automatic backups: set backup_dir and backup_recipient.');
  if (last) printMessage(`The newest: ${last.file}, ${last.made_at}, ${last.bytes} bytes.`);
  if (failure !== null) printMessage(`The last attempt failed: ${failure}`);
  if (restored) {
    const { made_at: madeAt, restored_at: restoredAt, waiting, found, pools, settled } = restored;
    printMessage(`Restored at ${restoredAt} from a backup of ${madeAt}.`);
    printMessage(
      `${pools - waiting.length} of ${pools} hosts have reported what was revoked since; missing: ${waiting.join(', ') || 'none'}.`,
    );
    for (const { container_pool: pool, ip } of found) {
      printMessage(`Not in the backup: copa pool add ${pool} ${ip}`);
    }
    if (!settled)
      printMessage('Hosts and tokens of the backup are not trusted before more than half of them have.');
  }
}

async function key(file: string): Promise<void> {
  const { identity, recipient } = await newKey();
  const path = resolve(file);
  if (!(await createFile(path, `# public key: ${recipient}\n${identity}\n`, 0o600))) {
    throw new CopaError('already_exists', `there is a file ${path} already: choose another name`);
  }
  process.stderr.write(
    `The secret key is in ${path}. Keep it on another machine: without it, backups cannot be read.\n`,
  );
  process.stdout.write(`${recipient}\n`);
}

async function open(file: string, flags: KeyFlags): Promise<Contents> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new CopaError('invalid_argument', `cannot read ${file}: ${messageOf(cause)}`, { cause });
  });
  return unpack(await decrypt(bytes, await keyFrom(flags)));
}

function describe({ madeAt, pools, tokens, migrationsRunning, entries }: Summary): string {
  const running = migrationsRunning === 0 ? '' : `, ${migrationsRunning} running migrations`;
  return `${pools} pools, ${tokens} tokens${running}, ${entries} entries in all, of ${madeAt}`;
}
