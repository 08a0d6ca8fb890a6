// The file system behind a host's storage pool: LXD's own directory, or an image file of a given size, which
// the host mounts through a loop device that goes away with it.
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './processes.js';

/** Where a host mounts the file system of its storage pool, when that has one of its own: the daemon's `source`. */
export const poolDirectory = '/run/pool';

export type Driver = 'dir' | 'btrfs';

export interface Storage {
  readonly driver: Driver;
  /** The size of the pool's own file system; without it `dir` shares the machine's, `btrfs` has 6 GiB. */
  readonly sizeMiB?: number;
}

/** Sparse, so this is the maximum size of a pool, not the space that it takes. */
const btrfsMiB = 6144;

/** Creates the image file in `directory` and returns its path; undefined when the pool needs none. */
export async function createPool(directory: string, storage: Storage): Promise<string | undefined> {
  const sizeMiB = storage.sizeMiB ?? (storage.driver === 'btrfs' ? btrfsMiB : undefined);
  if (sizeMiB === undefined) return undefined;
  const file = join(directory, 'pool.img');
  await writeFile(file, '');
  await truncate(file, sizeMiB * 1024 * 1024);
  // -m 0 reserves nothing for root. Otherwise a full disk would not be full for LXD.
  const make = {
    dir: ['mkfs.ext4', '-q', '-m', '0', '-E', 'nodiscard,lazy_itable_init=1,lazy_journal_init=1', file],
    btrfs: ['mkfs.btrfs', '-q', '-K', file],
  };
  await run(make[storage.driver]);
  return file;
}

const fill = `${poolDirectory}/.lab-fill`;

/** A shell command that takes every block of the pool, larger pieces first. */
export const fillScript = `mkdir -p ${fill}; n=0
  for size in 1G 64M 4M 256K 16K 4K; do
    while fallocate -l $size ${fill}/$n 2>/dev/null; do n=$((n + 1)); done
    rm -f ${fill}/$n
  done
  sync -f ${fill}`;

/** btrfs frees blocks only when it commits. */
export const freeScript = `rm -rf ${fill}; sync -f ${poolDirectory}`;
