/**
 * Automatic backups of this controller: one in each interval, and one as soon as the CAs have changed, because a backup
 * with the CAs before brings back a controller that the hosts no longer trust. The newest ones are kept.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { systemClock, type Clock } from '../../common/async/clock.js';
import { messageOf } from '../../common/errors.js';
import type { Config } from '../config/settings.js';
import type { InventoryEvent } from '../model/event.js';
import { backupFailures } from '../observability/metrics.js';
import type { Store } from '../store/store.js';
import { contentsOf, exportData } from './collect.js';
import { pack } from './contents.js';
import { encrypt } from './encryption.js';
import {
  automaticName,
  isAutomatic,
  keepNewest,
  listBackups,
  writeBackup,
  type BackupFile,
} from './files.js';

export interface BackupParts {
  readonly store: Pick<Store, 'listAll'>;
  readonly config: Pick<Config, 'backup' | 'stateDirectory' | 'settingsFile' | 'name'>;
  readonly caStore: { onChange(listener: () => void): () => void; readonly trust: { readonly ca: string } };
  readonly log: Logger;
  readonly emit: (event: InventoryEvent) => void;
  readonly audit: (outcome: 'done' | 'failed', ms: number) => Promise<void>;
  readonly clock?: Clock;
}

/** After a failure, and for the check whether one is due. */
const lookMs = 60_000;
/** Several changes of the CAs become one backup. */
const afterChangeMs = 2_000;

export class BackupSchedule {
  readonly #clock: Clock;
  #last: BackupFile | undefined;
  #failure: string | undefined;
  /** The CAs of the last backup of this process. */
  #ca: string | undefined;
  #busy: Promise<void> = Promise.resolve();
  readonly #ends: (() => void)[] = [];

  constructor(private readonly parts: BackupParts) {
    this.#clock = parts.clock ?? systemClock;
  }

  get last(): BackupFile | undefined {
    return this.#last;
  }

  /** Why the last attempt failed; undefined when it did not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  async start(): Promise<void> {
    const { config, log, caStore } = this.parts;
    if (!config.backup) {
      log.warn(
        'no automatic backups: set backup_dir and backup_recipient, so that this machine can be replaced ("copa backup key" makes a key)',
      );
      return;
    }
    await this.#find(config.backup.directory);
    const look = () => void this.run(false);
    this.#ends.push(this.#clock.every(lookMs, look));
    const unfollow = caStore.onChange(() => {
      if (this.#ca === undefined || this.#ca === caStore.trust.ca) return;
      this.#ca = undefined;
      this.#ends.push(this.#clock.after(afterChangeMs, () => void this.run(true)));
    });
    this.#ends.push(unfollow);
    look();
  }

  async close(): Promise<void> {
    for (const end of this.#ends) end();
    await this.#busy;
  }

  /** Makes a backup if one is due, or in any case. Never throws: a failure is in the log, the metrics and the events. */
  run(isUrgent: boolean): Promise<void> {
    this.#busy = this.#busy.then(() => this.#run(isUrgent));
    return this.#busy;
  }

  async #run(isUrgent: boolean): Promise<void> {
    const { config, log, emit, audit, caStore } = this.parts;
    const { backup } = config;
    if (!backup) return;
    const now = this.#clock.now();
    if (!isUrgent && this.#last && now - Date.parse(this.#last.madeAt) < backup.everyMs) {
      this.#ca ??= trustIn(caStore);
      return;
    }
    const since = performance.now();
    const ms = () => Math.round(performance.now() - since);
    try {
      const { file, bytes } = await this.#make(backup);
      this.#last = { file, bytes, madeAt: new Date(now).toISOString(), isReadableByOthers: false };
      this.#failure = undefined;
      log.info({ file, bytes, ms: ms() }, 'a backup was made');
      emit({ type: 'backup.made', bytes });
      await audit('done', ms());
    } catch (error) {
      backupFailures.inc();
      const reason = messageOf(error);
      if (reason !== this.#failure) {
        log.error({ reason }, 'the automatic backup failed; it is tried again every minute');
        emit({ type: 'backup.failed', reason });
        await audit('failed', ms());
      }
      this.#failure = reason;
    }
  }

  async #make({ directory, recipients, keep }: NonNullable<Config['backup']>) {
    const { store, config, caStore } = this.parts;
    const ca = trustIn(caStore);
    const exported = await exportData(store, config.name);
    const bytes = await encrypt(await pack(await contentsOf(exported, config)), { recipients });
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const file = join(directory, automaticName(config.name, new Date(this.#clock.now())));
    await writeBackup(file, bytes);
    await keepNewest(directory, config.name, keep);
    this.#ca = ca;
    return { file, bytes: bytes.length };
  }

  /** The newest one of an earlier process. */
  async #find(directory: string): Promise<void> {
    const { name } = this.parts.config;
    const found = await listBackups(directory).catch(() => []);
    this.#last = found.find(({ file }) => isAutomatic(file, name));
  }
}

/** Undefined until the CAs are open. */
function trustIn(caStore: BackupParts['caStore']): string | undefined {
  try {
    return caStore.trust.ca;
  } catch {
    return undefined;
  }
}
