/** The agent's metrics for Prometheus. Each instrument is updated where the event happens. */
import { Counter, Histogram } from 'prom-client';
import type { Logger } from 'pino';
import { messageOf } from '../../common/errors.js';
import {
  createRegistry,
  durationBuckets,
  grpcMetrics,
  outcomeOf,
} from '../../common/observability/metrics.js';
import type { Exchange } from '../lxd/client.js';

export const registry = createRegistry();

export const { calls, streams } = grpcMetrics(registry, 'copa_grpc', {
  calls: 'gRPC calls from controllers',
  streams: 'gRPC streams to controllers that have ended',
});

export const linkPackets = new Counter({
  name: 'copa_link_packets_total',
  help: 'Packets of the probes between hosts; refused: of a foreign sender, forged, repeated or too many.',
  labelNames: ['outcome'],
  registers: [registry],
});

const daemonRequests = new Histogram({
  name: 'copa_daemon_request_duration_seconds',
  help: 'Requests to LXD or Incus; outcome is ok or the code of the error.',
  labelNames: ['method', 'call', 'outcome'],
  buckets: durationBuckets,
  registers: [registry],
});

/** Counts each request to the daemon, and logs those that change something. */
export function noteExchange(log: Logger): (exchange: Exchange) => void {
  return ({ method, path, error, ms }) => {
    const outcome = error === undefined ? 'ok' : outcomeOf(error);
    daemonRequests.observe({ method, call: callOf(path), outcome }, ms / 1000);
    const level = method === 'GET' ? 'debug' : 'info';
    const reason = error === undefined ? {} : { reason: messageOf(error) };
    log[level]({ method, path, outcome, ms: Math.round(ms), ...reason }, 'daemon');
  };
}

/** The call of a path, without the names in it: `/1.0/instances/web/state` is `instances/:name/state`. */
export function callOf(path: string): string {
  const [, , ...parts] = path.split('/');
  return parts.map((part, index) => (index % 2 === 1 ? ':name' : part)).join('/') || 'server';
}
