/** Runs a scenario: sets up, follows its timeline, and records; then takes down what it made, whatever happened. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from '../../client/index.js';
import { systemClock } from '../../common/async/clock.js';
import { messageOf } from '../../common/errors.js';
import { version } from '../../common/version.js';
import type { Scenario } from './document.js';
import { Fleet } from './fleet.js';
import { UndoLog } from './undo-log.js';
import { planOf, type Plan } from './plan.js';
import { plotOf } from './plot.js';
import { Prober } from './probing.js';
import { Recorder } from './recorder.js';
import { moveOf, resultsOf, tablesOf, type Recorded, type Results } from './results.js';
import { Setting } from './setting.js';
import { takeDown } from './takedown.js';
import { runTimeline, type Done } from './timeline.js';

export interface Order {
  readonly rest: Connection;
  readonly scenario: Scenario;
  /** Roles with a pool for this run. */
  readonly chosen: Readonly<Record<string, string>>;
  /** It exists afterwards, and has the results. */
  readonly directory: string;
  readonly report: (text: string) => void;
  /** Ends the run early; what it made is taken down, and its results are written. */
  readonly signal: AbortSignal;
}

/** The end of a probe's last requests, and answers to users after the last action, are part of the run for so long. */
const tailMs = 1_000;

export interface Ended {
  readonly results: Results;
  /** What could not be taken down. */
  readonly left: readonly string[];
}

export async function runScenario(order: Order): Promise<Ended> {
  const { rest, scenario, directory, report } = order;
  const fleet = new Fleet(rest);
  const { pools, controller } = await fleet.overview();
  const plan = planOf(scenario, pools, order.chosen);
  const versions = {
    copa: version,
    controller: controller.version,
    node: process.versions.node,
    ...Object.fromEntries(
      pools
        .filter(({ name }) => Object.values(plan.pools).includes(name))
        .map(({ name, daemon, daemon_version }) => [
          name,
          `${daemon ?? 'unknown'} ${daemon_version ?? ''}`.trim(),
        ]),
    ),
  };
  mkdirSync(directory, { recursive: true });
  const run = randomBytes(6).toString('hex');
  const undoLog = UndoLog.start(directory, run, scenario.name);
  const recorder = new Recorder(rest);
  let recorded: Recorded;
  let left: readonly string[];
  try {
    await recorder.start();
    recorded = { ...(await measured({ ...order, fleet, plan, undoLog, recorder })), versions };
  } finally {
    await recorder.stop().catch((error: unknown) => report(`the events are incomplete: ${messageOf(error)}`));
    left = await takeDown(fleet, undoLog, report);
  }
  const results = resultsOf(recorded);
  const files = { ...tablesOf(recorded), 'plot.svg': plotOf(recorded) };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  writeFileSync(join(directory, 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  return { results, left };
}

interface Running extends Order {
  readonly fleet: Fleet;
  readonly plan: Plan;
  readonly undoLog: UndoLog;
  readonly recorder: Recorder;
}

/** Throws only what makes results impossible. A failure of the set-up, or of an action, is in the results. */
async function measured(running: Running): Promise<Omit<Recorded, 'versions'>> {
  const { scenario, plan, recorder, report, signal } = running;
  const setting = new Setting(running);
  const done: Done[] = [];
  let failure: unknown;
  let probes: Prober[] = [];
  let start = performance.now();
  let startedAt = new Date();
  try {
    await setting.build();
    for (const [name, address] of setting.addresses) recorder.addresses.set(name, address);
    recorder.begin();
    [start, startedAt] = [performance.now(), new Date()];
    const resolve = (host: string) => recorder.addresses.get(host) ?? host;
    probes = scenario.probes.map((probe) => new Prober(probe, resolve, start));
    report(`running for ${scenario.duration / 1000} s`);
    await runTimeline({
      clock: systemClock,
      steps: plan.steps,
      durationMs: scenario.duration,
      perform: (step) => setting.perform(step.action),
      onDone: (each) => {
        done.push(each);
        const outcome = each.error === null ? '' : `: ${each.error}`;
        report(`${(each.atMs / 1000).toFixed(1).padStart(6)} s  ${each.text}${outcome}`);
      },
      signal,
    });
    if (!signal.aborted) await systemClock.delay(tailMs, signal);
  } catch (error) {
    failure = error;
  }
  const durationMs = Math.max(1, performance.now() - start);
  const samples = await Promise.all(
    probes.map(async (prober) => ({ probe: prober.probe, samples: await prober.stop() })),
  );
  const interrupted = signal.aborted;
  const moves = (await recorder.moves()).map((each) => moveOf(each, (iso) => recorder.sinceStart(iso)));
  const passed = moves.flatMap(({ source, destination }) => [source, destination]);
  const pools = [...new Set([...Object.values(plan.pools), ...passed])].sort();
  return {
    ...{ scenario, plan, done, durationMs, moves, probes: samples },
    outcome: interrupted ? 'interrupted' : failure === undefined ? 'complete' : 'failed',
    error: failure === undefined || interrupted ? null : messageOf(failure),
    startedAt: startedAt.toISOString(),
    links: scenario.record.links ? await recorder.links(pools, durationMs) : [],
    hosts: scenario.record.hosts ? await recorder.hosts(pools, durationMs) : [],
    events: [...recorder.events],
  };
}
