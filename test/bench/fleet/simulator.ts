// One process of simulated hosts, a child of the benchmark, which controls it.
import type { Credentials } from '../../../common/pki/identity.js';
import { createSigningRequest } from '../../../common/pki/csr.js';
import { asked } from './request.js';
import { SimulatedHost } from './host.js';
import { interfaceOf, poolAddress, poolName } from './names.js';

/** The hosts of a process. */
export interface Part {
  /** The controller's REST API, which issues the identities. */
  readonly url: string;
  readonly first: number;
  readonly count: number;
  readonly containers: number;
  /** They are on this network, which has the first two parts of their addresses. */
  readonly network?: { readonly name: string; readonly prefix: string };
}

/** A container goes from one host to another one of the same process. */
export interface Move {
  readonly move: { readonly from: string; readonly to: string; readonly name: string };
}

export type Order = { readonly rate: number } | 'drop' | 'networks' | Move | Part;

/** What a process reports. */
export type Report =
  | 'done'
  | { readonly type: 'applied'; readonly pool: string; readonly generation: number; readonly atMs: number }
  | {
      readonly type: 'networks';
      readonly bytes: number;
      /** By pool, then by address: the host behind which it is. */
      readonly tables: Readonly<Record<string, Readonly<Record<string, string>>>>;
    };

const report = (what: Report) => process.send?.(what);

const turnMs = 10;

const hosts: SimulatedHost[] = [];
const hostOf = new Map<string, SimulatedHost>();
/** Events per second of each host. */
let rate = 0;
let due = 0;
let next = 0;

/** Pools that get their identities at a time. */
const workersMax = 4;

/** The clock of all processes of this machine. */
const nowMs = () => performance.timeOrigin + performance.now();

async function begin({ url, first, count, containers, network }: Part): Promise<void> {
  let next = first;
  const onNetworks = (pool: string, generation: number) => {
    if (network) report({ type: 'applied', pool, generation, atMs: nowMs() });
  };
  const worker = async () => {
    while (next < first + count) {
      const index = next++;
      const name = poolName(index);
      const identity = await identityOf(url, name);
      const host = new SimulatedHost(name, poolAddress(index), identity, containers, onNetworks);
      if (network) {
        host.attach((at) => interfaceOf(network, index * containers + at));
      }
      hosts.push(host);
      hostOf.set(name, host);
      await host.listen();
    }
  };
  await Promise.all(Array.from({ length: workersMax }, worker));
}

async function identityOf(url: string, pool: string): Promise<Credentials> {
  const { key, request: certificateRequest } = await createSigningRequest();
  const form = { operation: 'issue', container_pool: pool, request: certificateRequest };
  const body = await asked(`an identity for ${pool}`, url, 'ca', form);
  return { key, cert: String(body['certificate']), ca: String(body['ca']) };
}

async function obey(order: Order): Promise<void> {
  if (order === 'drop') {
    // Simulates a network failure. Restarting the agents would cost this process what real hosts do on their own
    // processors, and no host would answer meanwhile.
    for (const host of hosts) host.breakConnections();
  } else if (order === 'networks') {
    const tables = Object.fromEntries(
      [...hostOf].map(([pool, { networks }]) => [
        pool,
        Object.fromEntries([...networks.tables.values()].flatMap((table) => [...table])),
      ]),
    );
    report({ type: 'networks', bytes: hosts.reduce((sum, host) => sum + host.bytesReceived, 0), tables });
  } else if ('move' in order) {
    const { from, to, name } = order.move;
    const container = hostOf.get(from)?.take(name);
    if (container) hostOf.get(to)?.put(container);
  } else if ('rate' in order) {
    rate = order.rate;
  } else {
    await begin(order);
  }
  report('done');
}

setInterval(() => {
  due += (rate * hosts.length * turnMs) / 1000;
  for (; due >= 1; due--) hosts[next++ % hosts.length]?.change();
}, turnMs);

process.on('message', (order: Order) => {
  obey(order).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit());
