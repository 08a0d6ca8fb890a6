/** Records what the probes to other hosts measure, and the traffic with them if it is counted. */
import { measureIntervalMs, type RowOf } from '../../common/measurements.js';
import type { LinkProbes } from '../links/link-probes.js';
import type { LinkTraffic } from '../links/traffic.js';
import type { MeasurementStore } from './measurement-store.js';

/** Records from now on, until the returned object is closed. */
export function recordLinks(
  links: Pick<LinkProbes, 'take' | 'peers'>,
  store: Pick<MeasurementStore, 'append'>,
  traffic: Pick<LinkTraffic, 'rates'> | undefined,
): { close(): void } {
  const record = async () => {
    const rows = links.take();
    const { peers } = links;
    const rates = await traffic?.rates(peers.map(({ address }) => address));
    if (rows.length === 0) return;
    const addresses = new Map(peers.map(({ pool, address }) => [pool, address]));
    await store.append(
      'link',
      rows.map((row) => withTraffic(row, rates?.get(addresses.get(row.locus2_id) ?? ''))),
    );
  };
  const timer = setInterval(() => {
    // The store and the counters report their failures themselves.
    record().catch(() => undefined);
  }, measureIntervalMs).unref();
  return { close: () => clearInterval(timer) };
}

function withTraffic(row: RowOf<'link'>, mbits: number | undefined): RowOf<'link'> {
  if (mbits === undefined) return row;
  return { ...row, throughput: Math.round(mbits * 1000) / 1000, throughput_measured: true };
}
