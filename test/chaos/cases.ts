// Cases outside the matrix: concurrent requests, cancelling, confirmed writes being on disk, containers that COPA
// does not manage, and a second controller.
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { machine } from '../../controller/migration/machine.js';
import type { WorkingPhase } from './cells.js';
import { judge } from './judge.js';
import { begin, told, untilEnded, view, type Move } from './migrations.js';
import { makeSubject, portrait, removeSubject, written } from './subject.js';
import type { PreparedCluster } from './suite.js';
import { Witness } from './witness.js';

interface Case {
  readonly name: string;
  /** Returns the problems and the outcome. Throws when it cannot determine them. */
  readonly run: (prepared: PreparedCluster) => Promise<{ outcome: string; problems: string[] }>;
}

const endWithinMs = 180_000;
const plain = { running: true, doomed: false, autostart: false } as const;

/** A container and the move under test. */
class Journey {
  private constructor(
    private readonly cluster: Cluster,
    readonly container: string,
    readonly before: readonly string[],
    readonly running: boolean,
  ) {}

  static async of(cluster: Cluster, container: string, running = true): Promise<Journey> {
    await makeSubject(cluster.lab.host('server1'), container, { ...plain, running });
    return new Journey(cluster, container, await portrait(cluster.lab.host('server1'), container), running);
  }

  get move(): Move {
    return { container: this.container, source: 'server1', destination: 'server2' };
  }

  /** Waits for its end and judges it. With `wanted`, any other end is a problem, too. */
  async end(witness: Witness, id: string, wanted?: string): Promise<string[]> {
    const end = (await untilEnded(this.cluster, [id], endWithinMs)).get(id);
    if (!end || end.view.state === 'running') return [`no end: ${end ? told(end.view) : 'not known'}`];
    const [source, destination] = [this.cluster.lab.host('server1'), this.cluster.lab.host('server2')];
    const { container, running, before } = this;
    const expected = { container, source, destination, running, before };
    const problems = await judge(this.cluster, witness, expected, end.view);
    if (wanted === undefined || end.view.state === wanted) return problems;
    return [...problems, `${end.view.state}, not ${wanted}: ${told(end.view)}`];
  }
}

async function watched<T>(hosts: readonly Host[], work: (witness: Witness) => Promise<T>): Promise<T> {
  const witness = new Witness(hosts);
  try {
    return await work(witness);
  } finally {
    await witness.end();
  }
}

const twoDestinations: Case = {
  name: 'two destinations at once',
  run: ({ cluster }) =>
    watched(cluster.hosts, async (witness) => {
      const journey = await Journey.of(cluster, 'wanted');
      const order = (destination: string) =>
        cluster.operate('migrate', 'server1', 'wanted', { destination_pool: destination });
      const replies = await Promise.all([order('server2'), order('server3')]);
      const problems = [
        ...replies.flatMap(({ status, body }) =>
          status === 200 || (status === 409 && /being migrated/.test(String(body['error'])))
            ? []
            : [`answered ${status}: ${JSON.stringify(body)}`],
        ),
        ...(replies.filter(({ status }) => status === 200).length === 1 ? [] : ['not exactly one won']),
      ];
      const won = replies[0].status === 200 ? 'server2' : 'server3';
      for (const host of cluster.hosts) {
        const there = (await portrait(host, 'wanted')).join() === journey.before.join();
        if (there !== (host.name === won)) problems.push(`${host.name} has ${there ? 'it' : 'it not'}`);
      }
      problems.push(...witness.problemsOf('wanted'));
      return { outcome: `to ${won}`, problems };
    }),
};

const ten = Array.from({ length: 10 }, (_, at) => `ten${String.fromCharCode(97 + at)}`);

const tenAtOnce: Case = {
  name: 'ten containers at once',
  run: ({ cluster }) =>
    watched(cluster.hosts, async (witness) => {
      const journeys: Journey[] = [];
      for (const [at, name] of ten.entries()) journeys.push(await Journey.of(cluster, name, at % 3 !== 2));
      const ids = await Promise.all(journeys.map((journey) => begin(cluster, journey.move)));
      const problems = await Promise.all(
        journeys.map((journey, at) => journey.end(witness, ids[at] ?? '', 'done')),
      );
      return { outcome: 'done', problems: problems.flat() };
    }),
};

const forwards = (Object.keys(machine) as WorkingPhase[]).filter(
  (phase) =>
    machine[phase].onFailure !== 'retry' ||
    phase === 'switched' ||
    phase === 'released' ||
    phase === 'removed',
);

const cancelIn = (phase: WorkingPhase): Case => ({
  name: `cancel in ${phase}`,
  run: ({ cluster, failpoints }) =>
    watched(cluster.hosts, async (witness) => {
      const journey = await Journey.of(cluster, 'regretted');
      const failpoint = { container: 'regretted', phase, when: 'before' } as const;
      failpoints.set(failpoint);
      const id = await begin(cluster, journey.move);
      await waitFor(`it to be ${phase}`, () => failpoints.isReached(failpoint), 60_000);
      const asked = cluster.request('DELETE', `migrations/${id}`);
      await pause(300);
      failpoints.release(failpoint);
      const { status, body } = await asked;
      const possible = machine[phase].cancellable;
      const problems = await journey.end(witness, id, possible ? 'cancelled' : 'done');
      if (status !== (possible ? 200 : 409)) problems.push(`answered ${status}: ${JSON.stringify(body)}`);
      return { outcome: possible ? 'cancelled' : 'refused', problems };
    }),
});

