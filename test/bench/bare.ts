// The cost of REST: reads through the whole of COPA, compared with a bare Koa that sends the same bytes.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../../deploy/lab/cluster.js';
import type { Compared, Section } from './compared.js';
import { exchange, load, type Load, type Target } from './http.js';
import { together } from './overhead.js';
import { daemonWorker, type Host } from './sides.js';

const listed = 10;

export async function besideKoa(
  cluster: Cluster,
  { clients, rounds, seconds }: { clients: readonly number[]; rounds: number; seconds: number },
  say: (text: string) => void,
): Promise<Section> {
  const [first] = cluster.hosts;
  if (!first) throw new Error('one host was asked for');
  const host = { port: cluster.port, pool: first.name, socket: first.lxdSocket };
  await eachListed(host, 'create');
  const list = `/REST/container/?operation=list_containers&container_pool=${host.pool}`;
  const rows: Compared[] = [];
  for (const [what, path, atLeast] of [
    ['GET /REST/pools/', '/REST/pools/', 0.5],
    ['list_containers', list, 0.35],
  ] as const) {
    const target = { at: cluster.port, path };
    const answer = String((await exchange(target)).body);
    const koa = fork(fileURLToPath(new URL('bare-koa.js', import.meta.url)), [answer]);
    try {
      const [port] = (await once(koa, 'message')) as [number];
      const bare: Target = { at: port, path };
      if (String((await exchange(bare)).body) !== answer)
        throw new Error('the bare Koa answers something else');
      for (const each of [bare, target]) await load(each, 16, seconds);
      for (const count of clients) {
        say(`${what}, ${count} at once`);
        const measured: { copa: Load; koa: Load }[] = [];
        for (let round = 0; round < rounds; round++) {
          const of = await load(bare, count, seconds);
          measured.push({ copa: await load(target, count, seconds), koa: of });
        }
        rows.push({
          what: `${what}, ${count} at once: rate`,
          unit: '/s',
          copa: measured.map(({ copa }) => copa.perSecond),
          other: measured.map(({ koa: { perSecond } }) => perSecond),
          ...(count === Math.max(...clients) ? { goal: { atLeast } } : {}),
        });
      }
    } finally {
      koa.kill();
    }
  }
  await eachListed(host, 'delete');
  return { title: 'The same bytes', other: 'bare Koa', rows };
}

/** The listed containers, which do not run. */
async function eachListed(host: Host, verb: 'create' | 'delete'): Promise<void> {
  const names = Array.from({ length: listed }, (_, number) => `listed${number}`);
  await together(4, host, daemonWorker, async (worker) => {
    for (let name; (name = names.pop()) !== undefined;) await worker.run(verb, name);
  });
}
