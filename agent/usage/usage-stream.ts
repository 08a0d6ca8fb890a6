/**
 * The usage of the host and its running containers, measured at intervals while a controller reads the stream. It
 * uses the kernel's files if they are visible. Otherwise it reads all containers from the daemon at a rate at which
 * the daemon spends at most a tenth of its time on it.
 */
import type { ContainerUsage } from '../../proto/gen/copa/agent/v1/ContainerUsage.js';
import type { Usage } from '../../proto/gen/copa/agent/v1/Usage.js';
import type { LxdClient } from '../lxd/client.js';
import { readCounters } from '../lxd/counters.js';
import type { Inventory } from '../inventory/inventory.js';
import { counterFilesOf, sample, type CounterFiles, type Sample } from './counter-files.js';
import { sampleHost, type HostSample } from './host-usage.js';

/** Provides the running containers with the PID of their first process. */
type Host = Pick<Inventory, 'pids' | 'keep'>;

interface At<T> {
  readonly atMs: number;
  readonly sample: T;
}

const daemonIntervalMs = 10_000;

export class UsageStream {
  readonly #timer: NodeJS.Timeout;
  readonly #unkeep: () => void;
  readonly #files = new Map<string, { readonly pid: number; readonly files: CounterFiles | undefined }>();
  readonly #before = new Map<string, At<Sample>>();
  /** The daemon's last values for containers whose files are not visible. */
  #byDaemon = new Map<string, ContainerUsage>();
  #hostBefore: At<HostSample>;
  #readDaemonAtMs = 0;
  #isBusy = false;
  #full = false;

  /**
   * `send` returns false when no more should be sent until `drained` is called. The first measurement comes after one
   * interval.
   */
  constructor(
    private readonly lxd: LxdClient,
    private readonly host: Host,
    intervalMs: number,
    private readonly send: (usage: Usage) => boolean,
  ) {
    this.#unkeep = host.keep();
    this.#hostBefore = { atMs: performance.now(), sample: sampleHost() };
    this.#measureContainers(performance.now());
    this.#timer = setInterval(() => this.#measure(), intervalMs).unref();
  }

  drained(): void {
    this.#full = false;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unkeep();
  }

  #measure(): void {
    // Skips a stream that is not read, because only the latest values matter.
    if (this.#full) return;
    const atMs = performance.now();
    const now = sampleHost();
    const { sample: before, atMs: beforeMs } = this.#hostBefore;
    this.#hostBefore = { atMs, sample: now };
    const ms = atMs - beforeMs;
    const { cpus, load1, memoryTotal, memoryUsed } = now;
    const ticks = now.cpuTicks - before.cpuTicks;
    this.#full = !this.send({
      ...{ cpus, load1, memoryTotal, memoryUsed },
      cpuPercent: ticks > 0 ? (100 * (now.busyTicks - before.busyTicks)) / ticks : 0,
      rxBytesPerSecond: perSecond(now.rxBytes - before.rxBytes, ms),
      txBytesPerSecond: perSecond(now.txBytes - before.txBytes, ms),
      diskReadBytesPerSecond: perSecond(now.diskReadBytes - before.diskReadBytes, ms),
      diskWrittenBytesPerSecond: perSecond(now.diskWrittenBytes - before.diskWrittenBytes, ms),
      containers: this.#measureContainers(atMs),
    });
  }

  #measureContainers(atMs: number): ContainerUsage[] {
    const running = this.host.pids;
    for (const name of this.#files.keys()) if (!running.has(name)) this.#files.delete(name);
    for (const name of this.#before.keys()) if (!running.has(name)) this.#before.delete(name);
    const unseen = new Set<string>();
    const measured = [...running].flatMap(([name, pid]) => {
      const now = this.#sample(name, pid);
      if (now) return this.#usageOf(name, { atMs, sample: now });
      unseen.add(name);
      return this.#byDaemon.get(name) ?? [];
    });
    if (unseen.size > 0) void this.#readDaemon(unseen, atMs);
    return measured;
  }

  #sample(name: string, pid: number): Sample | undefined {
    let known = this.#files.get(name);
    if (known?.pid !== pid) {
      known = { pid, files: counterFilesOf(name, pid) };
      this.#files.set(name, known);
      this.#before.delete(name);
    }
    return known.files && sample(known.files);
  }

  /** Undefined at the first measurement, because a rate needs two. */
  #usageOf(name: string, now: At<Sample>): ContainerUsage[] {
    const before = this.#before.get(name);
    this.#before.set(name, now);
    const usage = before && usageBetween(before, now);
    return usage ? [{ name, ...usage }] : [];
  }

  async #readDaemon(unseen: ReadonlySet<string>, atMs: number): Promise<void> {
    if (this.#isBusy || atMs < this.#readDaemonAtMs) return;
    this.#isBusy = true;
    try {
      const counters = await readCounters(this.lxd);
      const nowMs = performance.now();
      this.#readDaemonAtMs = nowMs + Math.max(daemonIntervalMs, 10 * (nowMs - atMs));
      const all = [...counters].filter(([name]) => unseen.has(name));
      const usages = all.flatMap(([name, counted]) => this.#usageOf(name, { atMs: nowMs, sample: counted }));
      this.#byDaemon = new Map(usages.map((usage) => [usage.name ?? '', usage]));
    } catch {
      // The inventory reports a daemon that does not answer. Here it only means that there are no values.
      this.#byDaemon.clear();
      this.#readDaemonAtMs = performance.now() + daemonIntervalMs;
    } finally {
      this.#isBusy = false;
    }
  }
}

/** Undefined when the counters went back, because the container was restarted in between. */
export function usageBetween(before: At<Sample>, now: At<Sample>): Omit<ContainerUsage, 'name'> | undefined {
  const ms = now.atMs - before.atMs;
  const cpuNs = now.sample.cpuNs - before.sample.cpuNs;
  const rx = now.sample.rxBytes - before.sample.rxBytes;
  const tx = now.sample.txBytes - before.sample.txBytes;
  if (ms <= 0 || cpuNs < 0 || rx < 0 || tx < 0) return undefined;
  return {
    cpuPercent: cpuNs / ms / 1e4,
    memory: now.sample.memoryBytes,
    rxBytesPerSecond: perSecond(rx, ms),
    txBytesPerSecond: perSecond(tx, ms),
    ...diskRatesBetween(before.sample, now.sample, ms),
  };
}

function diskRatesBetween(before: Sample, now: Sample, ms: number) {
  if (before.diskReadBytes === undefined || now.diskReadBytes === undefined) return {};
  return {
    diskReadBytesPerSecond: perSecond(now.diskReadBytes - before.diskReadBytes, ms),
    diskWrittenBytesPerSecond: perSecond((now.diskWrittenBytes ?? 0) - (before.diskWrittenBytes ?? 0), ms),
  };
}

/** A counter that went back (a recreated interface) counts as zero. */
function perSecond(bytes: number, ms: number): number {
  return ms > 0 ? Math.max(0, (bytes * 1000) / ms) : 0;
}
