/** The usage of all containers of the host, in one request to the daemon. */
import type { LxdClient } from './client.js';
import { withPlainStatus } from './instances.js';
import type { InstanceFull } from './types.js';

export interface ContainerUse {
  readonly name: string;
  readonly status: string;
  /** The following fields exist only for a running container, and not with every daemon. */
  readonly cpuSeconds?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly receivedBytes?: number | undefined;
  readonly sentBytes?: number | undefined;
  readonly diskBytes?: number | undefined;
}

/** With many containers, the daemon takes seconds. */
const timeoutMs = 60_000;

export async function readUse(lxd: LxdClient): Promise<ContainerUse[]> {
  const all = await lxd.get<InstanceFull[]>('/1.0/instances?recursion=2&instance-type=container', timeoutMs);
  return all.map(withPlainStatus).map(useOf);
}

export function useOf({
  name,
  status,
  state,
}: Pick<InstanceFull, 'name' | 'status' | 'state'>): ContainerUse {
  if (!state || status === 'Stopped') return { name, status };
  const cpuNs = countIn(state.cpu, 'usage');
  const nics = Object.entries((state.network ?? {}) as Record<string, { counters?: unknown }>).filter(
    ([nic]) => nic !== 'lo',
  );
  const sum = (key: string) =>
    nics.length === 0
      ? undefined
      : nics.reduce((total, [, nic]) => total + (countIn(nic.counters, key) ?? 0), 0);
  const disks = Object.values(state.disk ?? {}).flatMap((disk) => countIn(disk, 'usage') ?? []);
  return {
    name,
    status,
    cpuSeconds: cpuNs === undefined ? undefined : cpuNs / 1e9,
    memoryBytes: countIn(state.memory, 'usage'),
    receivedBytes: sum('bytes_received'),
    sentBytes: sum('bytes_sent'),
    diskBytes: disks.length === 0 ? undefined : disks.reduce((total, bytes) => total + bytes, 0),
  };
}

/** A daemon returns -1 or nothing for an unknown value. */
function countIn(part: unknown, key: string): number | undefined {
  const count = (part as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  return typeof count === 'number' && count >= 0 ? count : undefined;
}
