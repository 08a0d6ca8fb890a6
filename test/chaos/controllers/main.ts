// Faults of controllers: `npm run chaos:controllers`. Three controllers on machines of their own, and hosts with real
// daemons, under a load of moves, creates, joins and changes of tokens. Controllers, members of etcd, links, disks and
// clocks fail, one at a time and in pairs. Nothing acknowledged may be lost, and one controller always has to answer.
import { Command, Option } from 'commander';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { Random } from '../random.js';
import { Witness } from '../witness.js';
import { clockObstacle } from './clocks.js';
import { Creates } from './containers.js';
import { faultKinds, type FaultKind } from './faults.js';
import { Installation } from './installation.js';
import { goFirst } from './machines.js';
import { Joins } from './joins.js';
import { converge, judge } from './judge.js';
import { Ledger } from './ledger.js';
import { Moves } from './moves.js';
import { Probes } from './probes.js';
import { RecordClients } from './records.js';
import { summaryOf, type Outcome } from './report.js';
import { strikeAll } from './round.js';

interface Flags {
  readonly minutes: string;
  readonly seed: string;
  readonly only?: FaultKind[];
  readonly single?: true;
  readonly hosts: string;
  readonly realTime?: true;
  readonly logs?: string;
  readonly json?: string;
}

const flags = new Command('chaos:controllers')
  .description(
    'hurt three controllers, their etcds, links, disks and clocks under load, and see what is lost',
  )
  .option('--minutes <n>', 'how long faults are struck', '10')
  .option('--seed <n>', 'the same random choices again', String(Date.now() % 1_000_000))
  .addOption(new Option('--only <kinds...>', 'only these faults').choices(faultKinds))
  .option('--single', 'no faults in pairs (default: after a quarter of the time)')
  .option('--hosts <n>', 'how many hosts with a real daemon', '2')
  .option('--real-time', 'controllers and their clients do not wait for what else runs on this machine')
  .option('--logs <directory>', 'keep the logs')
  .option('--json <file>', 'write the results as JSON')
  .parse()
  .opts<Flags>();

const print = (text: string) =>
  void process.stdout.write(`${new Date().toISOString().slice(11, 23)} ${text}\n`);

/** Pauses from this on are reported. */
const longPauseMs = 1_000;
const movers = ['ma', 'mb', 'mc'];

const obstacle = clockObstacle();
if (obstacle !== undefined) throw new Error(obstacle);
print(
  `seed ${flags.seed}, ${flags.minutes} minutes, load ${loadavg()
    .map((each) => each.toFixed(1))
    .join(' ')}`,
);
const isRealTime = flags.realTime === true;
if (isRealTime) await goFirst();
const installation = await Installation.up({ hosts: Number(flags.hosts), isRealTime, report: print });
// The first Ctrl-C ends the faults, and what was done is judged.
const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort()).once('SIGTERM', () => stopping.abort());
try {
  const outcome = await run();
  print(`\n${summaryOf(outcome)}`);
  if (flags.json !== undefined) writeFileSync(flags.json, JSON.stringify(outcome, null, 2));
  process.exitCode = outcome.problems.length === 0 ? 0 : 1;
} finally {
  if (flags.logs !== undefined) keepLogs(flags.logs);
  await installation.down();
}

async function run(): Promise<Outcome> {
  const { lab, copa, machines } = installation;
  const random = new Random(Number(flags.seed));
  const ledger = new Ledger(print);
  for (const [at, name] of movers.entries()) {
    const host = lab.hosts[at % lab.hosts.length];
    const place = { container_pool: host?.name ?? '', container_name: name };
    await copa.container('create', { ...place, image_type: 'tiny' });
    await host?.lxc('config', 'set', name, 'environment.TICK', '0.5');
    await copa.container('start', place);
  }
  const witness = new Witness(lab.hosts);
  const clients = machines.map((_, at) =>
    installation.clientOf([...machines.slice(at), ...machines.slice(0, at)]),
  );
  const of = () => new Random(Math.floor(random.next() * 2 ** 32));
  const probes = new Probes(installation, longPauseMs, print);
  const moves = new Moves(clients, movers, { hosts: lab.hosts, random: of(), ledger });
  const creates = new Creates(installation.clientOf(machines), { hosts: lab.hosts, random: of(), ledger });
  const joins = new Joins(installation, of(), ledger);
  const records = new RecordClients([...clients, ...clients.slice(0, 1)], of(), ledger);

  const startedAt = performance.now();
  const endsAtMs = startedAt + Number(flags.minutes) * 60_000;
  const pairsFromMs = flags.single ? Infinity : startedAt + Number(flags.minutes) * 15_000;
  const struck = await strikeAll(installation, {
    ...{ random, probes, ledger, endsAtMs, pairsFromMs, report: print },
    signal: stopping.signal,
    kinds: flags.only ?? faultKinds,
  });
  print('the faults are over');
  await Promise.all([moves, creates, joins, records, probes].map((each) => each.end()));
  print('the load has ended');
  const convergence = await converge(installation);
  print(`everything is at its end ${convergence.seconds.toFixed(1)} s later`);
  const expected = { moves, created: creates.all, joined: joins.all };
  const found = await judge(installation, witness, expected);
  await witness.end();
  print('checking the history');
  const contradictions = [...records.contradictions(), ...moves.contradictions()];
  return {
    seed: flags.seed,
    minutes: Number(flags.minutes),
    load: loadavg(),
    clusterMs: installation.clusterMs,
    struck,
    starts: machines.map(({ starts }) => starts),
    pauses: probes.pauses,
    answers: Object.fromEntries(probes.counts),
    counts: Object.fromEntries(ledger.counts),
    recorded: { records: records.size, migrations: moves.size },
    convergenceSeconds: convergence.seconds,
    problems: [...ledger.problems, ...convergence.problems, ...found, ...contradictions],
  };
}

function keepLogs(directory: string): void {
  mkdirSync(directory, { recursive: true });
  const copy = (from: string, to: string) => {
    if (existsSync(from)) cpSync(from, join(directory, to));
  };
  for (const machine of installation.machines) copy(machine.logFile, `${machine.name}.log`);
  for (const host of installation.lab.hosts)
    for (const name of ['agent', 'lxd'])
      copy(join(host.directory, `${name}.log`), `${host.name}-${name}.log`);
}
