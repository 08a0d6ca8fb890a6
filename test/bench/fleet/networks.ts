// npm run bench:overlay: how soon all hosts of a network know that a container has moved, in a large network. A real
// controller and a real etcd; the hosts are simulated, with the agent's own server. A move is what a migration writes into
// etcd, and the moment when each host's agent has applied it is measured.
import { Command } from 'commander';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../deploy/lab/cluster.js';
import { waitFor } from '../../../deploy/lab/processes.js';
import type { LeaseRecord, NetworkRecord } from '../../../controller/model/network.js';
import { keys } from '../../../controller/store/keys.js';
import { Store } from '../../../controller/store/store.js';
import { aligned, machine } from '../figures.js';
import { interfaceOf, poolAddress, poolName } from './names.js';
import { Rig, type Spending } from './rig.js';
import type { Report } from './simulator.js';

const goals = { p99Ms: 200, idlePercent: 40 } as const;
const network = { name: 'lan', prefix: '10.64' } as const;
const nowMs = () => performance.timeOrigin + performance.now();
const say = (text: string) => void process.stderr.write(`${text}\n`);

interface Size {
  readonly pools: number;
  /** On each host. */
  readonly containers: number;
  readonly moves: number;
  readonly perSecond: number;
  readonly profile: string | undefined;
}

/** When which host had which generation, in the order in which they came. */
class Applied {
  readonly #byPool = new Map<string, { readonly generation: number; readonly atMs: number }[]>();

  note(report: Report): void {
    if (report === 'done' || report.type !== 'applied') return;
    const { pool, generation, atMs } = report;
    const known = this.#byPool.get(pool);
    if (known) known.push({ generation, atMs });
    else this.#byPool.set(pool, [{ generation, atMs }]);
  }

  /** The moment at which each host had it, so far. */
  times(revision: number): readonly number[] {
    return [...this.#byPool.values()].flatMap(
      (all) => all.find(({ generation }) => generation >= revision)?.atMs ?? [],
    );
  }
}

interface Place {
  readonly name: string;
  readonly address: string;
  readonly record: Extract<LeaseRecord, { kind: 'container' }>;
  readonly revision: number;
}

/** Writes the network, its hosts and its containers, as if they had been there for long. */
async function fill(store: Store, { pools, containers }: Size): Promise<Map<string, Place>> {
  const leases: { readonly address: string; readonly record: LeaseRecord }[] = [];
  for (let pool = 0; pool < pools; pool++) {
    const underlay = poolAddress(pool).split(':')[0] ?? '';
    const address = `${network.prefix}.63.${254 - pool}`;
    leases.push({ address, record: { kind: 'host', pool: poolName(pool), underlay, isLeaving: false } });
    for (let at = 0; at < containers; at++) {
      const { address, mac, device } = interfaceOf(network, pool * containers + at);
      const place = { container: containerName(pool, at), pool: poolName(pool), mac, device };
      leases.push({ address, record: { kind: 'container', ...place, isSeen: true, at: '2026-01-01' } });
    }
  }
  const places = new Map<string, Place>();
  for (let from = 0; from < leases.length; from += 50) {
    const some = leases.slice(from, from + 50);
    const put = some.map(({ address, record }) => ({
      key: keys.lease(network.name, address),
      value: record,
    }));
    const done = await store.transact({ put, expect: put.map(({ key }) => ({ key, revision: 0 })) });
    for (const { address, record } of some)
      if (record.kind === 'container')
        places.set(address, { name: record.container, address, record, revision: done?.revision ?? 0 });
  }
  const record: NetworkRecord = {
    ...{ name: network.name, subnet: `${network.prefix}.0.0/18`, vni: 5000, mtu: 1450, pools: 'all' },
    ...{ isDeleted: false, createdAt: new Date().toISOString() },
  };
  const key = keys.network(network.name);
  await store.transact({ put: [{ key, value: record }], expect: [{ key, revision: 0 }] });
  return places;
}

