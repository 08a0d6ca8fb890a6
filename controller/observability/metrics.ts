/**
 * The controller's metrics for Prometheus. Each instrument is updated where the event happens. Label values come from
 * fixed sets, except for the names of pools.
 */
import { Counter, Gauge, Histogram } from 'prom-client';
import { createRegistry, durationBuckets, grpcMetrics } from '../../common/observability/metrics.js';

export const registry = createRegistry();

const registers = [registry];

export const httpRequests = new Histogram({
  name: 'copa_http_request_duration_seconds',
  help: 'Duration of HTTP requests until their reply began.',
  labelNames: ['route', 'method', 'status'],
  buckets: durationBuckets,
  registers,
});

export const { calls: agentCalls, streams: agentStreams } = grpcMetrics(registry, 'copa_agent', {
  calls: 'gRPC calls to agents, connecting included',
  streams: 'gRPC streams from agents that have ended',
});

export const etcdRequests = new Histogram({
  name: 'copa_etcd_request_duration_seconds',
  help: 'Requests to etcd, counted per attempt; outcome is ok or error.',
  labelNames: ['request', 'outcome'],
  buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3],
  registers,
});

export const migrationsEnded = new Counter({
  name: 'copa_migrations_total',
  help: 'Migrations that have ended, by outcome: done, failed or cancelled.',
  labelNames: ['outcome'],
  registers,
});

export const migrationPhases = new Histogram({
  name: 'copa_migration_phase_duration_seconds',
  help: 'How long migrations were in each phase.',
  labelNames: ['phase'],
  buckets: durationBuckets,
  registers,
});

export const migrationDurations = new Histogram({
  name: 'copa_migration_duration_seconds',
  help: 'Duration of migrations from request to end.',
  labelNames: ['outcome'],
  buckets: [1, 2.5, 5, 10, 30, 60, 300, 900, 3600],
  registers,
});

export const migrationDowntimes = new Histogram({
  name: 'copa_migration_downtime_seconds',
  help: 'How long a moved container did not run, from the shutdown request until it ran again.',
  buckets: [0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300],
  registers,
});

export const downtimeErrors = new Histogram({
  name: 'copa_migration_downtime_error_seconds',
  help: 'By how much the downtime of a moved container differed from its prediction.',
  buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60],
  registers,
});

export const imageCopies = new Counter({
  name: 'copa_image_copies_total',
  help: 'Copies of images between pools, by outcome: copied, present (it was there by then) or failed.',
  labelNames: ['outcome'],
  registers,
});

export const migrationChecks = new Counter({
  name: 'copa_migration_checks_total',
  help: 'Checks of containers after their start on a destination, by outcome: passed, failed or skipped.',
  labelNames: ['outcome'],
  registers,
});

export const migrationBytes = new Counter({
  name: 'copa_migration_bytes_total',
  help: 'Bytes sent in the passes of migrations.',
  registers,
});

export const backupFailures = new Counter({
  name: 'copa_backup_failures_total',
  help: 'Failed attempts to make an automatic backup.',
  registers,
});

export const policyDecisions = new Counter({
  name: 'copa_policy_decisions_total',
  help: 'Decisions of policies, by outcome: ordered, recommended or refused (an ordered move that was refused).',
  labelNames: ['policy', 'outcome'],
  registers,
});

export const policyRounds = new Histogram({
  name: 'copa_policy_round_duration_seconds',
  help: 'How long it took to read new samples and decide on all policies; outcome is ok or error.',
  labelNames: ['outcome'],
  buckets: durationBuckets,
  registers,
});

export const prometheusQueries = new Histogram({
  name: 'copa_prometheus_query_duration_seconds',
  help: 'Queries to the Prometheus server of --prometheus; outcome is ok or the code of the error.',
  labelNames: ['outcome'],
  buckets: durationBuckets,
  registers,
});

export const rebalanceMoves = new Counter({
  name: 'copa_rebalance_moves_total',
  help: 'Moves of rebalances, by outcome: ordered, refused, or moved_back (by somebody else, afterwards).',
  labelNames: ['outcome'],
  registers,
});

