/** Records what the probes to other hosts measure. */
import { measureIntervalMs } from '../../common/measurements.js';
import type { LinkProbes } from '../links/link-probes.js';
import type { MeasurementStore } from './measurement-store.js';

/** Records from now on, until the returned object is closed. */
export function recordLinks(
  links: Pick<LinkProbes, 'take'>,
  store: Pick<MeasurementStore, 'append'>,
): { close(): void } {
  const timer = setInterval(() => {
    const rows = links.take();
    // The store reports its failures itself.
    if (rows.length > 0) store.append('link', rows).catch(() => undefined);
  }, measureIntervalMs).unref();
  return { close: () => clearInterval(timer) };
}
