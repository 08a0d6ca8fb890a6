// The moved container: a gibibyte of mixed files, the same bytes on every machine and in every run, and a writer
// inside that changes a bounded area at a given rate.
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../deploy/lab/host.js';

/** The container's name in every scenario. */
export const container = 'bench';

/** The writer's area: this many files of a mebibyte, rewritten in a ring. */
const ringFiles = 256;

const filesPerDirectory = 100;

/**
 * Sizes as on a system container's disk: nearly all files are small, nearly all bytes are in the others.
 * Together 56,000 files and 1 GiB.
 */
const classes = [
  { files: 50_000, bytesMin: 500, bytesMax: 8_000 },
  { files: 5_900, bytesMin: 16_000, bytesMax: 112_000 },
  { files: 100, bytesMin: 1_000_000, bytesMax: 9_600_000 },
] as const;

export interface Workload {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Creates the container on a host, stopped and never started, so that its files have their owners as seen inside. The
 * host's daemon shifts them at the first start if needed.
 * @param share 1 for the whole gibibyte, 1/16 for a quick run.
 */
export async function makeContainer(host: Host, share: number): Promise<Workload> {
  await host.lxc('init', 'tiny', container);
  const root = host.path(`${host.volume(container)}/rootfs`);
  const random = generator(20_261_124);
  const text = Buffer.alloc(1 << 20);
  const noise = Buffer.alloc(1 << 20);
  const words = 'container host daemon storage network the of and to in is'.split(' ');
  for (let at = 0; at < text.length;)
    at += text.write(`${words[random() % words.length] ?? ''} ${random() % 97} `, at);
  for (let at = 0; at + 4 <= noise.length; at += 4) noise.writeUInt32LE(random(), at);

  let files = 0;
  let bytes = 0;
  for (const each of classes) {
    for (let n = 0; n < each.files * share; n++) {
      const directory = join(root, 'srv', String(Math.floor(files / filesPerDirectory)));
      if (files % filesPerDirectory === 0) mkdirSync(directory, { recursive: true });
      const size = each.bytesMin + (random() % (each.bytesMax - each.bytesMin));
      // Half of the files compress well, like texts and logs, and half not at all, like archives.
      const content = pieces(random() % 2 === 0 ? text : noise, random(), size);
      const file = join(directory, `${n}`);
      writeFileSync(file, content);
      if (n % 7 === 0) chownSync(file, 1000, 1000);
      files++;
      bytes += size;
    }
  }
  writeFileSync(join(root, 'sbin/bench-writer'), writer, { mode: 0o755 });
  return { files, bytes };
}

/** Starts the writer in the running container; it ends with it. */
export async function startWriter(host: Host, megabytesPerSecond: number): Promise<void> {
  await host.lxc(
    'exec',
    container,
    '--',
    'sh',
    '-c',
    `bench-writer ${megabytesPerSecond} >/dev/null 2>&1 </dev/null &`,
  );
}

/**
 * Writes the rate's number of the ring's files each second, with bytes that neither deltas nor compression reduce.
 */
const writer = `#!/bin/sh
mkdir -p /data/ring
n=0
while :; do
  sleep 1 &
  i=0
  while [ $i -lt $1 ]; do
    dd if=/dev/urandom of=/data/ring/$n bs=1024k count=1 conv=notrunc
    n=$(((n + 1) % ${ringFiles}))
    i=$((i + 1))
  done
  wait
done
`;

function pieces(from: Buffer, offset: number, size: number): Buffer {
  const start = offset % from.length;
  const parts = [from.subarray(start, start + size)];
  for (let have = parts[0]?.length ?? 0; have < size; have += from.length) {
    parts.push(from.subarray(0, Math.min(from.length, size - have)));
  }
  return Buffer.concat(parts);
}

/** xorshift32: the same numbers for the same seed, everywhere. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
}
