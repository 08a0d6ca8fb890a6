// One process of simulated hosts, a child of the benchmark, which controls it.
import type { Credentials } from '../../../common/pki/identity.js';
import { createSigningRequest } from '../../../common/pki/csr.js';
import { asked } from './request.js';
import { SimulatedHost } from './host.js';
import { poolAddress, poolName } from './names.js';

/** The hosts of a process. */
export interface Part {
  /** The controller's REST API, which issues the identities. */
  readonly url: string;
  readonly first: number;
  readonly count: number;
  readonly containers: number;
}

export type Order = { readonly rate: number } | 'drop' | Part;

const turnMs = 10;

const hosts: SimulatedHost[] = [];
/** Events per second of each host. */
let rate = 0;
let due = 0;
let next = 0;

/** Pools that get their identities at a time. */
const workersMax = 4;

async function begin({ url, first, count, containers }: Part): Promise<void> {
  let next = first;
  const worker = async () => {
    while (next < first + count) {
      const index = next++;
      const name = poolName(index);
      const host = new SimulatedHost(name, poolAddress(index), await identityOf(url, name), containers);
      hosts.push(host);
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
