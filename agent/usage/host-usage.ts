/** The usage of the whole host, from the kernel's files. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { trafficOf } from './counter-files.js';

export interface HostSample {
  readonly cpus: number;
  readonly load1: number;
  readonly memoryTotal: number;
  readonly memoryUsed: number;
  readonly rxBytes: number;
  readonly txBytes: number;
}

export function sampleHost(): HostSample {
  const memory = readFileSync('/proc/meminfo', 'utf8');
  const [, availableKiB] = /^MemAvailable:\s+(\d+) kB$/m.exec(memory) ?? [];
  const memoryTotal = totalmem();
  return {
    cpus: availableParallelism(),
    load1: loadavg()[0] ?? 0,
    memoryTotal,
    memoryUsed: memoryTotal - Number(availableKiB ?? 0) * 1024,
    ...ownTraffic(),
  };
}

/** Physical interfaces and those of the default route. Bridges and containers' interfaces would count bytes twice. */
function ownTraffic() {
  const routes = [...readFileSync('/proc/net/route', 'utf8').matchAll(/^(\S+)\s+([0-9A-F]{8})\s/gm)];
  const defaults = routes.filter(([, , destination]) => destination === '00000000');
  const waysOut = new Set((defaults.length > 0 ? defaults : routes).map(([, name]) => name));
  const isDevice = (name: string) => existsSync(`/sys/class/net/${name}/device`);
  return trafficOf(readFileSync('/proc/net/dev', 'utf8'), (name) => waysOut.has(name) || isDevice(name));
}
