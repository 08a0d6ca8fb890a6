/** Records the wireless stations of this host, if it has any. */
import { measureIntervalMs } from '../../common/measurements.js';
import { readStations } from '../usage/wireless-stations.js';
import type { MeasurementStore } from './measurement-store.js';

/** Records from now on, until the returned object is closed. */
export function recordStations(
  store: Pick<MeasurementStore, 'append'>,
  read: typeof readStations = readStations,
): { close(): void } {
  let isReading = false;
  const record = async () => {
    if (isReading) return;
    isReading = true;
    try {
      const stations = await read();
      if (stations.length > 0) await store.append('wireless', stations);
    } finally {
      isReading = false;
    }
  };
  const timer = setInterval(() => {
    // The store reports its failures itself.
    record().catch(() => undefined);
  }, measureIntervalMs).unref();
  return { close: () => clearInterval(timer) };
}
