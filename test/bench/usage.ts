// What a process takes, from /proc: the most memory that it had and the processor time since the last look.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../lab/host.js';
import { pidOf } from '../lab/processes.js';

export interface Usage {
  readonly peakBytes: number;
  readonly cpuSeconds: number;
}

/** Clock ticks a second in /proc/PID/stat, on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Measures an agent from now on; the function returned tells. */
export function watchAgent(host: Host): () => Usage {
  const pid = pidOf(readFileSync(join(host.directory, 'agent.pid'), 'utf8'));
  // Sets the kernel's high-water mark back to what the process has now.
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const before = cpuSeconds(pid);
  return () => ({ peakBytes: peakBytes(pid), cpuSeconds: cpuSeconds(pid) - before });
}

function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime, stime, and the same of children that have ended: what the agent runs counts as the agent's.
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0) / ticksPerSecond;
}

function peakBytes(pid: number): number {
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(peak) * 1024;
}
