/** Backups are encrypted in the format of age (age-encryption.org), which the program `age` reads as well. */
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { CopaError, messageOf } from '../../common/errors.js';

/** Who can read a backup: the owner of a key, or who knows a passphrase. */
export type Lock = { readonly recipients: readonly string[] } | { readonly passphrase: string };
/** `identities`: secret keys, as in a file of `age-keygen`. */
export type Key = { readonly identities: readonly string[] } | { readonly passphrase: string };

/** The first bytes of every encrypted file. */
export const encryptedMark = 'age-encryption.org/v1\n';

/** Throws `invalid_argument` when a recipient is not one. */
export async function encrypt(bytes: Uint8Array, lock: Lock): Promise<Uint8Array> {
  return encrypterOf(lock).encrypt(bytes);
}

/** Throws `invalid_argument` when the key does not fit, or the file is damaged. */
export async function decrypt(bytes: Uint8Array, key: Key): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  if ('passphrase' in key) decrypter.addPassphrase(key.passphrase);
  else for (const identity of key.identities) decrypter.addIdentity(identity);
  try {
    return await decrypter.decrypt(bytes);
  } catch (cause) {
    const wrong = 'passphrase' in key ? 'the passphrase is wrong' : 'the key is not its recipient';
    const text = `the backup cannot be decrypted: ${wrong}, or the file is damaged (${messageOf(cause)})`;
    throw new CopaError('invalid_argument', text, { cause });
  }
}

/** A new secret key, and its recipient. */
export async function newKey(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** The secret keys in a file of `copa backup key` or `age-keygen`. */
export function identitiesIn(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('AGE-SECRET-KEY-'));
}

/** Throws `invalid_argument` when a recipient is not one. */
export function encrypterOf(lock: Lock): Encrypter {
  const encrypter = new Encrypter();
  if ('passphrase' in lock) encrypter.setPassphrase(lock.passphrase);
  else {
    for (const recipient of lock.recipients) {
      try {
        encrypter.addRecipient(recipient);
      } catch (cause) {
        throw new CopaError('invalid_argument', `the recipient is not valid: ${messageOf(cause)}`, { cause });
      }
    }
  }
  return encrypter;
}
