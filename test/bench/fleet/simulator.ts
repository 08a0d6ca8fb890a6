// One process of simulated hosts, as a child of the benchmark, which orders it what to do.
import { openAuthority } from '../../../controller/pki.js';
import { SimulatedHost } from './host.js';

/** Which hosts a process is. */
export interface Part {
  readonly stateDirectory: string;
  readonly first: number;
  readonly count: number;
  readonly containers: number;
}

export type Order = { readonly rate: number } | 'drop' | Part;

export const poolName = (index: number) => `pool-${String(index).padStart(5, '0')}`;
/** Each has a loopback address of its own, as hosts have. */
export const poolAddress = (index: number) =>
  `127.${16 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}:8001`;

const turnMs = 10;

const hosts: SimulatedHost[] = [];
/** Events a second of each host. */
let rate = 0;
let due = 0;
let next = 0;

async function begin({ stateDirectory, first, count, containers }: Part): Promise<void> {
  const authority = await openAuthority(stateDirectory);
  for (let index = first; index < first + count; index++) {
    const name = poolName(index);
    const identity = await authority.issue({ role: 'agent', name });
    hosts.push(new SimulatedHost(name, poolAddress(index), identity, containers));
  }
  for (const host of hosts) await host.listen();
}

async function obey(order: Order): Promise<void> {
  if (order === 'drop') {
    for (const host of hosts) host.close();
    for (const host of hosts) await host.listen();
  } else if ('rate' in order) {
    rate = order.rate;
  } else {
    await begin(order);
  }
  process.send?.('done');
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
