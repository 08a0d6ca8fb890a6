// Moves one container back and forth many times, and kills something at a random moment in most moves. It must be the
// same container in the end.
import { setTimeout as pause } from 'node:timers/promises';
import { faultNames, faults } from './faults.js';
import { judge } from './judge.js';
import { begin, told, untilEnded } from './migrations.js';
import type { Random } from './random.js';
import type { Result } from './report.js';
import { makeSubject, portrait, removeSubject } from './subject.js';
import type { PreparedCluster } from './suite.js';
import { Witness } from './witness.js';

const container = 'traveller';
const endWithinMs = 120_000;

/** A move takes a few seconds, so a fault this late may come after it. */
const strikeWithinMs = 6_000;

const kills = faultNames.filter((name) => name.startsWith('kill-'));

/** The number of moves with a fault, of ten. */
const hurtOfTen = 7;

export async function runMoves(
  { cluster }: PreparedCluster,
  moves: number,
  random: Random,
  progress: (text: string) => void,
): Promise<Result> {
  const startedAt = performance.now();
  const [one, other] = [cluster.lab.host('server1'), cluster.lab.host('server2')];
  let home = one;
  const outcomes = { done: 0, failed: 0, cancelled: 0 };
  const ways = new Set<string>();
  const result = (outcome: string, problems: readonly string[], detail: string): Result => {
    const seconds = (performance.now() - startedAt) / 1000;
    return { name: `moves/${moves}`, outcome, seconds, problems, detail };
  };
  await makeSubject(one, container, { running: true, doomed: false, autostart: true });
  const before = await portrait(one, container);
  const witness = new Witness(cluster.hosts);
  try {
    for (let move = 1; move <= moves; move++) {
      const destination = home === one ? other : one;
      const kill = random.next() * 10 < hurtOfTen ? random.pick(kills) : 'none';
      const strikeAfterMs = random.between(0, strikeWithinMs);
      const id = await begin(cluster, { container, source: home.name, destination: destination.name });
      await pause(strikeAfterMs);
      await faults[kill].strike(cluster, [container]);
      await pause(faults[kill].lasts(random, 0));
      await faults[kill].heal(cluster);
      const end = (await untilEnded(cluster, [id], endWithinMs)).get(id);
      const what = `move ${move}, ${kill} after ${Math.round(strikeAfterMs)} ms`;
      if (!end || end.view.state === 'running') {
        return result('stuck', [`${what}: no end within ${endWithinMs / 1000} s`], end ? told(end.view) : '');
      }
      const expected = { container, source: home, destination, running: true, before };
      const problems = await judge(cluster, witness, expected, end.view);
      if (problems.length > 0) return result(end.view.state, problems, `${what}: ${told(end.view)}`);
      outcomes[end.view.state]++;
      ways.add(`${kill} ${end.view.state}`);
      if (end.view.state === 'done') home = destination;
      if (move % 10 === 0) progress(`     ${move} moves: ${outcomes.done} done, ${outcomes.failed} failed`);
    }
    return result(`${outcomes.done} done`, [], [...ways].sort().join(', '));
  } finally {
    await witness.end();
    await Promise.all(cluster.hosts.map((host) => removeSubject(host, container)));
  }
}
