// npm run bench:placement: how long a placement takes in a large fleet, and the plans of many evacuations at once. The
// controller's own inventory, placement, migrations and evacuations; the hosts answer at once, so that only the controller's
// work is measured.
import { Command } from 'commander';
import { pino } from 'pino';
import { EvacuationService } from '../../../controller/evacuation/service.js';
import type { HostCalls } from '../../../controller/hosts/client.js';
import { Inventory } from '../../../controller/inventory/inventory.js';
import { ownMoveOptions } from '../../../controller/migration/own-moves.js';
import { MigrationService } from '../../../controller/migration/service.js';
import type { MigrationStore } from '../../../controller/migration/repository.js';
import type { MigrationRecord, Phase } from '../../../controller/model/migration.js';
import { Placer } from '../../../controller/placement/placer.js';
import { parseRules, type RuleTexts } from '../../../controller/placement/rules.js';
import { keys } from '../../../controller/store/keys.js';
import type { WatchEvent__Output as WatchEvent } from '../../../proto/gen/copa/agent/v1/WatchEvent.js';
import { MemoryStore } from '../../support/memory-store.js';
import { aligned } from '../figures.js';
import { poolName } from './names.js';

const goals = { p99Ms: 50, planSeconds: 10 } as const;
const gigabyte = 1024 ** 3;
const need = { memory: gigabyte, disk: 10 * gigabyte };

interface Size {
  readonly pools: number;
  readonly containers: number;
  /** Earlier moves that the store still has. */
  readonly records: number;
}

const nameOf = (pool: number, index: number) => `c-${pool}-${index}`;

function fleetOf({ pools, containers, records }: Size) {
  const inventory = new Inventory(() => undefined);
  const store = new MemoryStore();
  for (let pool = 0; pool < pools; pool++) {
    const name = poolName(pool);
    const labels = { rack: String(pool % 50), ...(pool % 3 === 0 ? { ssd: 'true' } : {}) };
    const host = {
      name,
      address: `10.${pool >> 8}.${pool & 255}.1:8001`,
      addedAt: '2026-01-01T00:00:00Z',
      revision: 1,
      labels,
    };
    store.put(keys.pool(name), host);
    inventory.add(host);
    inventory.apply(name, listing(pool, containers));
  }
  for (let index = 0; index < records; index++) {
    const record = recordOf(index, poolName(index % pools), poolName((7 * index + 1) % pools));
    store.put(keys.migration(record.id), record);
  }
  const shared = {
    ...{ store: withSessions(store), log: pino({ level: 'silent' }), emit: () => undefined },
    directory: {
      host: ({ name, address }: { name: string; address: string }) => hostOf(name, address, containers),
    },
  };
  const migrations = new MigrationService({
    ...{ ...shared, controllerId: 'a'.repeat(16), marked: () => ({ pools: [], places: [] }) },
    relay: { probe: () => Promise.resolve(), join: () => Promise.resolve() },
  });
  migrations.start();
  store.ready();
  const placer: Placer = new Placer(inventory, Date.now, () => evacuations.coming());
  const evacuations = new EvacuationService({ ...shared, inventory, placer, migrations });
  if (migrations.known().length !== records) throw new Error('the earlier moves cannot be read');
  return { placer, evacuations };
}

function withSessions(store: MemoryStore): MigrationStore {
  const session = () => ({ close: () => Promise.resolve() });
  return Object.assign(store, { session }) as unknown as MigrationStore;
}

function listing(pool: number, containers: number): WatchEvent {
  const load = (pool * 7919) % 100;
  return {
    daemon: { up: true, reason: '', server: 'lxd', serverVersion: '5.0.2' },
    ...{ renamed: [], deleted: [], listing: 'LAST_PART', probePort: 0 },
    capacity: {
      ...{ cpus: 32, load1: load / 4, memoryTotal: 256 * gigabyte, diskTotal: 4096 * gigabyte },
      ...{ memoryAvailable: (256 - load) * gigabyte, diskFree: (4096 - 10 * load) * gigabyte },
    },
    containers: Array.from({ length: containers }, (_, index) => ({
      ...{ name: nameOf(pool, index), status: 'Running', createdAt: 1_760_000_000, image: 'Ubuntu jammy' },
      ...{
        addresses: [`10.1.${pool & 255}.${index}`],
        cpuLimit: '',
        memoryLimit: '',
        snapshots: 0,
        migrationId: '',
      },
      ...{ labels: { app: `app${(pool + index) % 200}` }, interfaces: [] },
      rules: index % 50 === 0 ? { apart: `app=app${(pool + index + 100) % 200}` } : {},
    })),
  } as unknown as WatchEvent;
}

