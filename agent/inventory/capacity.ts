/** What this host has for containers: processors, memory, and the disk that new containers get. */
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg, totalmem } from 'node:os';
import type { Capacity__Output as Capacity } from '../../proto/gen/copa/agent/v1/Capacity.js';
import type { LxdClient } from '../lxd/client.js';
import { rootDisk, spaceMeter, type SpaceMeter } from '../lxd/storage.js';
import type { Devices } from '../lxd/types.js';

/** Smaller changes are not reported: a share of the total ... */
const noticeableShare = 0.02;
/** ... and runnable processes. */
const noticeableLoad = 0.25;

/** The host's processors and memory, from the kernel's files. */
export function readMachine() {
  const memory = readFileSync('/proc/meminfo', 'utf8');
  const [, availableKiB] = /^MemAvailable:\s+(\d+) kB$/m.exec(memory) ?? [];
  return {
    cpus: availableParallelism(),
    load1: loadavg()[0] ?? 0,
    memoryTotal: totalmem(),
    memoryAvailable: Number(availableKiB ?? 0) * 1024,
  };
}

/** Returns a meter of the storage pool that new containers get, by the default profile. */
export function newContainerSpace(lxd: LxdClient): SpaceMeter {
  return spaceMeter(lxd, async () => {
    const { devices } = await lxd.get<{ readonly devices: Devices }>('/1.0/profiles/default');
    return rootDisk(devices)?.['pool'] ?? '';
  });
}

/** Returns a function that measures. It never throws: a disk that cannot be measured is unknown. */
export function capacityMeter(lxd: LxdClient): () => Promise<Capacity> {
  const measureSpace = newContainerSpace(lxd);
  return async () => {
    const unknown = { totalBytes: 0, freeBytes: 0 };
    const { totalBytes, freeBytes } = await measureSpace('quick').catch(() => unknown);
    return { ...readMachine(), diskTotal: totalBytes, diskFree: freeBytes };
  };
}

export function hasChanged(before: Capacity | undefined, now: Capacity): boolean {
  if (!before) return true;
  const differs = (was: number, is: number, total: number) => Math.abs(was - is) > noticeableShare * total;
  return (
    before.cpus !== now.cpus ||
    Math.abs(before.load1 - now.load1) > noticeableLoad ||
    differs(before.memoryTotal, now.memoryTotal, now.memoryTotal) ||
    differs(before.memoryAvailable, now.memoryAvailable, now.memoryTotal) ||
    differs(before.diskTotal, now.diskTotal, now.diskTotal) ||
    differs(before.diskFree, now.diskFree, now.diskTotal)
  );
}
