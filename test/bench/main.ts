// `npm run bench`: the cost of COPA, every figure compared with that of its alternative, measured in the same run on
// the same machine. It fails only when something cannot be measured.
import { Command, Option } from 'commander';
import { writeFileSync } from 'node:fs';
import { Cluster } from '../../deploy/lab/cluster.js';
import { Lab } from '../../deploy/lab/lab.js';
import { run } from '../../deploy/lab/processes.js';
import { besideKoa } from './bare.js';
import { comparison, type Section } from './compared.js';
import { machine } from './figures.js';
import { measure as measureFleet, type Measured as FleetMeasured } from './fleet/measure.js';
import { table as fleetTable } from './fleet/table.js';
import { launches } from './launch.js';
import { growth, overhead } from './overhead.js';

const parts = ['koa', 'reads', 'changes', 'launch', 'fleet'] as const;

interface Flags {
  readonly quick?: true;
  readonly only: readonly (typeof parts)[number][];
  readonly containers?: readonly string[];
  readonly clients?: readonly string[];
  readonly rounds?: string;
  readonly seconds?: string;
  readonly changes?: string;
  readonly json?: string;
}

const sizes = {
  full: {
    containers: [1, 50, 200],
    clients: [1, 16, 64],
    rounds: 3,
    seconds: 1,
    changes: 2,
    launched: 100,
    fleets: [
      { pools: 100, containers: 100, seconds: 30, calmSeconds: 30, dead: 50 },
      { pools: 1_000, containers: 100, seconds: 30, calmSeconds: 30, dead: 100 },
      { pools: 5_000, containers: 100, seconds: 30, calmSeconds: 30, dead: 100 },
    ],
  },
  quick: {
    containers: [1, 10],
    clients: [1, 16],
    rounds: 1,
    seconds: 0.3,
    changes: 1,
    launched: 9,
    fleets: [{ pools: 40, containers: 100, seconds: 2, calmSeconds: 2, dead: 10 }],
  },
} as const;

const program = new Command('bench')
  .description(
    'measure what COPA costs, beside the daemon itself, a bare Koa and lxc, and what a fleet costs',
  )
  .option('--quick', 'small sizes, to see that all works; the figures mean little')
  .addOption(new Option('--only <parts...>', 'what to measure').choices(parts).default(parts))
  .option('--containers <n...>', 'how many containers the host has')
  .option('--clients <n...>', 'how many ask at once')
  .option('--rounds <n>', 'rounds of everything; the medians are shown (3 by default, 1 with --quick)')
  .option('--seconds <n>', 'how long each read is asked at a time, at least')
  .option('--changes <n>', 'how often each client makes each change in a round')
  .option('--json <file>', 'write everything measured to a file, too')
  .action(async (flags: Flags) => {
    const base = flags.quick ? sizes.quick : sizes.full;
    const chosen = {
      ...base,
      ...(flags.containers ? { containers: flags.containers.map(Number) } : {}),
      ...(flags.clients ? { clients: flags.clients.map(Number) } : {}),
      ...(flags.rounds ? { rounds: Number(flags.rounds) } : {}),
      ...(flags.seconds ? { seconds: Number(flags.seconds) } : {}),
      ...(flags.changes ? { changes: Number(flags.changes) } : {}),
    };
    const sections: Section[] = [];
    const wants = (part: (typeof parts)[number]) => flags.only.includes(part);
    if (wants('koa') || wants('reads') || wants('changes')) {
      await onLab(1, async (cluster) => {
        if (wants('koa')) sections.push(await besideKoa(cluster, chosen, say));
        if (!wants('reads') && !wants('changes')) return;
        const measured = await overhead(cluster, { ...chosen, wants }, say);
        sections.push(...measured, ...growth(measured));
      });
    }
    if (wants('launch')) {
      await onLab(3, async (cluster) => {
        sections.push(
          ...(await launches(cluster, { containers: chosen.launched, rounds: chosen.rounds }, say)),
        );
      });
    }

    const fleets: FleetMeasured[] = [];
    if (wants('fleet')) for (const fleet of chosen.fleets) fleets.push(await measureFleet(fleet, say));

    for (const section of sections) process.stdout.write(`\n${comparison(section)}\n`);
    if (fleets.length > 0) process.stdout.write(`\n${fleetTable(fleets)}\n`);
    const about = machine({ lxd: (await run(['lxd', '--version'])).stdout.trim() });
    process.stdout.write(
      `\n${about.processors} x ${about.processor}, Linux ${about.kernel}, Node ${about.node}, LXD ${about.lxd}\n`,
    );
    if (flags.json !== undefined) {
      const result = {
        measuredAt: new Date().toISOString(),
        machine: about,
        sizes: chosen,
        sections,
        fleets,
      };
      writeFileSync(flags.json, `${JSON.stringify(result, null, 2)}\n`);
    }
  });

async function onLab(hosts: number, work: (cluster: Cluster) => Promise<void>): Promise<void> {
  say(hosts === 1 ? 'a host comes up' : `${hosts} hosts come up`);
  const cluster = await Cluster.up({ hosts, storage: 'btrfs' });
  try {
    // Containers without activity, so that only COPA is measured.
    for (const host of cluster.hosts) await host.lxc('profile', 'set', 'default', 'environment.TICK', '0');
    await work(cluster);
  } finally {
    await cluster.down();
  }
}

const began = performance.now();
function say(text: string): void {
  process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${text}\n`);
}

const obstacle = await Lab.obstacle();
if (obstacle !== undefined) {
  process.stderr.write(`The benchmark needs the lab, which cannot run here: ${obstacle}\n`);
  process.exitCode = 1;
} else {
  await program.parseAsync();
}
