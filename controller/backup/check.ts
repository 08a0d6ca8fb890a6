/** Checks of a backup's contents before anything relies on them. */
import { X509Certificate } from 'node:crypto';
import { CopaError, messageOf } from '../../common/errors.js';
import { decodeEvacuation } from '../model/evacuation.js';
import { decodeHost } from '../model/host.js';
import { decodeRecord, hasEnded } from '../model/migration.js';
import { decodeToken } from '../model/token.js';
import { openAuthorities } from '../pki/authorities.js';
import { keys } from '../store/keys.js';
import type { Contents } from './contents.js';

export interface Summary {
  readonly madeAt: string;
  readonly controller: string;
  readonly version: string;
  readonly entries: number;
  readonly pools: number;
  readonly tokens: number;
  readonly migrationsRunning: number;
  /** SHA-256 of the CA that hosts trust. */
  readonly ca: string;
  readonly settings: readonly string[];
}

/** Throws `invalid_argument` with the record that cannot be read, or when the secret does not open the CA. */
export async function check(contents: Contents): Promise<Summary> {
  const { entries, madeAt, controller, version } = contents;
  const below = <T>(prefix: string, decode: (entry: Contents['entries'][number]) => T): T[] =>
    entries
      .filter(({ key }) => key.startsWith(prefix))
      .map((entry) => {
        try {
          return decode(entry);
        } catch (cause) {
          throw invalid(`${entry.key} cannot be read: ${messageOf(cause)}`, cause);
        }
      });
  const pools = below(keys.pools, decodeHost);
  const tokens = below(keys.tokens, ({ value }) => decodeToken(value));
  const migrations = below(keys.migrations, ({ value }) => decodeRecord(value));
  below(keys.evacuations, ({ value }) => decodeEvacuation(value));
  return {
    ...{ madeAt, controller, version, entries: entries.length },
    ...{ pools: pools.length, tokens: tokens.length },
    migrationsRunning: migrations.filter((record) => !hasEnded(record.phase)).length,
    ca: await fingerprintOf(contents),
    settings: Object.keys(contents.settings),
  };
}

async function fingerprintOf({ entries, secret }: Contents): Promise<string> {
  const authorities = entries.find(({ key }) => key === keys.authorities);
  if (!authorities) throw invalid('it has no CA');
  if (!/^[0-9a-f]{64}$/.test(secret)) throw invalid('it has no cluster secret');
  const { all } = await openAuthorities(authorities.value, Buffer.from(secret, 'hex')).catch(
    (cause: unknown) => {
      throw invalid(`its secret does not open its CA: ${messageOf(cause)}`, cause);
    },
  );
  return new X509Certificate(all[0].certificate).fingerprint256;
}

function invalid(why: string, cause?: unknown): CopaError {
  return new CopaError('invalid_argument', `the backup is not valid: ${why}`, { cause });
}
