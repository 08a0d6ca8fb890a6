// What befalls the controllers, and how it ends. Each fault names what it takes away meanwhile, so that the suite knows
// what has to work.
import { setTimeout as pause } from 'node:timers/promises';
import type { Host } from '../../../deploy/lab/host.js';
import { Fabric } from '../../../deploy/lab/network.js';
import type { Random } from '../random.js';
import type { Installation } from './installation.js';
import { cutsAround, type Effects } from './liveness.js';
import { untilReady, type Machine } from './machines.js';

export interface Fault {
  readonly name: string;
  readonly effects: Effects;
  /** Of two that touch the same thing, one at a time is in effect. */
  readonly touches: readonly string[];
  readonly strike: () => Promise<void> | void;
  /** Ends it. What it took away works again when this returns. */
  readonly heal: () => Promise<void> | void;
  /** Seconds, at least and at most. */
  readonly lasts: readonly [number, number];
}

export const faultKinds = [
  'kill-controller',
  'freeze-controller',
  'kill-etcd',
  'freeze-etcd',
  'power',
  'cut',
  'one-way',
  'deaf',
  'mute',
  'cut-host',
  'disk',
  'clock-controller',
  'clock-agent',
  'kill-agent',
  'freeze-agent',
] as const;
export type FaultKind = (typeof faultKinds)[number];

const clockSeconds = 600;

/** A fault of this kind, on parts that are chosen at random. */
export function faultOf(kind: FaultKind, installation: Installation, random: Random): Fault {
  const { machines, lab } = installation;
  const [one, other] = random.shuffled(machines) as [Machine, Machine];
  const host = random.pick(lab.hosts);
  const numbers = machines.map(({ number }) => number);
  const fabric = new Fabric(lab.index);
  const n = one.number;
  const drop = (pairs: readonly string[], dropped: boolean) => async () => {
    for (const pair of pairs) await fabric.drop('between', pair, dropped);
  };
  const ready = () => untilReady([one], 120_000);
  const both = [`controller ${n}`, `etcd ${n}`];
  switch (kind) {
    case 'kill-controller':
      return {
        name: `${kind} ${one.name}`,
        effects: { etcds: [n], controllers: [n] },
        touches: both,
        strike: () => void one.signal('controller', 'SIGKILL'),
        heal: ready,
        lasts: [0, 1],
      };
    case 'kill-etcd':
      return {
        name: `${kind} ${one.name}`,
        effects: { etcds: [n] },
        touches: both,
        strike: () => void one.signal('etcd', 'SIGKILL'),
        heal: ready,
        lasts: [0, 1],
      };
    case 'freeze-controller':
    case 'freeze-etcd': {
      const part = kind === 'freeze-etcd' ? 'etcd' : 'controller';
      return {
        name: `${kind} ${one.name}`,
        effects: part === 'etcd' ? { etcds: [n] } : { controllers: [n] },
        touches: [`${part} ${n}`],
        strike: () => void one.signal(part, 'SIGSTOP'),
        heal: () => void one.signal(part, 'SIGCONT'),
        lasts: [3, 25],
      };
    }
    case 'power':
      return {
        name: `${kind} ${one.name}`,
        effects: { etcds: [n], controllers: [n] },
        touches: both,
        strike: () => {
          one.signal('etcd', 'SIGKILL');
          one.signal('controller', 'SIGKILL');
        },
        heal: ready,
        lasts: [0, 10],
      };
    case 'cut':
    case 'one-way': {
      const pairs = [`${one.name} . ${other.name}`];
      if (kind === 'cut') pairs.push(`${other.name} . ${one.name}`);
      return {
        name: `${kind} ${one.name} to ${other.name}`,
        effects: { cuts: [`${n}>${other.number}`] },
        touches: [`link ${[n, other.number].sort().join('-')}`],
        strike: drop(pairs, true),
        heal: drop(pairs, false),
        lasts: [3, 25],
      };
    }
    case 'deaf':
    case 'mute': {
      const way = kind === 'deaf' ? 'in' : 'out';
      return {
        name: `${kind} ${one.name}`,
        effects: { unreachable: [n], cuts: cutsAround(n, numbers, way) },
        touches: [`${kind} ${n}`],
        strike: () => one.link.pause(way),
        heal: () => one.link.resume(way),
        lasts: [3, 25],
      };
    }
    case 'cut-host': {
      const pairs = [`${one.name} . ${host.name}`, `${host.name} . ${one.name}`];
      return {
        name: `${kind} ${one.name} to ${host.name}`,
        effects: {},
        touches: [`link ${n}-${host.name}`],
        strike: drop(random.next() < 0.5 ? pairs : pairs.slice(0, 1), true),
        heal: drop(pairs, false),
        lasts: [3, 25],
      };
    }
    case 'disk':
      return {
        name: `${kind} ${one.name}`,
        effects: { etcds: [n], controllers: [n] },
        touches: both,
        strike: () => one.fillDisk(),
        heal: async () => {
          await one.freeDisk();
          await ready();
        },
        lasts: [3, 25],
      };
    case 'clock-controller':
    case 'clock-agent': {
      const seconds = random.pick([-clockSeconds, clockSeconds]);
      const turn = (by: number) =>
        kind === 'clock-agent' ? installation.turnClock(host, by) : one.turnClock(by);
      return {
        name: `${kind} ${kind === 'clock-agent' ? host.name : one.name} ${seconds} s`,
        effects: {},
        touches: [`clock ${kind === 'clock-agent' ? host.name : n}`],
        strike: () => turn(seconds),
        heal: async () => {
          turn(0);
          await pause(1_500);
        },
        lasts: [5, 30],
      };
    }
    case 'kill-agent':
    case 'freeze-agent':
      return agentFault(kind, host);
  }
}

function agentFault(kind: 'kill-agent' | 'freeze-agent', host: Host): Fault {
  const isKill = kind === 'kill-agent';
  return {
    name: `${kind} ${host.name}`,
    effects: {},
    touches: [`agent ${host.name}`],
    strike: () => host.kill('agent', isKill ? 'SIGKILL' : 'SIGSTOP'),
    heal: () => (isKill ? host.restart('agent') : host.kill('agent', 'SIGCONT')),
    lasts: isKill ? [0, 3] : [3, 25],
  };
}

/** Whether two faults can be in effect at once. */
export function canMeet(a: Fault, b: Fault): boolean {
  return !a.touches.some((each) => b.touches.includes(each));
}
