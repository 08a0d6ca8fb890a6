/** The usage of the whole host, from the kernel's files. */
import { existsSync, readFileSync } from 'node:fs';
import { readMachine } from '../inventory/capacity.js';
import { trafficOf } from './counter-files.js';

export interface HostSample {
  readonly cpus: number;
  readonly load1: number;
  readonly memoryTotal: number;
  readonly memoryUsed: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  /** Clock ticks of all processors since the start. */
  readonly cpuTicks: number;
  readonly busyTicks: number;
  readonly diskReadBytes: number;
  readonly diskWrittenBytes: number;
}

export function sampleHost(): HostSample {
  const { memoryAvailable, ...machine } = readMachine();
  return {
    ...machine,
    memoryUsed: machine.memoryTotal - memoryAvailable,
    ...ownTraffic(),
    ...processorTicksIn(readFileSync('/proc/stat', 'utf8')),
    ...diskTrafficIn(readFileSync('/proc/diskstats', 'utf8'), isDisk),
  };
}

/** From `/proc/stat`. Waiting for a disk is idle time. */
export function processorTicksIn(text: string): { cpuTicks: number; busyTicks: number } {
  const [, line = ''] = /^cpu +(.*)$/m.exec(text) ?? [];
  // user, nice, system, idle, iowait, irq, softirq, steal; guests are counted in user already.
  const ticks = line.split(' ').slice(0, 8).map(Number);
  const cpuTicks = ticks.reduce((sum, each) => sum + each, 0);
  return { cpuTicks, busyTicks: cpuTicks - (ticks[3] ?? 0) - (ticks[4] ?? 0) };
}

/** The kernel counts in sectors of this size, whatever the disk has. */
const sectorBytes = 512;

/** From `/proc/diskstats`, the sum of the selected devices. */
export function diskTrafficIn(
  text: string,
  isWanted: (name: string) => boolean,
): { diskReadBytes: number; diskWrittenBytes: number } {
  let [read, written] = [0, 0];
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields.length < 10 || !isWanted(fields[2] ?? '')) continue;
    read += Number(fields[5]);
    written += Number(fields[9]);
  }
  return { diskReadBytes: read * sectorBytes, diskWrittenBytes: written * sectorBytes };
}

/** Whole disks. Partitions, loop devices and mapped devices would count bytes twice. */
function isDisk(name: string): boolean {
  return existsSync(`/sys/block/${name}/device`);
}

/** Physical interfaces and those of the default route. Bridges and containers' interfaces would count bytes twice. */
function ownTraffic() {
  const routes = [...readFileSync('/proc/net/route', 'utf8').matchAll(/^(\S+)\s+([0-9A-F]{8})\s/gm)];
  const defaults = routes.filter(([, , destination]) => destination === '00000000');
  const waysOut = new Set((defaults.length > 0 ? defaults : routes).map(([, name]) => name));
  const isDevice = (name: string) => existsSync(`/sys/class/net/${name}/device`);
  return trafficOf(readFileSync('/proc/net/dev', 'utf8'), (name) => waysOut.has(name) || isDevice(name));
}
