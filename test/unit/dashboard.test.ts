// Aim: dashboards and alerts use only existing data: every metric and label in a query is exported. Method: the files
// of deploy/ against the registries of both daemons; promtool checks the rules.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import '../../agent/networks/metrics.js';
import '../../agent/usage/container-metrics.js';
import { registry as agentRegistry } from '../../agent/observability/metrics.js';
import {
  backupBytes,
  backupMadeAt,
  controllerUp,
  etcdDatabaseBytes,
  etcdOutOfSpace,
  etcdUnreadable,
  evacuationContainers,
  evacuationsKnown,
  migrationsRunning,
  migrationsQueued,
  migrationsWaiting,
  networkAddressesFree,
  networkAddressesUsed,
  networkConflicts,
  networkHostsNotReady,
  networkKeysOverdue,
  poolUp,
  publishedPortProblems,
  publishedPorts,
  readGauge,
  registry,
} from '../../controller/observability/metrics.js';
import { promtool, promtoolObstacle } from '../support/fakes/promtool.js';

const deploy = join(import.meta.dirname, '../../deploy');
const rules = join(deploy, 'prometheus/alerts.yml');

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
}

for (const gauge of [backupBytes, backupMadeAt, etcdDatabaseBytes, etcdOutOfSpace, etcdUnreadable])
  readGauge(gauge, () => []);
for (const gauge of [networkAddressesFree, networkAddressesUsed, networkConflicts, networkHostsNotReady])
  readGauge(gauge, () => []);
readGauge(networkKeysOverdue, () => []);
readGauge(poolUp, () => []);
readGauge(controllerUp, () => []);
readGauge(migrationsRunning, () => []);
readGauge(migrationsQueued, () => []);
readGauge(migrationsWaiting, () => []);
readGauge(evacuationsKnown, () => []);
readGauge(evacuationContainers, () => []);
readGauge(publishedPorts, () => []);
readGauge(publishedPortProblems, () => []);

/** Labels that Prometheus itself adds. */
const labels = new Set(['instance', 'job', 'le']);
const metrics = new Set(['up']);
for (const { name, type, labelNames } of [registry, agentRegistry].flatMap(
  (each) => each.getMetricsAsArray() as unknown as { name: string; type: string; labelNames: string[] }[],
)) {
  if (type === 'histogram') for (const part of ['_bucket', '_sum', '_count']) metrics.add(name + part);
  else metrics.add(name);
  for (const label of labelNames) labels.add(label);
}

const panels = (
  JSON.parse(readFileSync(join(deploy, 'grafana/copa.json'), 'utf8')) as { panels: Panel[] }
).panels.filter(({ type }) => type !== 'row');
const alerts = (parse(readFileSync(rules, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);

const namesIn = (expression: string) =>
  expression.replaceAll(/"[^"]*"/g, '""').match(/\b(?:up|(?:copa|nodejs|process)_\w+)\b/g) ?? [];
const labelsIn = (expression: string) => [
  ...[...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */)),
  ...[...expression.matchAll(/[{,]\s*(\w+)\s*[!=]~?=?"/g)].map(([, label = '']) => label),
];

function check(expression: string): void {
  const names = namesIn(expression);
  expect(names.length, expression).toBeGreaterThan(0);
  for (const name of names) expect(metrics, expression).toContain(name);
  for (const label of labelsIn(expression)) expect(labels, expression).toContain(label);
}

test('the check finds missing metrics', () => {
  expect(() => check('rate(copa_no_such_total[5m])')).toThrow();
  expect(() => check('sum by (nonsense) (copa_pool_up)')).toThrow();
  expect(() => check('copa_pool_up{nonsense="a"}')).toThrow();
});

describe('the dashboard', () => {
  test.each(panels)('$title', ({ targets = [] }) => {
    expect(targets.length).toBeGreaterThan(0);
    for (const { expr, legendFormat } of targets) {
      check(expr);
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(labels).toContain(label);
    }
  });

  test("shows all of COPA's own metrics", () => {
    const shown = new Set(panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => namesIn(expr))));
    const ours = [registry, agentRegistry]
      .flatMap((each) => each.getMetricsAsArray() as unknown as { name: string }[])
      .map(({ name }) => name)
      .filter((name) => name.startsWith('copa_'));
    const hidden = ours.filter((name) => ![...shown].some((each) => each.startsWith(name)));
    expect([...new Set(hidden)].sort()).toEqual([
      'copa_backup_failures_total',
      'copa_backup_last_bytes',
      'copa_backup_last_timestamp_seconds',
      'copa_build_info',
      'copa_containers_measure_failures_total',
      'copa_containers_measured_timestamp_seconds',
      // Alerts show them.
      'copa_controller_up',
      'copa_etcd_database_bytes',
      'copa_etcd_out_of_space',
      'copa_etcd_unreadable_values',
      'copa_evacuations',
      'copa_grpc_streams_total',
      'copa_image_copies_total',
      'copa_network_handshake_age_seconds',
      'copa_network_keys_overdue_seconds',
      'copa_published_port_problems',
      'copa_published_ports',
    ]);
  });
});

describe('the alerts', () => {
  test.each(alerts)('$alert', ({ expr }) => check(expr));

  test.skipIf(promtoolObstacle !== undefined)('are rules to Prometheus', () => {
    expect(promtool(['check', 'rules', rules])).toMatchObject({ code: 0 });
  });
});
