// Launches and stops many small containers on three hosts: through COPA, all at once; with a shell loop of `lxc`, as
// people do it; and with `lxc` and `xargs -P`.
import { join } from 'node:path';
import type { Cluster } from '../../deploy/lab/cluster.js';
import type { Host as LabHost } from '../../deploy/lab/host.js';
import { run } from '../../deploy/lab/processes.js';
import type { Compared, Section } from './compared.js';
import { copaWorker, daemonWorker } from './sides.js';
import { together } from './overhead.js';

/** For each of two processors as many as there are hosts, plus one: the best value found on two processors. */
const xargsAtOnce = 8;

export async function launches(
  cluster: Cluster,
  { containers, rounds }: { containers: number; rounds: number },
  say: (text: string) => void,
): Promise<Section[]> {
  const { hosts, port } = cluster;
  const all = Array.from({ length: containers }, (_, number) => ({
    name: `many${number}`,
    host: hosts[number % hosts.length] as LabHost,
  }));
  const byCopa = (verbs: readonly ('create' | 'start' | 'stop')[]) =>
    timed(() =>
      Promise.all(
        all.map(async ({ name, host }) => {
          const worker = await copaWorker({ port, pool: host.name, socket: host.lxdSocket });
          for (const verb of verbs) await worker.run(verb, name);
          worker.close();
        }),
      ),
    );
  // `lxc` on this machine, by the socket of each host, so that no namespace has to be entered.
  const lines = all.map(({ name, host }) => `${join(host.directory, 'lxd')} ${name}`).join('\n');
  const lxc = (atOnce: number, command: string) =>
    timed(() =>
      run(
        [
          ...['xargs', '-P', String(atOnce), '-L', '1', 'sh', '-c'],
          `LXD_DIR=$0 LXD_CONF=${join(cluster.lab.directory, 'lxc')} exec lxc ${command.replace('NAME', '$1')} >/dev/null </dev/null`,
        ],
        { input: `${lines}\n`, timeoutMs: 600_000 },
      ),
    );
  const clear = () =>
    Promise.all(
      hosts.map((host) => {
        const own = all.filter((each) => each.host === host).map(({ name }) => name);
        return together(
          4,
          { port, pool: host.name, socket: host.lxdSocket },
          daemonWorker,
          async (worker) => {
            for (let name; (name = own.shift()) !== undefined;) await worker.run('delete', name);
          },
        );
      }),
    );

  // A host's first container of an image takes longer, because the image is unpacked. No round includes that.
  await Promise.all(
    hosts.map((host) =>
      together(1, { port, pool: host.name, socket: host.lxdSocket }, daemonWorker, async (worker) => {
        for (const verb of ['create', 'delete'] as const) await worker.run(verb, 'first');
      }),
    ),
  );

  const took = { copa: [] as Took[], loop: [] as Took[], xargs: [] as Took[] };
  for (let round = 1; round <= rounds; round++) {
    // COPA comes first, so that any effect of a new lab is at its cost.
    for (const way of ['copa', 'xargs', 'loop'] as const) {
      say(`${containers} containers on ${hosts.length} hosts by ${way}, round ${round}`);
      const atOnce = way === 'loop' ? 1 : xargsAtOnce;
      const launch = await (way === 'copa' ? byCopa(['create', 'start']) : lxc(atOnce, 'launch tiny NAME'));
      const stop = await (way === 'copa' ? byCopa(['stop']) : lxc(atOnce, 'stop NAME'));
      took[way].push({ launch, stop });
      await clear();
    }
  }
  const rows = (way: 'loop' | 'xargs'): Compared[] =>
    (['launch', 'stop'] as const).map((what) => ({
      what: `${what} ${containers}`,
      unit: 's',
      copa: took.copa.map((each) => each[what]),
      other: took[way].map((each) => each[what]),
      goal: { atMost: 1 },
    }));
  return [
    { title: `Together, on ${hosts.length} hosts`, other: 'loop of lxc', rows: rows('loop') },
    {
      title: `Together, on ${hosts.length} hosts`,
      other: `xargs -P ${xargsAtOnce} lxc`,
      rows: rows('xargs'),
    },
  ];
}

interface Took {
  readonly launch: number;
  readonly stop: number;
}

/** In seconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
