/** Invented histories for the page: values that rise and fall, with a gap, and three links. */
import type { HistoryRow } from '../../../client/index.js';

const stepOf = { '30s': 5, '1h': 5, '24h': 300, '30d': 3600 } as const;
const secondsOf = { '30s': 30, '1h': 3600, '24h': 86_400, '30d': 30 * 86_400 } as const;
const pools = ['aurora', 'basalt', 'cedar'];

type Since = keyof typeof stepOf;

export function historyOf(query: Readonly<Record<string, unknown>>): { history: HistoryRow[]; step: number } {
  const since = String(query['since']) as Since;
  const step = stepOf[since];
  const count = secondsOf[since] / step;
  const endMs = Math.floor(Date.now() / 1000 / step) * step * 1000;
  const history = Array.from({ length: count }, (_, index) => index)
    // A reboot.
    .filter((index) => count < 20 || index < count * 0.6 || index > count * 0.64)
    .flatMap((index) => {
      const at = new Date(endMs - (count - 1 - index) * step * 1000).toISOString();
      const wave = 1 + Math.sin((index / count) * 20) + 0.3 * Math.sin(index * 1.7);
      return query['what'] === 'link' ? linksAt(at, wave, query) : [usageAt(at, wave, query)];
    });
  return { history, step };
}

function usageAt(at: string, wave: number, query: Readonly<Record<string, unknown>>): HistoryRow {
  const container = query['container_name'];
  return {
    ...{ at, pool: String(query['container_pool']) },
    ...(typeof container === 'string' ? { container } : {}),
    ...{ CPU: 20 + 15 * wave, memory: typeof container === 'string' ? 3e8 + 1e7 * wave : 40 + 5 * wave },
    ...{
      received: 8e5 * (1.4 + wave),
      sent: 3e5 * (1.4 + wave),
      disk_read: 2e4,
      disk_written: 9e4 * (1.4 + wave),
    },
  };
}

function linksAt(at: string, wave: number, query: Readonly<Record<string, unknown>>): HistoryRow[] {
  return pools.flatMap((pool, from) =>
    pools.flatMap((peer, to) => {
      if (pool === peer || (query['peer'] !== undefined && query['peer'] !== peer)) return [];
      if (query['container_pool'] !== undefined && query['container_pool'] !== pool) return [];
      const isSlow = from + to === 3;
      const ms = isSlow ? 61 + 4 * wave : 0.4 + 0.1 * wave;
      return [
        {
          ...{ at, pool, peer, latency_median_1to2: ms, latency_median_2to1: ms * 1.1 },
          ...{ jitter_1to2: ms / 9, jitter_2to1: ms / 7, loss_1to2: isSlow ? 3.3 : 0, loss_2to1: 0 },
          ...{ uncertainty: ms, throughput: 12 * (1.4 + wave), throughput_measured: true },
        },
      ];
    }),
  );
}