/** A gauge whose values are computed when they are read. */
export function readGauge<Label extends string>(
  settings: { readonly name: string; readonly help: string; readonly labelNames: readonly Label[] },
  read: () => Iterable<readonly [labels: Readonly<Record<Label, string>>, value: number]>,
): void {
  // In tests, a second controller in the process replaces the first one.
  registry.removeSingleMetric(settings.name);
  new Gauge<Label>({
    ...settings,
    registers,
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.set(labels, value);
    },
  });
}

export const backupMadeAt = {
  name: 'copa_backup_last_timestamp_seconds',
  help: 'When the newest automatic backup was made.',
  labelNames: [],
} as const;

export const backupBytes = {
  name: 'copa_backup_last_bytes',
  help: 'The size of the newest automatic backup.',
  labelNames: [],
} as const;

export const poolUp = {
  name: 'copa_pool_up',
  help: 'Whether a pool works: its agent and its daemon answer.',
  labelNames: ['pool'],
} as const;

export const controllerUp = {
  name: 'copa_controller_up',
  help: 'Whether a controller of this cluster works, as the controller that answers sees it.',
  labelNames: ['controller'],
} as const;

export const migrationsRunning = {
  name: 'copa_migrations_running',
  help: 'Migrations that this controller runs now, by phase.',
  labelNames: ['phase'],
} as const;

export const migrationsWaiting = {
  name: 'copa_migration_waiting_seconds',
  help: 'The longest wait among the migrations of this controller, by phase; 0 if none waits.',
  labelNames: ['phase'],
} as const;

export const migrationsQueued = {
  name: 'copa_migrations_queued',
  help: 'Migrations of all controllers that wait for their turn to copy, or to cut over.',
  labelNames: ['kind'],
} as const;

export const evacuationsKnown = {
  name: 'copa_evacuations',
  help: 'Pools by the phase of their last evacuation: evacuating, evacuated, incomplete, restoring or restored.',
  labelNames: ['phase'],
} as const;

export const evacuationContainers = {
  name: 'copa_evacuation_containers_left',
  help: 'Containers that still have to leave a pool, or to come back to it; only while that goes on.',
  labelNames: ['pool'],
} as const;

export const networkHostsNotReady = {
  name: 'copa_network_hosts_not_ready',
  help: 'Hosts that answer and have not got a network over several hosts as it is to be.',
  labelNames: ['network'],
} as const;

export const networkAddressesUsed = {
  name: 'copa_network_addresses_used',
  help: 'Addresses of a network over several hosts that hosts and containers have.',
  labelNames: ['network'],
} as const;

export const networkAddressesFree = {
  name: 'copa_network_addresses_free',
  help: 'Addresses of a network over several hosts that nobody has.',
  labelNames: ['network'],
} as const;

export const networkConflicts = {
  name: 'copa_network_conflicts',
  help: 'Containers with an address in a network over several hosts that they should not have.',
  labelNames: ['network'],
} as const;

export const networkKeysOverdue = {
  name: 'copa_network_keys_overdue_seconds',
  help: 'For how long the keys of encrypted networks should have been replaced; 0 if they are not too old.',
  labelNames: [],
} as const;

export const etcdUnreadable = {
  name: 'copa_etcd_unreadable_values',
  help: 'Values in etcd that cannot be read and are left out; the log names their keys.',
  labelNames: [],
} as const;

export const etcdDatabaseBytes = {
  name: 'copa_etcd_database_bytes',
  help: "Size of etcd's database, of the member that answered.",
  labelNames: [],
} as const;

export const etcdOutOfSpace = {
  name: 'copa_etcd_out_of_space',
  help: 'Whether etcd has reached the size limit of its database and takes no changes.',
  labelNames: [],
} as const;

export const publishedPorts = {
  name: 'copa_published_ports',
  help: 'Ports of hosts that lead to containers.',
  labelNames: [],
} as const;

export const publishedPortProblems = {
  name: 'copa_published_port_problems',
  help: 'Published ports that a pool does not forward, or on which a program of it listens, too.',
  labelNames: ['pool'],
} as const;
