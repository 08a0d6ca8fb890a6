// npm run bench:fleet: one controller with a fleet of simulated hosts, at rest, under load and when things break.
import { Command } from 'commander';
import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { EventStream } from '../../lab/event-stream.js';
import { load } from './load.js';
import { Rig } from './rig.js';

interface Flags {
  readonly pools: string;
  readonly containers: string;
  readonly seconds: string;
  readonly quick?: boolean;
  readonly json?: string;
  readonly profile?: string;
}

/** Hosts that die at once. */
const dead = 100;

const targets = {
  rssMegabytes: 1500,
  loadedCpuPercent: 30,
  p99Ms: 100,
  knownSeconds: 20,
  noticedSeconds: 15,
  falseAlarms: 0,
};

async function measure(pools: number, containers: number, seconds: number, profile: string | undefined) {
  const rig = new Rig();
  const say = (text: string) => process.stderr.write(`${pools} pools: ${text}\n`);
  const all = pools + dead;
  const isUp = (count: number) => (totals: { pools: { up: number } }) => totals.pools.up === count;
  try {
    await rig.startController();
    await rig.startHosts(0, pools, containers);
    await rig.startHosts(pools, dead, containers);
    const doomed = rig.simulators.at(-1);
    say('hosts are up');
    const registering = performance.now();
    await rig.register(0, all);
    const registered = (performance.now() - registering) / 1000;
    await rig.until('all pools to be known', isUp(all));
    say('registered');

    await rig.stopController('SIGKILL');
    const started = performance.now();
    const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    await rig.startController(flags);
    await rig.until('all pools to be known again', isUp(all));
    const coldStart = (performance.now() - started) / 1000;
    say(`known after ${coldStart.toFixed(1)} s`);

    await delay(5_000);
    const rest = await rig.spending(() => delay(Math.min(seconds, 15) * 1000));
    say(`at rest ${rest.controller.cpuPercent.toFixed(1)}%, ${rest.controller.rssMegabytes.toFixed(0)} MB`);

    const alarms = await EventStream.open(rig.url, { type: 'pool.down' });
    await rig.orderAll({ rate: 1 });
    await delay(2_000);
    const loaded = await rig.spending(() => delay(seconds * 1000));
    say(
      `one event a second ${loaded.controller.cpuPercent.toFixed(1)}%, ${loaded.controller.rssMegabytes.toFixed(0)} MB`,
    );
    let latencies = await load(rig.url, pools, 50, 1);
    const asked = await rig.spending(async () => {
      latencies = await load(rig.url, pools, 50, seconds);
    });
    say(`p99 ${latencies.p99Ms.toFixed(0)} ms`);
    const falseAlarms = alarms.events.filter(({ type }) => type === 'pool.down').length;
    alarms.close();

    doomed?.kill('SIGSTOP');
    const noticed = await rig.until('dead hosts to be noticed', ({ pools: now }) => now.down >= dead, 60_000);
    doomed?.kill('SIGCONT');
    const back = await rig.until('them to be back', isUp(all));
    say(`dead noticed after ${noticed.toFixed(1)} s, back after ${back.toFixed(1)} s`);

    const dropping = performance.now();
    await rig.orderAll('drop');
    await rig.until('the storm to be over', isUp(all));
    const storm = (performance.now() - dropping) / 1000;
    say(`storm over after ${storm.toFixed(1)} s`);
    if (profile !== undefined) await rig.stopController('SIGTERM');
    return {
      pools: all,
      containers: all * containers,
      registered,
      coldStart,
      rest,
      loaded,
      asked,
      latencies,
      falseAlarms,
      noticed,
      back,
      storm,
      etcdMegabytes: rig.etcdBytes / 1e6,
    };
  } finally {
    await rig.down();
  }
}

type Measured = Awaited<ReturnType<typeof measure>>;

function table(all: readonly Measured[]): string {
  const number = (value: number, digits = 0) => value.toFixed(digits);
  const rows: [string, (measured: Measured) => string, string][] = [
    ['containers', ({ containers }) => number(containers), ''],
    [
      'all pools known after a cold start, s',
      ({ coldStart }) => number(coldStart, 1),
      `< ${targets.knownSeconds}`,
    ],
    [
      'all pools known after all connections broke, s',
      ({ storm }) => number(storm, 1),
      `< ${targets.knownSeconds}`,
    ],
    [`${dead} frozen hosts noticed, s`, ({ noticed }) => number(noticed, 1), `< ${targets.noticedSeconds}`],
    ['and known again, s', ({ back }) => number(back, 1), ''],
    ['at rest, % of a core', ({ rest }) => number(rest.controller.cpuPercent, 1), ''],
    [
      'an event a second and host, % of a core',
      ({ loaded }) => number(loaded.controller.cpuPercent, 1),
      `< ${targets.loadedCpuPercent}`,
    ],
    ['and 50 requests a second', ({ asked }) => number(asked.controller.cpuPercent, 1), ''],
    ['memory, MB', ({ asked }) => number(asked.controller.rssMegabytes), `< ${targets.rssMegabytes}`],
    ['memory a pool, KB', ({ asked, pools }) => number((asked.controller.rssMegabytes * 1024) / pools), ''],
    ['answers p50, ms', ({ latencies }) => number(latencies.p50Ms, 1), ''],
    ['answers p99, ms', ({ latencies }) => number(latencies.p99Ms, 1), `< ${targets.p99Ms}`],
    ['requests that failed', ({ latencies }) => number(latencies.failures), ''],
    ['false alarms', ({ falseAlarms }) => number(falseAlarms), '0'],
    ['etcd under load, % of a core', ({ asked }) => number(asked.etcd.cpuPercent, 1), ''],
    ['etcd, MB of memory', ({ asked }) => number(asked.etcd.rssMegabytes), ''],
    ['etcd, MB on disk', ({ etcdMegabytes }) => number(etcdMegabytes, 1), ''],
    ['pools registered a second', ({ registered, pools }) => number(pools / registered), ''],
  ];
  const cells = [
    ['pools', ...all.map(({ pools }) => String(pools)), 'target'],
    ...rows.map(([what, value, target]) => [what, ...all.map(value), target]),
  ];
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

await new Command('bench:fleet')
  .description('What a fleet of simulated hosts costs one controller')
  .option('--pools <n,...>', 'sizes of the fleet', '100,1000,5000')
  .option('--containers <n>', 'on each host', '100')
  .option('--seconds <n>', 'how long each load lasts', '30')
  .option('--quick', 'a small fleet, a short time')
  .option('--json <file>', 'write all figures there, too')
  .option('--profile <directory>', "write the controller's processor profile there")
  .action(async ({ pools, containers, seconds, quick, json, profile }: Flags) => {
    const sizes = quick ? [100] : pools.split(',').map(Number);
    const measured: Measured[] = [];
    for (const size of sizes) {
      measured.push(await measure(size, Number(containers), quick ? 5 : Number(seconds), profile));
    }
    process.stdout.write(`${table(measured)}\n`);
    const machine = {
      cpus: cpus().map(({ model }) => model),
      memory: totalmem(),
      kernel: release(),
      node: process.version,
    };
    if (json !== undefined)
      writeFileSync(json, `${JSON.stringify({ machine, targets, measured }, null, 2)}\n`);
    process.exit(0);
  })
  .parseAsync();
