/** The common part of both daemons' metrics. Names and units follow Prometheus: `promtool check metrics`. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { isCopaError } from '../errors.js';
import { version } from '../version.js';

/** From a request to a daemon (1 ms) to a step of a migration (minutes). */
export const durationBuckets = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300];

/** Node's default gauges whose names end in `_total`, which is for counters only. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** A registry with the metrics of every process: memory, CPU, event loop and version. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  new Gauge({
    name: 'copa_build_info',
    help: 'Always 1; the label is the version of COPA.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1);
  return registry;
}

/** The metrics of gRPC calls and streams. `help` describes them. */
export function grpcMetrics(
  registry: Registry,
  prefix: string,
  help: { readonly calls: string; readonly streams: string },
) {
  const outcome = 'outcome is ok or the code of the error.';
  const common = { labelNames: ['method', 'outcome'] as const, registers: [registry] };
  const [calls, streams] = [`${prefix}_call_duration_seconds`, `${prefix}_streams_total`];
  return {
    calls: new Histogram({
      ...common,
      name: calls,
      help: `${help.calls}; ${outcome}`,
      buckets: durationBuckets,
    }),
    streams: new Counter({ ...common, name: streams, help: `${help.streams}; ${outcome}` }),
  };
}

/** A result as a label: `ok` or the error's code. */
export function outcomeOf(error: unknown): string {
  return isCopaError(error) ? error.code : 'bug';
}

/** Runs a task, and observes its duration and result. */
export async function timed<T, Label extends string>(
  histogram: Histogram<Label | 'outcome'>,
  labels: Readonly<Record<Label, string>>,
  work: () => Promise<T>,
): Promise<T> {
  const end = histogram.startTimer();
  const note = (outcome: string) => end({ ...labels, outcome });
  try {
    const value = await work();
    note('ok');
    return value;
  } catch (error) {
    note(outcomeOf(error));
    throw error;
  }
}
