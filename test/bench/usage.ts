// The usage of a process from /proc: its peak memory, and its processor time since the last sample; and the processor
// time of everything on a host.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../deploy/lab/host.js';
import { pidOf } from '../../deploy/lab/processes.js';

export interface Usage {
  readonly peakBytes: number;
  readonly cpuSeconds: number;
}

/** Clock ticks a second in /proc/PID/stat, on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Measures an agent from now on. The returned function returns the result. */
export function watchAgent(host: Host): () => Usage {
  const pid = pidOf(readFileSync(join(host.directory, 'agent.pid'), 'utf8'));
  // Resets the kernel's high-water mark to the current memory.
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const before = cpuSeconds(pid);
  return () => ({ peakBytes: peakBytes(pid), cpuSeconds: cpuSeconds(pid) - before });
}

/**
 * Measures the processor time of everything on these hosts from now on, in s: daemons, rsync, agents, all. On a
 * machine with other load it is more meaningful than elapsed time.
 */
export function watchHosts(hosts: readonly Host[]): () => number {
  const groups = hosts.map((host) => groupOf(host));
  const sum = () => groups.reduce((seconds, group) => seconds + groupSeconds(group), 0);
  const before = sum();
  return () => sum() - before;
}

/** The control group of a host's first process, or the one above it that also contains its siblings. */
function groupOf(host: Host): string {
  const lines = readFileSync(`/proc/${host.pid ?? 0}/cgroup`, 'utf8').split('\n');
  const name = lines
    .map((line) => line.split(':')[2]?.split('/')[1] ?? '')
    .find((each) => each.endsWith(host.name));
  if (name === undefined) throw new Error(`${host.name} has no control group of its own`);
  return name;
}

function groupSeconds(group: string): number {
  const nanoseconds = `/sys/fs/cgroup/cpuacct/${group}/cpuacct.usage`;
  if (existsSync(nanoseconds)) return Number(readFileSync(nanoseconds, 'utf8')) / 1e9;
  const stat = readFileSync(`/sys/fs/cgroup/${group}/cpu.stat`, 'utf8');
  return Number(/^usage_usec (\d+)/m.exec(stat)?.[1]) / 1e6;
}

export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime, stime, and those of terminated children: programs that the agent runs count as the agent's.
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0) / ticksPerSecond;
}

function peakBytes(pid: number): number {
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(peak) * 1024;
}
