// `npm run bench:migration`: the cost of a move, compared with the daemons' own `lxc move`, on two hosts of the lab.
// It fails only when something cannot be measured.
import { Command, Option } from 'commander';
import { writeFileSync } from 'node:fs';
import { Cluster } from '../../deploy/lab/cluster.js';
import { Lab } from '../../deploy/lab/lab.js';
import { run } from '../../deploy/lab/processes.js';
import { introduce } from './baseline.js';
import { Client } from './client.js';
import { machine } from './figures.js';
import { table, type Measured } from './report.js';
import { Bench, type RunningRound, type StoppedRound, type WriterRound } from './scenarios.js';
import { container, makeContainer } from './workload.js';

const storages = ['dir', 'btrfs'] as const;
const parts = ['stopped', 'running', 'writers'] as const;
const writerRates = [1, 10, 50] as const;

interface Flags {
  readonly rounds?: string;
  readonly size?: string;
  readonly quick?: true;
  readonly storage: readonly (typeof storages)[number][];
  readonly only: readonly (typeof parts)[number][];
  readonly json?: string;
}

const program = new Command('bench:migration')
  .description('measure moves of a 1 GiB container of 56,000 files, by COPA and by lxc move')
  .option('--rounds <n>', 'rounds of everything; the medians are shown (5 by default, 1 with --quick)')
  .option('--size <MiB>', 'how much the container holds (1024 by default, 64 with --quick)')
  .option('--quick', 'a container of 64 MiB, to see that all works; the figures mean little')
  .addOption(new Option('--storage <drivers...>', 'storage drivers').choices(storages).default(storages))
  .addOption(new Option('--only <parts...>', 'what to measure').choices(parts).default(parts))
  .option('--json <file>', 'write everything measured to a file, too')
  .action(async (flags: Flags) => {
    const measured: Measured[] = [];
    for (const storage of flags.storage) measured.push(await measure(storage, flags));
    for (const each of measured) process.stdout.write(`\n${table(each)}\n`);
    const about = machine({
      lxd: await version(['lxd', '--version']),
      rsync: await version(['rsync', '--version']),
    });
    process.stdout.write(
      `\n${about.processors} x ${about.processor}, Linux ${about.kernel}, Node ${about.node}, LXD ${about.lxd}\n`,
    );
    if (flags.json !== undefined) {
      const result = { measuredAt: new Date().toISOString(), machine: about, measured };
      writeFileSync(flags.json, `${JSON.stringify(result, null, 2)}\n`);
    }
  });

async function measure(storage: Measured['storage'], flags: Flags): Promise<Measured> {
  const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 5));
  const began = performance.now();
  const say = (text: string) => {
    const at = ((performance.now() - began) / 1000).toFixed(0).padStart(5);
    process.stderr.write(`${storage} ${at} s  ${text}\n`);
  };
  say('two hosts come up');
  const cluster = await Cluster.up({ hosts: 2, storage });
  let client: Client | undefined;
  try {
    const [one, other] = cluster.hosts;
    if (!one || !other) throw new Error('Two hosts were asked for');
    await introduce(one, other);
    const workload = await makeContainer(one, Number(flags.size ?? (flags.quick ? 64 : 1024)) / 1024);
    say(`${workload.files} files made`);
    const bench = new Bench(cluster, say);
    const stopped: StoppedRound[] = [];
    const running: RunningRound[] = [];
    const writers = writerRates.map((megabytesPerSecond) => ({
      megabytesPerSecond,
      rounds: [] as WriterRound[],
    }));
    const each = async (part: (typeof parts)[number], work: () => Promise<void>) => {
      if (!flags.only.includes(part)) return;
      for (let round = 1; round <= rounds; round++) {
        say(`${part}, round ${round} of ${rounds}`);
        await work();
      }
    };
    // Started and stopped once, so that only the very first start has to shift owners.
    await bench.start();
    const address = await bench.here.containerAddress(container);
    await bench.stop();
    await each('stopped', async () => void stopped.push(await bench.stopped()));
    await bench.start();
    client = new Client(address);
    await client.answers();
    const asking = client;
    await each('running', async () => void running.push(await bench.running(asking)));
    await each('writers', async () => {
      for (const { megabytesPerSecond, rounds: done } of writers) {
        say(`a writer of ${megabytesPerSecond} MB/s`);
        done.push(await bench.withWriter(asking, megabytesPerSecond));
      }
    });
    return {
      storage,
      workload,
      stopped,
      running,
      writers: writers.filter((writer) => writer.rounds.length > 0),
    };
  } finally {
    client?.stop();
    await cluster.down();
  }
}

async function version(argv: readonly string[]): Promise<string> {
  return ((await run(argv)).stdout.split('\n')[0] ?? '').trim();
}

const obstacle = await Lab.obstacle();
if (obstacle !== undefined) {
  process.stderr.write(`The benchmark needs the lab, which cannot run here: ${obstacle}\n`);
  process.exitCode = 1;
} else {
  await program.parseAsync();
}