/** A host whose agent answers at once. */
function hostOf(pool: string, address: string, containers: number): HostCalls {
  const answers: Readonly<Record<string, (request: { container?: string }) => object>> = {
    DescribeHost: () => ({ streamPort: 8002, streamFeatures: [], clockMs: Date.now() }),
    ProbeStream: () => ({}),
    CheckDestination: () => ({
      ...{ findings: [], warnings: [], volumes: [], precopy: true, mapped: true, takesVolumes: true },
      ...{ storageDriver: 'zfs', checksContainers: true, space: null, proposal: null, seesFiles: true },
    }),
    GetInformation: () => ({
      containers: Array.from({ length: containers }, (_, index) => ({
        container: nameOf(Number(/\d+/.exec(pool)?.[0]), index),
        memoryJson: '{"usage":1000000000}',
      })),
    }),
    InspectSource: ({ container = '' }) => ({
      ...{
        container,
        status: 'Running',
        config: { 'volatile.uuid': container },
        expandedConfig: {},
        volumes: [],
      },
      ...{ findings: [], warnings: [], snapshots: [], usedBytes: gigabyte, storageDriver: 'zfs' },
    }),
  };
  const call = (method: string, request: object) => Promise.resolve(answers[method]?.(request) ?? {});
  return { pool, address, call } as unknown as HostCalls;
}

function recordOf(index: number, source: string, destination: string): MigrationRecord {
  const at = (seconds: number) =>
    new Date(Date.UTC(2026, 0, 1) + (index * 60 + seconds) * 1000).toISOString();
  const history = steps.map((phase, step) => ({ phase, at: at(step) }));
  return {
    ...{ id: index.toString(16).padStart(16, '0'), container: `old-${index}`, source, destination },
    ...{ createdAt: at(0), runner: { controller: 'a', run: 'b' }, copy: 'whole', phase: 'done', history },
    ...{ wasRunning: true, cancelled: false, options: ownMoveOptions },
    plan: { via: 'direct', precopy: true, helperSnapshots: false, usedBytes: 1e6 * (1 + (index % 100)) },
    passes: [
      {
        ...{ number: 1, kind: 'running', refresh: false, freeze: false, outcome: 'done', bytes: 5e7 },
        ...{ startedAt: at(1), endedAt: at(2) },
      },
    ],
  };
}

const steps: readonly Phase[] = [
  'accepted',
  'claimed',
  'copied',
  'stopped',
  'synced',
  'verified',
  'started',
  'done',
];

const asked: readonly RuleTexts[] = [
  {},
  { where: 'ssd=true' },
  { where: 'ssd=true', apart: 'app=app3' },
  { spread: 'app=app7', over: 'rack' },
];

/** Sorted, in milliseconds of processor time: other programs of the machine do not count. */
function placements({ placer }: ReturnType<typeof fleetOf>, count: number): number[] {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const rules = parseRules(asked[index % asked.length] ?? {});
    const started = process.cpuUsage();
    const request = {
      name: `new-${index}`,
      labels: {},
      target: parsedAny,
      reach: undefined,
      source: undefined,
    };
    const answer = placer.explain({ ...request, need, rules });
    answer.others(20);
    const { user, system } = process.cpuUsage(started);
    times.push((user + system) / 1000);
    if (!answer.chosen) throw new Error('a placement found no pool');
  }
  return times.sort((a, b) => a - b);
}

const parsedAny = { kind: 'any' } as const;

await new Command('bench:placement')
  .description('How long placements and plans of evacuations take in a large fleet')
  .option('--pools <n>', 'hosts', '5000')
  .option('--containers <n>', 'on each host', '100')
  .option('--records <n>', 'earlier moves that are remembered', '5000')
  .option('--evacuations <n>', 'hosts that are planned at once', '100')
  .option('--placements <n>', 'how many are measured', '400')
  .action(
    async (
      flags: Readonly<Record<'pools' | 'containers' | 'records' | 'evacuations' | 'placements', string>>,
    ) => {
      const size = {
        pools: Number(flags.pools),
        containers: Number(flags.containers),
        records: Number(flags.records),
      };
      const fleet = fleetOf(size);
      placements(fleet, 20);
      const times = placements(fleet, Number(flags.placements));
      const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
      const sources = Array.from({ length: Number(flags.evacuations) }, (_, index) => poolName(index * 3));
      const [started, cpu] = [performance.now(), process.cpuUsage()];
      const order = { target: '@any', action: undefined, reach: undefined };
      const plans = await Promise.all(sources.map((pool) => fleet.evacuations.plan({ ...order, pool })));
      const seconds = (performance.now() - started) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      const moves = plans.flatMap(({ containers }) => containers).filter(({ chosen }) => chosen).length;
      process.stdout.write(
        `${aligned([
          ['pools', String(size.pools), 'goal'],
          ['containers', String(size.pools * size.containers), ''],
          ['a placement p50, ms of processor time', at(0.5).toFixed(1), ''],
          ['  p99, ms', at(0.99).toFixed(1), `<= ${goals.p99Ms}`],
          [`${sources.length} hosts planned at once, s`, seconds.toFixed(1), `<= ${goals.planSeconds}`],
          ['  processor time of it, s', ((user + system) / 1e6).toFixed(1), ''],
          ['  moves', String(moves), ''],
          ['memory, MB', (process.memoryUsage().rss / 1e6).toFixed(0), ''],
        ])}\n`,
      );
      process.exit(0);
    },
  )
  .parseAsync();
