// Runs cells: in rounds of one fault each, on a few clusters in parallel.
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster } from '../../deploy/lab/cluster.js';
import { nameOf, type Cell } from './cells.js';
import { Failpoints } from './failpoints.js';
import type { Random } from './random.js';
import { hasPassed, type Result } from './report.js';
import { clear, containersOf, runRound } from './round.js';
import { prepare } from './subject.js';

export interface SuiteOptions {
  readonly random: Random;
  /** How long frozen parts stay frozen. */
  readonly frozenMs: number;
  /** Limit on the migrations per fault. */
  readonly perRound: number;
  /** Number of parallel clusters. */
  readonly clusters: number;
  /** The directory for the logs of clusters with failed cells. */
  readonly logs?: string;
  readonly report: (result: Result) => void;
}

/** Runs all cells and returns their results. */
export async function runCells(cells: readonly Cell[], options: SuiteOptions): Promise<Result[]> {
  const rounds = roundsOf(cells, options.perRound);
  const results: Result[] = [];
  const worker = async () => {
    let cluster: PreparedCluster | undefined;
    for (let round = rounds.shift(); round; round = rounds.shift()) {
      const [first] = round;
      if (cluster && cluster.storage !== first?.storage) {
        await cluster.down();
        cluster = undefined;
      }
      cluster ??= await PreparedCluster.up(first?.storage ?? 'dir');
      const ended = await runOn(cluster, round, options);
      for (const result of ended) {
        results.push(result);
        options.report(result);
      }
      if (ended.every(hasPassed)) continue;
      // The remains of a failure must not affect the next round.
      if (options.logs) cluster.keepLogs(join(options.logs, nameOf(first as Cell).replaceAll('/', '_')));
      await cluster.down();
      cluster = undefined;
    }
    await cluster?.down();
  };
  await Promise.all(Array.from({ length: Math.min(options.clusters, rounds.length) }, worker));
  return results;
}

async function runOn(
  { cluster, failpoints }: PreparedCluster,
  round: readonly Cell[],
  { random, frozenMs }: SuiteOptions,
): Promise<Result[]> {
  try {
    const results = await runRound(cluster, failpoints, round, { random, frozenMs });
    if (results.every(hasPassed)) await clear(cluster, containersOf(round));
    return results;
  } catch (error) {
    const problems = [`the round did not come to its end: ${(error as Error).message}`];
    return round.map((cell) => ({ name: nameOf(cell), cell, outcome: 'lab', seconds: 0, problems }));
  }
}

/** Cells of one storage and fault together, evenly spread over as few rounds as `perRound` allows. */
function roundsOf(cells: readonly Cell[], perRound: number): Cell[][] {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = `${cell.storage} ${cell.fault}`;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()].flatMap((group) => {
    const rounds = Array.from({ length: Math.ceil(group.length / perRound) }, (): Cell[] => []);
    group.forEach((cell, at) => rounds[at % rounds.length]?.push(cell));
    return rounds;
  });
}

/** A cluster of two hosts with the suite's image, and failpoints. */
export class PreparedCluster {
  private constructor(
    readonly cluster: Cluster,
    readonly failpoints: Failpoints,
    readonly storage: Cell['storage'],
  ) {}

  static async up(storage: Cell['storage'], hosts = 2): Promise<PreparedCluster> {
    const failpoints = new Failpoints(`/tmp/copa-chaos-${process.pid}-${PreparedCluster.#count++}`);
    // A file system of their own, so that one can be filled.
    const cluster = await Cluster.up({
      hosts,
      storage,
      storageSizeMiB: 2048,
      env: { COPA_TEST_FAILPOINTS: failpoints.directory },
    });
    await cluster.liftLimits();
    await prepare(cluster.lab.host('server1'));
    return new PreparedCluster(cluster, failpoints, storage);
  }

  static #count = 0;

  keepLogs(directory: string): void {
    mkdirSync(directory, { recursive: true });
    const files = [
      'controller.log',
      ...this.cluster.hosts.flatMap(({ name }) => [`hosts/${name}/agent.log`, `hosts/${name}/lxd.log`]),
    ];
    for (const file of files) {
      cpSync(join(this.cluster.lab.directory, file), join(directory, file.replaceAll('/', '_')), {
        force: true,
      });
    }
  }

  async down(): Promise<void> {
    await this.cluster.down();
    this.failpoints.remove();
  }
}
