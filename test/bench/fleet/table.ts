// The cost of fleets of several sizes, compared with the goal for the largest.
import { aligned } from '../figures.js';
import type { Measured } from './measure.js';

export const targets = {
  rssMegabytes: 1500,
  loadedCpuPercent: 30,
  p99Ms: 100,
  knownSeconds: 20,
  noticedSeconds: 15,
  falseAlarms: 0,
};

type Row = readonly [what: string, value: (measured: Measured) => number, digits: number, goal?: number];

const rows: readonly Row[] = [
  ['containers', ({ allContainers }) => allContainers, 0],
  ['all pools known after a cold start, s', ({ coldStart }) => coldStart, 1, targets.knownSeconds],
  ['  processor time of the controller for it, s', ({ waking }) => spent(waking, 'controller'), 1],
  ['  processor time of the simulated hosts, s', ({ waking }) => spent(waking, 'hosts'), 1],
  [
    'all pools known after all connections broke, s',
    ({ restStorm }) => restStorm.seconds,
    1,
    targets.knownSeconds,
  ],
  ['  processor time of the controller for it, s', ({ restStorm }) => spent(restStorm, 'controller'), 1],
  ['  processor time of the simulated hosts, s', ({ restStorm }) => spent(restStorm, 'hosts'), 1],
  [
    'the same with an event a second and host, s',
    ({ loadedStorm }) => loadedStorm.seconds,
    1,
    targets.knownSeconds,
  ],
  ['  processor time of the controller for it, s', ({ loadedStorm }) => spent(loadedStorm, 'controller'), 1],
  ['  processor time of the simulated hosts, s', ({ loadedStorm }) => spent(loadedStorm, 'hosts'), 1],
  ['hosts that froze', ({ dead }) => dead, 0],
  ['  all noticed after, s', ({ noticed }) => noticed, 1, targets.noticedSeconds],
  ['  and known again, s', ({ back }) => back, 1],
  ['at rest, % of a core', ({ rest }) => rest.controller.cpuPercent, 1],
  [
    'an event a second and host, % of a core',
    ({ loaded }) => loaded.controller.cpuPercent,
    1,
    targets.loadedCpuPercent,
  ],
  ['  the simulated hosts', ({ loaded }) => loaded.hosts.cpuPercent, 1],
  ['and 50 requests a second, % of a core', ({ asked }) => asked.controller.cpuPercent, 1],
  ['  answers p50, ms', ({ latencies }) => latencies.p50Ms, 1],
  ['  answers p99, ms', ({ latencies }) => latencies.p99Ms, 1, targets.p99Ms],
  ['  requests that failed', ({ latencies }) => latencies.failures, 0],
  ['  for, s', ({ asked }) => asked.seconds, 0],
  ['false alarms meanwhile', ({ falseAlarms }) => falseAlarms, 0, targets.falseAlarms],
  ['memory, MB', ({ asked }) => asked.controller.rssMegabytes, 0, targets.rssMegabytes],
  ['  of a pool, KB', ({ asked, pools }) => (asked.controller.rssMegabytes * 1024) / pools, 0],
  ['etcd under load, % of a core', ({ asked }) => asked.etcd.cpuPercent, 1],
  ['  memory, MB', ({ asked }) => asked.etcd.rssMegabytes, 0],
  ['  on disk, MB', ({ etcdMegabytes }) => etcdMegabytes, 1],
  ['pools registered a second', ({ registered, pools }) => pools / registered, 0],
];

export function table(all: readonly Measured[]): string {
  return aligned([
    ['pools', ...all.map(({ pools }) => String(pools)), 'goal'],
    ...rows.map(([what, value, digits, goal]) => [
      what,
      ...all.map((measured) => value(measured).toFixed(digits)),
      goal === undefined ? '' : `<= ${goal}`,
    ]),
  ]);
}

/** Processor time in seconds. */
function spent(spending: Measured['waking'], who: 'controller' | 'hosts'): number {
  return (spending[who].cpuPercent / 100) * spending.seconds;
}
