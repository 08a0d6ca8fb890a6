/** With what a backup is encrypted and decrypted: key files, and passphrases that are on no command line. */
import { Option, type Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { identitiesIn, type Key, type Lock } from '../controller/backup/encryption.js';
import { CopaError, messageOf } from '../common/errors.js';
import { readSecretText } from './hidden-input.js';

interface PassphraseFlags {
  readonly passphrase?: true;
  readonly passphraseFile?: string;
}

export interface LockFlags extends PassphraseFlags {
  readonly recipient?: readonly string[];
}

export interface KeyFlags extends PassphraseFlags {
  readonly identity?: string;
}

/** Few enough for people, and enough against guessing of a file that somebody has. */
const passphraseLengthMin = 12;

export function addLockOptions(command: Command): Command {
  return command
    .option(
      '--recipient <key...>',
      'public keys, as "copa backup key" prints them (default: those of the settings)',
    )
    .addOption(passphraseOption())
    .addOption(passphraseFileOption());
}

export function addKeyOptions(command: Command): Command {
  return command
    .option('--identity <file>', 'the file of "copa backup key" or of age-keygen')
    .addOption(passphraseOption())
    .addOption(passphraseFileOption());
}

/** `recipients`: those of the settings. */
export async function lockFrom(flags: LockFlags, recipients: readonly string[] | undefined): Promise<Lock> {
  if (flags.recipient) return { recipients: flags.recipient };
  const passphrase = await passphraseFrom(flags, true);
  if (passphrase !== undefined) {
    if (passphrase.length >= passphraseLengthMin) return { passphrase };
    throw new CopaError('invalid_argument', `a passphrase has at least ${passphraseLengthMin} characters`);
  }
  if (recipients) return { recipients };
  throw new CopaError(
    'invalid_argument',
    'give --recipient KEY ("copa backup key FILE" makes one), or --passphrase, --passphrase-file FILE or COPA_BACKUP_PASSPHRASE',
  );
}

export async function keyFrom(flags: KeyFlags): Promise<Key> {
  if (flags.identity !== undefined) {
    const identities = identitiesIn(await read(flags.identity));
    if (identities.length > 0) return { identities };
    throw new CopaError(
      'invalid_argument',
      `${flags.identity} has no secret key: it begins with AGE-SECRET-KEY-`,
    );
  }
  const passphrase = await passphraseFrom(flags, false);
  if (passphrase !== undefined) return { passphrase };
  throw new CopaError(
    'invalid_argument',
    'give --identity FILE, or --passphrase, --passphrase-file FILE or COPA_BACKUP_PASSPHRASE',
  );
}

/** A new one is typed twice. */
async function passphraseFrom(flags: PassphraseFlags, isNew: boolean): Promise<string | undefined> {
  if (flags.passphraseFile !== undefined) return (await read(flags.passphraseFile)).replace(/\r?\n$/, '');
  if (flags.passphrase) {
    const passphrase = (await readSecretText('Passphrase')).replace(/\r?\n$/, '');
    if (isNew && process.stdin.isTTY && (await readSecretText('The same again')) !== passphrase) {
      throw new CopaError('invalid_argument', 'the two passphrases differ');
    }
    return passphrase;
  }
  return process.env['COPA_BACKUP_PASSPHRASE'] || undefined;
}

function passphraseOption(): Option {
  return new Option('--passphrase', 'type a passphrase, or pipe it to standard input');
}

function passphraseFileOption(): Option {
  return new Option(
    '--passphrase-file <file>',
    'a file with the passphrase; COPA_BACKUP_PASSPHRASE works, too',
  );
}

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CopaError('invalid_argument', `cannot read ${file}: ${messageOf(cause)}`, { cause });
  });
}
