/** Backups as files: readable by their owner alone, whole or not there, and never over another file. */
import { open, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createFile, syncDirectory } from '../../common/durable-file.js';
import { CopaError, messageOf } from '../../common/errors.js';
import { encryptedMark } from './encryption.js';

const mode = 0o600;
/** The names of automatic backups. Only these are ever deleted. */
const automatic = /^copa-[A-Za-z0-9._-]+-\d{8}T\d{6}Z\.age$/;

export interface BackupFile {
  readonly file: string;
  readonly madeAt: string;
  readonly bytes: number;
  readonly isReadableByOthers: boolean;
}

/** Throws `already_exists` when there is such a file, and leaves it as it is. */
export async function writeBackup(file: string, bytes: Uint8Array): Promise<void> {
  const isNew = await createFile(file, bytes, mode).catch((cause: unknown) => {
    throw new CopaError('failed_precondition', `cannot write ${file}: ${messageOf(cause)}`, { cause });
  });
  if (!isNew) throw new CopaError('already_exists', `there is a file ${file} already: choose another name`);
}

export function automaticName(controller: string, at: Date): string {
  return `copa-${controller}-${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z.age`;
}

/** The encrypted backups in a directory, the newest first. Throws `failed_precondition` when it cannot be read. */
export async function listBackups(directory: string): Promise<BackupFile[]> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw new CopaError('failed_precondition', `cannot read ${directory}: ${messageOf(cause)}`, { cause });
  });
  const found = await Promise.all(names.map((name) => describe(join(directory, name))));
  return found.flatMap((each) => each ?? []).sort((a, b) => b.madeAt.localeCompare(a.madeAt));
}

/** Deletes the oldest automatic backups of this controller, so that `keep` stay. */
export async function keepNewest(directory: string, controller: string, keep: number): Promise<void> {
  const ours = (await listBackups(directory)).filter(({ file }) => isAutomatic(file, controller));
  for (const { file } of ours.slice(keep)) await rm(file, { force: true });
  if (ours.length > keep) await syncDirectory(directory);
}

export function isAutomatic(file: string, controller: string): boolean {
  const name = basename(file);
  return automatic.test(name) && name.slice(0, -'-20260101T000000Z.age'.length) === `copa-${controller}`;
}

async function describe(file: string): Promise<BackupFile | undefined> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return undefined;
  try {
    const about = await stat(file);
    if (!about.isFile()) return undefined;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(encryptedMark.length), 0);
    if (buffer.toString('latin1', 0, bytesRead) !== encryptedMark) return undefined;
    return {
      file,
      madeAt: about.mtime.toISOString(),
      bytes: about.size,
      isReadableByOthers: (about.mode & 0o077) !== 0,
    };
  } finally {
    await handle.close();
  }
}