/** As simulated hosts name them. */
const containerName = (pool: number, index: number) =>
  `${['web', 'db', 'cache', 'job'][index % 4] ?? ''}-${poolName(pool).slice(-4)}-${index}`;

/** Moves one container, first in etcd, as a migration does before the start. Returns when and with which revision. */
async function move(rig: Rig, store: Store, place: Place, to: string) {
  const startedMs = nowMs();
  const record = { ...place.record, pool: to };
  const key = keys.lease(network.name, place.address);
  const done = await store.transact({
    put: [{ key, value: record }],
    expect: [{ key, revision: place.revision }],
  });
  if (!done) return undefined;
  void rig.orderAll({ move: { from: place.record.pool, to, name: place.name } });
  return { startedMs, revision: done.revision, place: { ...place, record, revision: done.revision } };
}

async function measure(size: Size) {
  const port = await freePort();
  const rig = new Rig(['--etcd', `http://127.0.0.1:${port}`]);
  const url = `http://127.0.0.1:${port}`;
  const etcd = spawn('setpriv', [
    ...['--pdeathsig', 'KILL', 'etcd', '--data-dir', join(rig.directory, 'etcd'), '--log-level', 'error'],
    '--grpc-keepalive-min-time=5s',
    ...['--listen-client-urls', url, '--advertise-client-urls', url],
    ...['--listen-peer-urls', `http://127.0.0.1:${await freePort()}`],
  ]);
  const store = new Store({ urls: [url] });
  try {
    await waitFor('etcd', async () => (await fetch(`${url}/health`)).ok);
    await rig.startController(
      size.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${size.profile}`],
    );
    await rig.startHosts(0, size.pools, size.containers, network);
    const applied = new Applied();
    rig.onReport((report) => applied.note(report));
    await rig.register(0, size.pools);
    await rig.until('all pools to be known', ({ pools }) => pools.up === size.pools);
    const places = await fill(store, size);
    const filledAt = nowMs();
    await waitFor('all hosts to have the network', () => applied.times(1).length === size.pools, 120_000);
    say(`all hosts have the network after ${((nowMs() - filledAt) / 1000).toFixed(1)} s`);
    await delay(10_000);
    const idle = await rig.spending(() => delay(10_000));
    const figures = await moves(rig, store, { size, places, applied });
    const differing = await compare(rig, places);
    if (size.profile !== undefined) await rig.stopController('SIGTERM');
    return { ...figures, idle, differing };
  } finally {
    store.close();
    await rig.down();
    etcd.kill('SIGKILL');
  }
}

interface Course {
  readonly size: Size;
  readonly places: Map<string, Place>;
  readonly applied: Applied;
}

async function moves(rig: Rig, store: Store, { size, places, applied }: Course) {
  const before = await bytes(rig);
  const done: { readonly startedMs: number; readonly revision: number }[] = [];
  const all = [...places.keys()];
  const spending = await rig.spending(async () => {
    const startedMs = performance.now();
    for (let at = 0; at < size.moves; at++) {
      await delay(Math.max(0, startedMs + (at * 1000) / size.perSecond - performance.now()));
      const address = all[(at * 7919) % all.length] ?? '';
      const place = places.get(address);
      const to = poolName((at * 31 + 1) % size.pools);
      const moved = place && place.record.pool !== to ? await move(rig, store, place, to) : undefined;
      if (!moved) continue;
      places.set(address, moved.place);
      done.push(moved);
    }
    await delay(1_000);
  });
  const missing = () =>
    done.reduce((sum, { revision }) => sum + size.pools - applied.times(revision).length, 0);
  await waitFor('all hosts to have all moves', () => missing() === 0, 60_000);
  const times = done.map(({ startedMs, revision }) =>
    applied.times(revision).map((atMs) => atMs - startedMs),
  );
  const sent = (await bytes(rig)) - before;
  return { spending, moves: done.length, sent, each: sorted(times.flat()), last: sorted(times.map(largest)) };
}

const largest = (values: readonly number[]) => values.reduce((one, other) => Math.max(one, other), 0);
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

/** What all hosts have received, in bytes. */
async function bytes(rig: Rig): Promise<number> {
  return (await tables(rig)).reduce((sum, report) => sum + report.bytes, 0);
}

async function tables(rig: Rig) {
  const reports: Extract<Report, { type: 'networks' }>[] = [];
  rig.onReport((report) => {
    if (report !== 'done' && report.type === 'networks') reports.push(report);
  });
  await rig.orderAll('networks');
  return reports.splice(0);
}

/** How many entries of all hosts are not as they are to be. */
async function compare(rig: Rig, places: ReadonlyMap<string, Place>): Promise<number> {
  const reports = await tables(rig);
  const hosts = reports.flatMap((report) => Object.entries(report.tables));
  const underlayOf = new Map(
    hosts.map(([pool]) => [pool, poolAddress(Number(pool.slice(-5))).split(':')[0] ?? '']),
  );
  let differing = 0;
  for (const [pool, table] of hosts) {
    for (const [address, { record }] of places) {
      const wanted = record.pool === pool ? undefined : underlayOf.get(record.pool);
      if (table[address] !== wanted) differing++;
    }
  }
  return hosts.length === 0 ? NaN : differing;
}

const percentile = (values: readonly number[], share: number) =>
  values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;

function tableOf(size: Size, measured: Awaited<ReturnType<typeof measure>>): string {
  const { each, last, spending, idle, moves: count, sent, differing } = measured;
  const cpuMs = (of: Spending, who: 'controller' | 'hosts') => of[who].cpuPercent * 10 * of.seconds;
  const perMove = (who: 'controller' | 'hosts') =>
    Math.max(0, cpuMs(spending, who) - (idle[who].cpuPercent / 100) * spending.seconds * 1000) / count;
  return aligned([
    ['hosts', String(size.pools), 'goal'],
    ['containers on the network', String(size.pools * size.containers), ''],
    ['moves', `${count}, ${size.perSecond} a second`, ''],
    ['a host has a move after, ms: p50', percentile(each, 0.5).toFixed(0), ''],
    ['  p99', percentile(each, 0.99).toFixed(0), `<= ${goals.p99Ms}`],
    ['the last of the hosts, ms: p50', percentile(last, 0.5).toFixed(0), ''],
    ['  p99', percentile(last, 0.99).toFixed(0), ''],
    ['sent to a host for a move, bytes', (sent / count / size.pools).toFixed(0), ''],
    ['processor time of the controller for a move, ms', perMove('controller').toFixed(1), ''],
    ['  of all simulated hosts, ms', perMove('hosts').toFixed(1), ''],
    ['controller at rest, % of a core', idle.controller.cpuPercent.toFixed(1), `<= ${goals.idlePercent}`],
    ['  memory, MB', spending.controller.rssMegabytes.toFixed(0), ''],
    ['entries that are wrong at the end', String(differing), '<= 0'],
  ]);
}

type Flags = Readonly<Record<'pools' | 'containers' | 'moves' | 'rate', string>> & {
  readonly json?: string;
  readonly profile?: string;
};

await new Command('bench:overlay')
  .description('How soon the hosts of a large network know that a container has moved')
  .option('--pools <n>', 'hosts, 200 at most', '100')
  .option('--containers <n>', 'on each host', '100')
  .option('--moves <n>', 'how many are measured', '200')
  .option('--rate <n>', 'moves a second', '5')
  .option('--json <file>', 'write all figures there, too')
  .option('--profile <directory>', "write the controller's processor profile there")
  .action(async (flags: Flags) => {
    const { json, profile } = flags;
    const size: Size = {
      ...{ pools: Number(flags.pools), containers: Number(flags.containers), moves: Number(flags.moves) },
      ...{ perSecond: Number(flags.rate), profile },
    };
    const measured = await measure(size);
    process.stdout.write(`${tableOf(size, measured)}\n`);
    if (json !== undefined) {
      const result = { measuredAt: new Date().toISOString(), machine: machine({}), goals, size, measured };
      writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
    }
    process.exit(0);
  })
  .parseAsync();
