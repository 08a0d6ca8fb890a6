/** Storage pools of the daemon: drivers, free space, and what a container occupies. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isCopaError } from '../../proto/errors.js';
import type { LxdClient } from './client.js';
import { instancePath } from './instances.js';
import type { InstanceState, StoragePool, StorageResources } from './types.js';

/** Counting a container's files stops here and is then unknown; raising it delays the preflight. */
const countTimeoutMs = 10_000;

export async function findStoragePool(lxd: LxdClient, name: string): Promise<StoragePool | undefined> {
  try {
    return await lxd.get<StoragePool>(`/1.0/storage-pools/${encodeURIComponent(name)}`);
  } catch (error) {
    if (isCopaError(error, 'not_found')) return undefined;
    throw error;
  }
}

/** Free bytes of a storage pool. */
export async function freeBytes(lxd: LxdClient, pool: string): Promise<number> {
  const { space } = await lxd.get<StorageResources>(
    `/1.0/storage-pools/${encodeURIComponent(pool)}/resources`,
  );
  return Math.max(0, space.total - space.used);
}

/**
 * What a container occupies, in bytes; 0 when nobody knows. The daemon tells it for storage with quotas;
 * a `dir` pool's files are counted if this process can see them (not inside a snap, for one).
 */
export async function usedBytes(lxd: LxdClient, container: string, pool: StoragePool): Promise<number> {
  const { disk } = await lxd.get<InstanceState>(`${instancePath(container)}/state`);
  const told = Math.max(0, ...Object.values(disk ?? {}).map(({ usage }) => usage ?? 0));
  const source = pool.config['source'] ?? '';
  const directory = join(source, 'containers', container);
  if (told > 0 || pool.driver !== 'dir' || !source.startsWith('/') || !existsSync(directory)) return told;
  try {
    const { stdout } = await promisify(execFile)('du', ['-s', '-x', '-B1', '--', directory], {
      timeout: countTimeoutMs,
    });
    return Number.parseInt(stdout, 10) || 0;
  } catch {
    return 0;
  }
}
