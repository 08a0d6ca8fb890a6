// One controller with a fleet of simulated hosts: started, at rest, under load, and when things break.
import { setTimeout as delay } from 'node:timers/promises';
import { EventStream } from '../../../deploy/lab/event-stream.js';
import { load } from './load.js';
import { Rig, type Spending, type Totals } from './rig.js';

export interface FleetSize {
  /** Including those that die for a while. */
  readonly pools: number;
  /** On each host. */
  readonly containers: number;
  /** How long each load lasts. */
  readonly seconds: number;
  /** How long there must be no false alarms, under the full load. */
  readonly calmSeconds: number;
  /** Hosts that die at once. */
  readonly dead: number;
}

/** `profile`: a directory for the controller's processor profile. */
export async function measure(size: FleetSize, say: (text: string) => void, profile?: string) {
  const { pools: all, containers, seconds, calmSeconds, dead } = size;
  const rig = new Rig();
  const tell = (text: string) => say(`${all} pools: ${text}`);
  const isUp = (totals: Totals) => totals.pools.up === all;
  try {
    await rig.startController();
    await rig.startHosts(0, all - dead, containers);
    await rig.startHosts(all - dead, dead, containers);
    const doomed = rig.simulators.at(-1);
    tell('hosts are up');
    const registering = performance.now();
    await rig.register(0, all);
    const registered = (performance.now() - registering) / 1000;
    await rig.until('all pools to be known', isUp);
    tell('registered');

    await rig.stopController('SIGKILL');
    const started = performance.now();
    const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    const waking = await rig.spending(async () => {
      await rig.startController(flags);
      await rig.until('all pools to be known again', isUp);
    });
    const coldStart = (performance.now() - started) / 1000;
    tell(`known after ${coldStart.toFixed(1)} s, ${inWords(waking)}`);

    await delay(5_000);
    const rest = await rig.spending(() => delay(Math.min(seconds, 15) * 1000));
    tell(`at rest ${inWords(rest)}`);

    const restStorm = await storm(rig, isUp);
    tell(`all known again after a storm of ${restStorm.seconds.toFixed(1)} s, ${inWords(restStorm)}`);

    const alarms = await EventStream.open(rig.url, { type: 'pool.down' });
    await rig.orderAll({ rate: 1 });
    await delay(2_000);
    const loaded = await rig.spending(() => delay(seconds * 1000));
    tell(`one event a second ${inWords(loaded)}`);
    let latencies = await load(rig.url, all, 50, 1);
    const asked = await rig.spending(async () => {
      latencies = await load(rig.url, all, 50, Math.max(seconds, calmSeconds));
    });
    const falseAlarms = alarms.events.filter(({ type }) => type === 'pool.down').length;
    tell(`p99 ${latencies.p99Ms.toFixed(0)} ms, ${falseAlarms} false alarms, ${inWords(asked)}`);
    alarms.close();

    doomed?.kill('SIGSTOP');
    const noticed = await rig.until('dead hosts to be noticed', ({ pools: now }) => now.down >= dead, 60_000);
    doomed?.kill('SIGCONT');
    const back = await rig.until('them to be back', isUp);
    tell(`dead noticed after ${noticed.toFixed(1)} s, back after ${back.toFixed(1)} s`);

    const loadedStorm = await storm(rig, isUp);
    tell(`and after one under load of ${loadedStorm.seconds.toFixed(1)} s, ${inWords(loadedStorm)}`);
    if (profile !== undefined) await rig.stopController('SIGTERM');
    return {
      ...size,
      allContainers: all * containers,
      registered,
      coldStart,
      waking,
      rest,
      loaded,
      asked,
      latencies,
      falseAlarms,
      noticed,
      back,
      restStorm,
      loadedStorm,
      etcdMegabytes: rig.etcdBytes / 1e6,
    };
  } finally {
    await rig.down();
  }
}

/** The cost when every connection breaks at once and every host is reachable. */
async function storm(rig: Rig, isUp: (totals: Totals) => boolean): Promise<Spending> {
  return rig.spending(async () => {
    await rig.orderAll('drop');
    await rig.until('the storm to begin', (totals) => !isUp(totals));
    await rig.until('the storm to be over', isUp);
  });
}

export type Measured = Awaited<ReturnType<typeof measure>>;

function inWords({ controller, hosts, seconds }: Spending): string {
  const { cpuPercent, rssMegabytes } = controller;
  const percents = `${cpuPercent.toFixed(1)}% of a core, the hosts ${hosts.cpuPercent.toFixed(0)}%`;
  return `${percents}, ${rssMegabytes.toFixed(0)} MB (${seconds.toFixed(0)} s)`;
}
