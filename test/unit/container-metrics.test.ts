// Aim: containers' metrics are correct, limited in number, and cost the daemon little. Method: given readings and a
// clock of the test.
import { expect, test } from 'vitest';
import { ContainerMetrics } from '../../agent/usage/container-metrics.js';
import { useOf, type ContainerUse } from '../../agent/lxd/usage.js';
import { registry } from '../../agent/observability/metrics.js';

test("a running container's state, as a daemon reports it", () => {
  const counters = (bytes_received: number, bytes_sent: number) => ({
    counters: { bytes_received, bytes_sent },
  });
  const state = {
    status: 'Running',
    cpu: { usage: 2_500_000_000 },
    memory: { usage: 4096 },
    network: { eth0: counters(1, 2), eth1: counters(10, 20), lo: counters(100, 200) },
    disk: { root: { usage: 7 } },
  };
  expect(useOf({ name: 'web', status: 'Running', state })).toEqual({
    name: 'web',
    status: 'Running',
    cpuSeconds: 2.5,
    memoryBytes: 4096,
    receivedBytes: 11,
    sentBytes: 22,
    diskBytes: 7,
  });
});

test('a missing value is not zero', () => {
  const state = { status: 'Running', memory: null, network: null, disk: { root: { usage: -1 } } };
  const use = useOf({ name: 'web', status: 'Running', state });
  expect(Object.values(use).filter((value) => value !== undefined)).toEqual(['web', 'Running']);
  expect(useOf({ name: 'db', status: 'Stopped', state: null })).toEqual({ name: 'db', status: 'Stopped' });
});

const running = (name: string, cpuSeconds: number): ContainerUse => ({ name, status: 'Running', cpuSeconds });

test('values follow the containers; those of removed ones are not exported', async () => {
  let clock = 0;
  let all: readonly ContainerUse[] = [running('a', 1), running('b', 2), { name: 'c', status: 'Stopped' }];
  const metrics = new ContainerMetrics(
    () => Promise.resolve(all),
    () => undefined,
    () => clock,
  );
  await metrics.refresh();
  let text = await registry.metrics();
  expect(text).toMatch(/^copa_container_cpu_seconds_total\{container="a"\} 1$/m);
  expect(text).toMatch(/^copa_containers\{status="Running"\} 2$/m);
  expect(text).toMatch(/^copa_containers\{status="Stopped"\} 1$/m);
  expect(text).not.toContain('container="c"');
  clock = 20_000;
  all = [running('a', 3)];
  await metrics.refresh();
  text = await registry.metrics();
  expect(text).toMatch(/^copa_container_cpu_seconds_total\{container="a"\} 3$/m);
  expect(text).not.toContain('container="b"');
});

test('a daemon that takes 3 s is read again after 30 s, and not sooner', async () => {
  let clock = 0;
  let reads = 0;
  const read = () => {
    reads++;
    clock += 3000;
    return Promise.resolve([]);
  };
  const metrics = new ContainerMetrics(
    read,
    () => undefined,
    () => clock,
  );
  await metrics.refresh();
  clock += 29_999;
  await metrics.refresh();
  expect(reads).toBe(1);
  clock += 1;
  await metrics.refresh();
  expect(reads).toBe(2);
});

test('concurrent requests share a measurement, and wait no longer than their limit', async () => {
  let reads = 0;
  let answer: () => void = () => undefined;
  const read = () => {
    reads++;
    return new Promise<ContainerUse[]>((resolve) => (answer = () => resolve([])));
  };
  const metrics = new ContainerMetrics(read, () => undefined);
  await Promise.all([metrics.refresh(5), metrics.refresh(5)]);
  expect(reads).toBe(1);
  answer();
});

test('a failure is counted and logged, and old values stay', async () => {
  const reasons: string[] = [];
  const failing = () => Promise.reject(new Error('gone'));
  await new ContainerMetrics(failing, (reason) => reasons.push(reason)).refresh();
  expect(reasons).toEqual(['gone']);
  expect(await registry.metrics()).toMatch(/^copa_containers_measure_failures_total 1$/m);
});

test('no more than 500 have values, and the rest is counted', async () => {
  const all = Array.from({ length: 620 }, (_, index) => running(`c${index}`, 1));
  await new ContainerMetrics(
    () => Promise.resolve(all),
    () => undefined,
  ).refresh();
  const text = await registry.metrics();
  expect(text.match(/^copa_container_cpu_seconds_total\{/gm)).toHaveLength(500);
  expect(text).toMatch(/^copa_containers_left_out 120$/m);
});
