/**
 * The containers' usage for Prometheus. It is measured on demand, but at a rate at which the daemon spends at most a
 * tenth of its time on it. The number of containers is limited, so that a large host does not overload Prometheus. A
 * metric counts the omitted containers.
 */
import { Counter, Gauge } from 'prom-client';
import { messageOf } from '../../common/errors.js';
import type { ContainerUse } from '../lxd/usage.js';
import { registry } from '../observability/metrics.js';

/** Limit on the containers with their own time series, five each. */
const containersMax = 500;

/** Minimum age of a measurement before the next one. Raising it saves work and makes values older. */
const intervalMsMin = 10_000;
/** The pause after a measurement, as a multiple of its duration. */
const pauseTimes = 10;

/** How long a request waits for a new measurement. After that it gets the old values. */
const waitMsMax = 5_000;

const registers = [registry];
const labelNames = ['container'] as const;

const cpu = new Counter({
  name: 'copa_container_cpu_seconds_total',
  help: 'CPU time that a running container has used since it started.',
  labelNames,
  registers,
});
const memory = new Gauge({
  name: 'copa_container_memory_bytes',
  help: 'Memory that a running container uses.',
  labelNames,
  registers,
});
const received = new Counter({
  name: 'copa_container_network_receive_bytes_total',
  help: 'Bytes that a running container has received, on all its interfaces but lo.',
  labelNames,
  registers,
});
const sent = new Counter({
  name: 'copa_container_network_transmit_bytes_total',
  help: 'Bytes that a running container has sent, on all its interfaces but lo.',
  labelNames,
  registers,
});
const disk = new Gauge({
  name: 'copa_container_disk_bytes',
  help: 'Bytes on disk of a running container, if its storage pool reports them.',
  labelNames,
  registers,
});
const containers = new Gauge({
  name: 'copa_containers',
  help: 'Containers of this host, by the state that the daemon reports.',
  labelNames: ['status'],
  registers,
});
const leftOut = new Gauge({
  name: 'copa_containers_left_out',
  help: `Running containers without metrics of their own; the first ${containersMax} by name have them.`,
  registers,
});
const measuredAt = new Gauge({
  name: 'copa_containers_measured_timestamp_seconds',
  help: "When the containers' figures were measured.",
  registers,
});
const failures = new Counter({
  name: 'copa_containers_measure_failures_total',
  help: 'Failed measurements of what the containers use.',
  registers,
});

export class ContainerMetrics {
  #nextAtMs = -Infinity;
  #running: Promise<void> | undefined;

  constructor(
    private readonly read: () => Promise<readonly ContainerUse[]>,
    private readonly onFailure: (reason: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Measures if the old values are too old. Never throws, because a metric shows the age of the values. */
  async refresh(waitMs = waitMsMax): Promise<void> {
    if (this.now() >= this.#nextAtMs) this.#running ??= this.#measure();
    if (!this.#running) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, waitMs)));
    await Promise.race([this.#running, late]);
    clearTimeout(timer);
  }

  async #measure(): Promise<void> {
    const startedAtMs = this.now();
    try {
      setFigures(await this.read());
      measuredAt.set(Date.now() / 1000);
    } catch (error) {
      failures.inc();
      this.onFailure(messageOf(error));
    } finally {
      const tookMs = this.now() - startedAtMs;
      this.#nextAtMs = this.now() + Math.max(intervalMsMin, pauseTimes * tookMs);
      this.#running = undefined;
    }
  }
}

function setFigures(all: readonly ContainerUse[]): void {
  for (const metric of [cpu, memory, received, sent, disk, containers]) metric.reset();
  for (const { status } of all) containers.inc({ status });
  const running = all.filter(({ status }) => status !== 'Stopped').sort((a, b) => (a.name < b.name ? -1 : 1));
  // Sorted by name, so that the same containers have time series each time.
  for (const { name: container, ...use } of running.slice(0, containersMax)) {
    if (use.cpuSeconds !== undefined) cpu.inc({ container }, use.cpuSeconds);
    if (use.memoryBytes !== undefined) memory.set({ container }, use.memoryBytes);
    if (use.receivedBytes !== undefined) received.inc({ container }, use.receivedBytes);
    if (use.sentBytes !== undefined) sent.inc({ container }, use.sentBytes);
    if (use.diskBytes !== undefined) disk.set({ container }, use.diskBytes);
  }
  leftOut.set(Math.max(0, running.length - containersMax));
}