const cancelInMidCopy: Case = {
  name: 'cancel in the middle of a copy',
  run: ({ cluster }) =>
    watched(cluster.hosts, async (witness) => {
      const journey = await Journey.of(cluster, 'regretted');
      const id = await begin(cluster, { ...journey.move, options: { bandwidth_limit: '500000' } });
      await waitFor('bytes to move', async () => (await view(cluster, id)).bytes > 500_000);
      const { status, body, ms } = await cluster.request('DELETE', `migrations/${id}`);
      const problems = await journey.end(witness, id, 'cancelled');
      if (status !== 200) problems.push(`answered ${status}: ${JSON.stringify(body)}`);
      if (ms > 15_000) problems.push(`took ${Math.round(ms)} ms`);
      return { outcome: 'cancelled', problems };
    }),
};

const acknowledgedWrite: Case = {
  name: 'what was acknowledged is there',
  run: ({ cluster }) =>
    watched(cluster.hosts, async (witness) => {
      const journey = await Journey.of(cluster, 'honest');
      const address = await cluster.lab.host('server1').containerAddress('honest');
      const acknowledged: string[] = [];
      let writing = true;
      const write = async () => {
        for (let n = 0; writing; n++) {
          const signal = AbortSignal.timeout(1_000);
          const answer = await fetch(`http://${address}/cgi-bin/write?line${n}`, { signal }).then(
            (response) => response.text(),
            () => '',
          );
          if (answer.startsWith('written')) acknowledged.push(`line${n}`);
        }
      };
      await waitFor('it to answer', async () => (await fetch(`http://${address}/`)).ok);
      const writer = write();
      const id = await begin(cluster, journey.move);
      const problems = await journey.end(witness, id, 'done');
      writing = false;
      await writer;
      const there = new Set(written(cluster.lab.host('server2'), 'honest'));
      const lost = acknowledged.filter((line) => !there.has(line));
      if (lost.length > 0) problems.push(`lost ${lost.length} of ${acknowledged.length}: ${lost.join(' ')}`);
      if (acknowledged.length < 10) problems.push(`only ${acknowledged.length} writes were acknowledged`);
      return { outcome: `${acknowledged.length} kept`, problems };
    }),
};

const foreignBefore: Case = {
  name: 'a foreign container of that name',
  run: async ({ cluster }) => {
    const journey = await Journey.of(cluster, 'namesake');
    const there = cluster.lab.host('server2');
    await there.lxc('launch', '-q', 'tiny', 'namesake', '-c', 'environment.TICK=0');
    const foreign = await portrait(there, 'namesake');
    const reply = await cluster.operate('migrate', 'server1', 'namesake', { destination_pool: 'server2' });
    const problems =
      reply.status === 409 && /exists on the destination/.test(String(reply.body['error']))
        ? []
        : [`answered ${reply.status}: ${JSON.stringify(reply.body)}`];
    if ((await portrait(there, 'namesake')).join() !== foreign.join()) problems.push('it was touched');
    const now = await portrait(cluster.lab.host('server1'), 'namesake');
    if (now.join() !== journey.before.join()) problems.push('the source was touched');
    return { outcome: 'refused', problems };
  },
};

const foreignMeanwhile = (phase: 'accepted' | 'copied' | 'reverted'): Case => ({
  name: `a foreign container appears in ${phase}`,
  run: async ({ cluster, failpoints }) => {
    const journey = await Journey.of(cluster, 'namesake');
    const there = cluster.lab.host('server2');
    const failpoint = { container: 'namesake', phase, when: 'before' } as const;
    failpoints.set(failpoint);
    // Nothing is at the destination before the last pass, so the name is available to others.
    const id = await begin(cluster, { ...journey.move, options: { passes_max: '0' } });
    if (phase === 'reverted') {
      const turn = { container: 'namesake', phase: 'copied', when: 'before' } as const;
      failpoints.set(turn);
      await waitFor('it to be copied', () => failpoints.isReached(turn), 60_000);
      void cluster.request('DELETE', `migrations/${id}`).catch(() => undefined);
      await pause(300);
      failpoints.release(turn);
    }
    await waitFor(`it to be ${phase}`, () => failpoints.isReached(failpoint), 60_000);
    await there.lxc('launch', '-q', 'tiny', 'namesake', '-c', 'environment.TICK=0');
    const foreign = await portrait(there, 'namesake');
    failpoints.release(failpoint);
    const end = (await untilEnded(cluster, [id], endWithinMs)).get(id)?.view;
    const problems =
      end?.state === 'failed' || end?.state === 'cancelled'
        ? []
        : [`not as expected: ${end ? told(end) : ''}`];
    if ((await portrait(there, 'namesake')).join() !== foreign.join()) problems.push('it was touched');
    const now = await portrait(cluster.lab.host('server1'), 'namesake');
    if (now.join() !== journey.before.join()) problems.push('the source is not as it was');
    return { outcome: end?.state ?? 'lost', problems };
  },
});

export const cases: readonly Case[] = [
  twoDestinations,
  tenAtOnce,
  ...forwards.map((phase) => cancelIn(phase)),
  cancelInMidCopy,
  acknowledgedWrite,
  foreignBefore,
  foreignMeanwhile('accepted'),
  foreignMeanwhile('copied'),
  foreignMeanwhile('reverted'),
];

/** Removes what a case has created. */
export async function tidy({ cluster }: PreparedCluster): Promise<void> {
  const names = ['wanted', 'regretted', 'honest', 'namesake', ...ten];
  for (const host of cluster.hosts) for (const name of names) await removeSubject(host, name);
}
