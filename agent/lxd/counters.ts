/** Reads the counters of all running containers in one request to the daemon. */
import type { LxdClient } from './client.js';
import { withPlainStatus } from './instances.js';
import type { InstanceFull } from './types.js';

interface Counters {
  readonly cpuNs: number;
  readonly memoryBytes: number;
  readonly rxBytes: number;
  readonly txBytes: number;
}

export async function readCounters(lxd: LxdClient): Promise<Map<string, Counters>> {
  const all = await lxd.get<InstanceFull[]>('/1.0/instances?recursion=2&instance-type=container', 120_000);
  return new Map(
    all.map(withPlainStatus).flatMap(({ name, status, state }) => {
      if (status !== 'Running' || !state) return [];
      const networks = Object.entries(state.network ?? {}).filter(([device]) => device !== 'lo');
      const total = (key: 'bytes_received' | 'bytes_sent') =>
        networks.reduce((sum, [, { counters }]) => sum + (counters?.[key] ?? 0), 0);
      const counters = {
        cpuNs: usageIn(state.cpu),
        memoryBytes: usageIn(state.memory),
        rxBytes: total('bytes_received'),
        txBytes: total('bytes_sent'),
      };
      return [[name, counters] as const];
    }),
  );
}

function usageIn(part: unknown): number {
  const usage = (part as { usage?: unknown } | null | undefined)?.usage;
  return typeof usage === 'number' ? usage : 0;
}
