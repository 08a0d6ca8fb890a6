// npm run bench:fleet: the cost of a fleet of simulated hosts for one controller.
import { Command } from 'commander';
import { writeFileSync } from 'node:fs';
import { machine } from '../figures.js';
import { measure, type Measured } from './measure.js';
import { table, targets } from './table.js';

interface Flags {
  readonly pools: readonly string[];
  readonly containers: string;
  readonly seconds: string;
  readonly calm: string;
  readonly dead: string;
  readonly json?: string;
  readonly profile?: string;
}

await new Command('bench:fleet')
  .description('What a fleet of simulated hosts costs one controller')
  .option('--pools <n...>', 'sizes of the fleet', ['100', '1000', '5000'])
  .option('--containers <n>', 'on each host', '100')
  .option('--seconds <n>', 'how long each load lasts', '30')
  .option('--calm <n>', 'for how many seconds there have to be no false alarms', '30')
  .option('--dead <n>', 'hosts that die at once, half of them all at most', '100')
  .option('--json <file>', 'write all figures there, too')
  .option('--profile <directory>', "write the controller's processor profile there")
  .action(async ({ pools, containers, seconds, calm, dead, json, profile }: Flags) => {
    const measured: Measured[] = [];
    for (const size of pools.map(Number)) {
      const fleet = {
        pools: size,
        containers: Number(containers),
        seconds: Number(seconds),
        calmSeconds: Number(calm),
        dead: Math.min(Number(dead), Math.floor(size / 2)),
      };
      measured.push(await measure(fleet, (text) => void process.stderr.write(`${text}\n`), profile));
    }
    process.stdout.write(`${table(measured)}\n`);
    if (json !== undefined) {
      const result = { measuredAt: new Date().toISOString(), machine: machine({}), targets, measured };
      writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
    }
    process.exit(0);
  })
  .parseAsync();
