/** What the agent tells Prometheus of itself; each instrument is fed where the thing happens. */
import { Counter, Histogram } from 'prom-client';
import type { Logger } from 'pino';
import { messageOf } from '../../common/errors.js';
import { createRegistry, durationBuckets, outcomeOf } from '../../common/observability/metrics.js';
import type { Exchange } from '../lxd/client.js';

export const registry = createRegistry();

const registers = [registry];

export const calls = new Histogram({
  name: 'copa_grpc_call_duration_seconds',
  help: 'gRPC calls from controllers; outcome is ok or the code of the error.',
  labelNames: ['method', 'outcome'],
  buckets: durationBuckets,
  registers,
});

export const streams = new Counter({
  name: 'copa_grpc_streams_total',
  help: 'gRPC streams to controllers that have ended; outcome is ok or the code of the error.',
  labelNames: ['method', 'outcome'],
  registers,
});

const daemonRequests = new Histogram({
  name: 'copa_daemon_request_duration_seconds',
  help: 'Requests to LXD or Incus; outcome is ok or the code of the error.',
  labelNames: ['method', 'call', 'outcome'],
  buckets: durationBuckets,
  registers,
});

/** Counts each exchange with the daemon, and logs those that change something. */
export function noteExchange(log: Logger): (exchange: Exchange) => void {
  return ({ method, path, error, ms }) => {
    const outcome = error === undefined ? 'ok' : outcomeOf(error);
    daemonRequests.observe({ method, call: callOf(path), outcome }, ms / 1000);
    const level = method === 'GET' ? 'debug' : 'info';
    const reason = error === undefined ? {} : { reason: messageOf(error) };
    log[level]({ method, path, outcome, ms: Math.round(ms), ...reason }, 'daemon');
  };
}

/** Which call a path is, without the names in it: `/1.0/instances/web/state` is `instances/:name/state`. */
export function callOf(path: string): string {
  const [, , ...parts] = path.split('/');
  return parts.map((part, index) => (index % 2 === 1 ? ':name' : part)).join('/') || 'server';
}
