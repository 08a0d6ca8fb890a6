/** Records what the host and its containers use. */
import { measureIntervalMs, type RowOf } from '../../common/measurements.js';
import type { Usage } from '../../proto/gen/copa/agent/v1/Usage.js';
import type { Inventory } from '../inventory/inventory.js';
import type { LxdClient } from '../lxd/client.js';
import { UsageStream } from '../usage/usage-stream.js';
import type { MeasurementStore } from './measurement-store.js';

/** Records from now on, until the returned object is closed. */
export function recordUsage(
  lxd: LxdClient,
  inventory: Pick<Inventory, 'pids' | 'keep'>,
  store: Pick<MeasurementStore, 'append'>,
): { close(): void } {
  return new UsageStream(lxd, inventory, measureIntervalMs, (usage) => {
    // The store reports its failures itself. What was measured meanwhile is lost, and the next rows are stored again.
    store.append('resource', [hostRow(usage)]).catch(() => undefined);
    const rows = containerRows(usage);
    if (rows.length > 0) store.append('container', rows).catch(() => undefined);
    return true;
  });
}

export function hostRow(usage: Usage): RowOf<'resource'> {
  const { memoryUsed, memoryTotal } = usage;
  return {
    CPU: rounded(usage.cpuPercent),
    memory: rounded((100 * Number(memoryUsed ?? 0)) / Math.max(1, Number(memoryTotal ?? 0))),
    load: rounded(usage.load1),
    disk_read: Math.round(Number(usage.diskReadBytesPerSecond ?? 0)),
    disk_written: Math.round(Number(usage.diskWrittenBytesPerSecond ?? 0)),
    received: Math.round(Number(usage.rxBytesPerSecond ?? 0)),
    sent: Math.round(Number(usage.txBytesPerSecond ?? 0)),
  };
}

export function containerRows({ containers = [] }: Usage): RowOf<'container'>[] {
  return containers.map((usage) => ({
    container: usage.name ?? '',
    CPU: rounded(usage.cpuPercent),
    memory: Number(usage.memory ?? 0),
    received: Math.round(Number(usage.rxBytesPerSecond ?? 0)),
    sent: Math.round(Number(usage.txBytesPerSecond ?? 0)),
    ...(usage.diskReadBytesPerSecond === undefined
      ? {}
      : {
          disk_read: Math.round(Number(usage.diskReadBytesPerSecond)),
          disk_written: Math.round(Number(usage.diskWrittenBytesPerSecond ?? 0)),
        }),
  }));
}

/** More digits are noise, and take space. */
function rounded(value: number | string | undefined): number {
  return Math.round(Number(value ?? 0) * 100) / 100;
}
