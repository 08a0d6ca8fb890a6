/**
 * Reads a container's counters from the kernel's files. This takes a few microseconds, while a request to the daemon
 * takes milliseconds. The container is found by its first process.
 */
import { existsSync, readFileSync } from 'node:fs';

/** Counters since the container's start, and its current memory. */
export interface Sample {
  readonly cpuNs: number;
  readonly memoryBytes: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  /** Undefined when the kernel does not count them. */
  readonly diskReadBytes?: number | undefined;
  readonly diskWrittenBytes?: number | undefined;
}

/** The paths of a container's counters. */
export interface CounterFiles {
  readonly cpu: string;
  readonly memory: string;
  readonly network: string;
  readonly disk: string;
}

const root = '/sys/fs/cgroup';

/**
 * The files of the container whose first process is `pid`. Undefined when they are not visible, or when that process
 * does not belong to that container.
 */
export function counterFilesOf(name: string, pid: number): CounterFiles | undefined {
  const groups = read(`/proc/${pid}/cgroup`);
  if (groups === undefined) return undefined;
  const candidates = [
    [
      groupPath(groups, '', name),
      (path: string) => [
        `${root}${path}/cpu.stat`,
        `${root}${path}/memory.current`,
        `${root}${path}/io.stat`,
      ],
    ],
    [
      groupPath(groups, 'cpuacct', name),
      (path: string) => [
        `${root}/cpuacct${path}/cpuacct.usage`,
        `${root}/memory${groupPath(groups, 'memory', name) ?? path}/memory.usage_in_bytes`,
        `${root}/blkio${groupPath(groups, 'blkio', name) ?? path}/blkio.throttle.io_service_bytes`,
      ],
    ],
  ] as const;
  for (const [path, filesIn] of candidates) {
    if (path === undefined) continue;
    const [cpu = '', memory = '', disk = ''] = filesIn(path);
    if (existsSync(cpu) && existsSync(memory)) return { cpu, memory, disk, network: `/proc/${pid}/net/dev` };
  }
  return undefined;
}

/** Undefined when the container is gone. */
export function sample(files: CounterFiles): Sample | undefined {
  const [cpu, memory, network] = [read(files.cpu), read(files.memory), read(files.network)];
  if (cpu === undefined || memory === undefined || network === undefined) return undefined;
  return {
    cpuNs: cpuNsOf(cpu),
    memoryBytes: Number(memory),
    ...trafficOf(network, (name) => name !== 'lo'),
    ...diskBytesIn(read(files.disk)),
  };
}

/** The sum over all devices, from `io.stat` (8:0 rbytes=1 wbytes=2 ...) or from version 1's lines (8:0 Read 1). */
export function diskBytesIn(text: string | undefined): Pick<Sample, 'diskReadBytes' | 'diskWrittenBytes'> {
  if (text === undefined) return {};
  const sum = (pattern: RegExp) =>
    [...text.matchAll(pattern)].reduce((total, [, bytes]) => total + Number(bytes), 0);
  return {
    diskReadBytes: sum(/^\d+:\d+ (?:.*\brbytes=|Read )(\d+)/gm),
    diskWrittenBytes: sum(/^\d+:\d+ (?:.*\bwbytes=|Write )(\d+)/gm),
  };
}

/**
 * The container's own control group in `/proc/PID/cgroup` for one controller (none: version 2), without the groups
 * that its init created below it.
 */
export function groupPath(groups: string, controller: string, name: string): string | undefined {
  for (const line of groups.split('\n')) {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (!(controllers === controller || controllers.split(',').includes(controller))) continue;
    const parts = path.split('/');
    const own = parts.findIndex(
      (part) => part.replace(/-\d+$/, '') === `lxc.payload.${name}` || part === `lxc.payload.${name}`,
    );
    if (own >= 0) return parts.slice(0, own + 1).join('/');
  }
  return undefined;
}

/** Either a plain number of nanoseconds, or version 2's `usage_usec N` among other lines. */
function cpuNsOf(text: string): number {
  const [, micros] = /^usage_usec (\d+)$/m.exec(text) ?? [];
  return micros === undefined ? Number(text) : Number(micros) * 1000;
}

/** The sum of the selected interfaces in `/proc/net/dev`. */
export function trafficOf(
  text: string,
  isWanted: (name: string) => boolean,
): { rxBytes: number; txBytes: number } {
  let [rxBytes, txBytes] = [0, 0];
  for (const line of text.split('\n')) {
    const [, name = '', counters] = /^\s*([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (counters === undefined || !isWanted(name)) continue;
    const fields = counters.split(/\s+/);
    rxBytes += Number(fields[0]);
    txBytes += Number(fields[8]);
  }
  return { rxBytes, txBytes };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
