// The faults: their targets, their duration, and how they end. The source is the lab's first host, the destination
// its second one.
import type { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { acts, actOn, type Act, type ActName } from './people.js';
import type { Random } from './random.js';

interface Fault {
  /** A person's act returns `Refusals`. */
  readonly strike: (cluster: Cluster, containers: readonly string[]) => Promise<unknown>;
  /** Ends the fault, and returns when everything works again. */
  readonly heal: (cluster: Cluster) => Promise<void>;
  /** How long it lasts, in milliseconds. */
  readonly lasts: (random: Random, frozenMs: number) => number;
}

const source = ({ lab }: Cluster): Host => lab.host('server1');
const destination = ({ lab }: Cluster): Host => lab.host('server2');

/** A process: how to kill and how to restart it. */
interface Victim {
  readonly signal: (cluster: Cluster, signal: NodeJS.Signals) => Promise<void>;
  readonly revive: (cluster: Cluster) => Promise<void>;
}

const service = (host: (cluster: Cluster) => Host, name: 'lxd' | 'agent'): Victim => ({
  signal: (cluster, signal) => host(cluster).kill(name, signal),
  revive: (cluster) => host(cluster).restart(name),
});

const victims = {
  controller: {
    signal: (cluster, signal) => cluster.kill('controller', signal),
    revive: (cluster) => cluster.startController(),
  },
  'source-agent': service(source, 'agent'),
  'destination-agent': service(destination, 'agent'),
  'source-lxd': service(source, 'lxd'),
  'destination-lxd': service(destination, 'lxd'),
  etcd: {
    signal: async (cluster, signal) => {
      await waitFor('etcd to run', () => cluster.pid('etcd'));
      await cluster.kill('etcd', signal);
    },
    // The controller restarts its own etcd.
    revive: async (cluster) => {
      await waitFor('etcd to run again', async () => (await cluster.request('GET', 'pools')).status === 200);
    },
  },
} as const satisfies Record<string, Victim>;

type VictimName = keyof typeof victims;

const killed = ({ signal, revive }: Victim): Fault => ({
  strike: (cluster) => signal(cluster, 'SIGKILL'),
  heal: revive,
  lasts: (random) => random.between(0, 3_000),
});

const frozen = ({ signal }: Victim): Fault => ({
  strike: (cluster) => signal(cluster, 'SIGSTOP'),
  heal: (cluster) => signal(cluster, 'SIGCONT'),
  lasts: (_, frozenMs) => frozenMs,
});

/** A short one that is not noticed, and one that is longer than every time-out. */
const seconds = (random: Random): number => random.between(2_000, 25_000);

const cut = (host: (cluster: Cluster) => Host): Fault => ({
  strike: (cluster) => host(cluster).link.cut(),
  heal: (cluster) => host(cluster).link.heal(),
  lasts: seconds,
});

const oneWay = (host: (cluster: Cluster) => Host, direction: 'in' | 'out'): Fault => ({
  strike: (cluster) => host(cluster).link.pause(direction),
  heal: (cluster) => host(cluster).link.resume(direction),
  lasts: seconds,
});

const powerless = (host: (cluster: Cluster) => Host): Fault => ({
  strike: (cluster) => host(cluster).powerOff(),
  heal: (cluster) => host(cluster).powerOn(),
  lasts: (random) => random.between(0, 5_000),
});

/** What a person does needs no healing. */
const person = (act: ActName): Fault => ({
  strike: (cluster, containers) => actOn(act, cluster, containers),
  heal: () => Promise.resolve(),
  lasts: () => 0,
});

export type FaultName =
  | 'none'
  | `person-${ActName}`
  | `kill-${VictimName}`
  | `freeze-${VictimName}`
  | 'cut-source'
  | 'cut-destination'
  | 'partition'
  | 'deaf-source'
  | 'deaf-destination'
  | 'full-destination'
  | 'power-source'
  | 'power-destination';

const ofEach = <P extends string>(prefix: P, make: (victim: Victim) => Fault) =>
  Object.fromEntries(
    Object.entries(victims).map(([name, victim]) => [`${prefix}-${name}`, make(victim)]),
  ) as Record<`${P}-${VictimName}`, Fault>;

export const faults: Readonly<Record<FaultName, Fault>> = {
  none: { strike: () => Promise.resolve(), heal: () => Promise.resolve(), lasts: () => 0 },
  ...ofEach('kill', killed),
  ...ofEach('freeze', frozen),
  'cut-source': cut(source),
  'cut-destination': cut(destination),
  partition: {
    strike: (cluster) => cluster.lab.partition(source(cluster), destination(cluster)),
    heal: (cluster) => cluster.lab.healPartition(source(cluster), destination(cluster)),
    lasts: seconds,
  },
  'deaf-source': oneWay(source, 'in'),
  'deaf-destination': oneWay(destination, 'in'),
  'full-destination': {
    strike: (cluster) => destination(cluster).fillDisk(),
    heal: (cluster) => destination(cluster).freeDisk(),
    lasts: seconds,
  },
  'power-source': powerless(source),
  'power-destination': powerless(destination),
  ...(Object.fromEntries(
    (Object.keys(acts) as ActName[]).map((act) => [`person-${act}`, person(act)]),
  ) as Record<`person-${ActName}`, Fault>),
};

/** What a person did, if the fault is a person. */
export function actOf(fault: FaultName): Act | undefined {
  return fault.startsWith('person-') ? acts[fault.slice('person-'.length) as ActName] : undefined;
}

export const faultNames = Object.keys(faults) as FaultName[];
