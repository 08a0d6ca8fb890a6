// `npm run bench:network`: how long after a moved container has its address a client on a third host gets its first answer,
// at the address and at a published port. The client goes on all the time, so it has the neighbour entries of before.
// It fails only when something cannot be measured.
//
// The address counts as given when the destination's dnsmasq has written the lease, just before the container takes it: the
// figures are upper bounds.
import { Command } from 'commander';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { aligned, median } from './figures.js';

const goalMs = 100;
const port = '8080';

/**
 * Prints the time of each answer, by target, until all answer again after a gap. A connection that is refused is an answer
 * of the container as well.
 */
const client = `
const { connect } = require('node:net');
const targets = process.argv.slice(1);
const last = new Map();
const back = new Map();
const answered = (target, began) => {
  const now = Date.now();
  if (now - (last.get(target) ?? now) > 300) back.set(target, now);
  last.set(target, now);
  process.stdout.write(target + ' ' + began + ' ' + now + '\\n');
  if (targets.every((each) => now - (back.get(each) ?? now) > 500)) process.exit();
};
for (const target of targets) {
  const [host, port] = target.split(':');
  setInterval(() => {
    const began = Date.now();
    const socket = connect({ host, port: Number(port) });
    socket.on('connect', () => (answered(target, began), socket.destroy()));
    socket.on('error', (error) => error.code === 'ECONNREFUSED' && answered(target, began));
    setTimeout(() => socket.destroy(), 400);
  }, 5);
}
setTimeout(() => process.exit(), 60_000);
`;

interface Figures {
  readonly gapMs: number;
  readonly afterAddressMs: number;
}

class NetworkBench {
  constructor(
    private readonly cluster: Cluster,
    private readonly report: (line: string) => void,
  ) {}

  async measure(moves: number): Promise<void> {
    const address = await this.#prepare();
    const results = new Map<string, Figures[]>();
    for (let move = 0; move < moves; move++) {
      const { hosts } = this.cluster;
      const [from, to] = [hosts[move % 2], hosts[(move + 1) % 2]] as [Host, Host];
      const third = hosts[2] as Host;
      const targets = [`${address}:80`, `${third.address}:${port}`, `${from.address}:${port}`];
      const figures = await this.#move(from, to, third, targets);
      for (const [at, name] of ['address', 'port of the client’s host', 'port of the source'].entries())
        results.set(name, [...(results.get(name) ?? []), figures[at] as Figures]);
      this.report(`${move + 1}: ${figures.map(({ afterAddressMs }) => `${afterAddressMs} ms`).join(', ')}`);
    }
    const rows = [...results].map(([name, all]) => {
      const after = all.map(({ afterAddressMs }) => afterAddressMs);
      const inTime = after.filter((ms) => ms <= goalMs).length;
      const gap = Math.round(median(all.map(({ gapMs }) => gapMs)));
      return [
        name,
        `${inTime}/${after.length}`,
        `${median(after)} ms`,
        `${Math.max(...after)} ms`,
        `${gap} ms`,
      ];
    });
    const head = ['answers at', `within ${goalMs} ms`, 'median', 'worst', 'median gap'];
    this.report(aligned([head, ...rows]));
  }

  async #prepare(): Promise<string> {
    const { hosts } = this.cluster;
    const change = async (path: string, form: Record<string, string>) => {
      const { body } = await this.cluster.request('POST', path, { form });
      if ('error' in body) throw new Error(String(body['error']));
    };
    await change('networks', { operation: 'create', name: 'lan' });
    const first = hosts[0] as Host;
    const wanted = { image_type: 'tiny', network: 'lan', start: 'true' };
    const { body } = await this.cluster.must('create', first.name, 'web', wanted);
    const container = { container_pool: first.name, container_name: 'web', container_port: '80' };
    await change('ports', { operation: 'publish', ...container, port });
    return body['ip'] as string;
  }

  async #move(from: Host, to: Host, third: Host, targets: readonly string[]): Promise<readonly Figures[]> {
    const running = third.exec(['node', '-e', client, ...targets], { check: false });
    await delay(3000);
    const before = leaseMs(to);
    await this.cluster.must('migrate', from.name, 'web', { destination_pool: to.name });
    const { stdout } = await running;
    const leased = leaseMs(to);
    if (leased === before) throw new Error('the container has asked for no address');
    return targets.map((target) => {
      const answers = [...stdout.matchAll(/^(\S+) (\d+) (\d+)$/gm)].filter(([, name]) => name === target);
      const times = answers.map(([, , , at]) => Number(at));
      const back = times.find((at) => at >= leased);
      const last = times.filter((at) => at < leased).at(-1);
      if (back === undefined || last === undefined)
        throw new Error(
          `${target} did not answer: ${times.length} answers, the last at ${times.at(-1) ?? 0}, address at ${leased}`,
        );
      return { gapMs: back - last, afterAddressMs: Math.round(back - leased) };
    });
  }
}

/** When the host's dnsmasq has given an address last. */
function leaseMs({ directory }: Host): number {
  const file = join(directory, 'lxd', 'networks', 'copa-lan', 'dnsmasq.leases');
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

const program = new Command('bench:network')
  .description('measure the first answers after moves on a network over several hosts')
  .option('--moves <n>', 'moves', '20')
  .action(async ({ moves }: { moves: string }) => {
    const cluster = await Cluster.up({ hosts: 3, daemon: 'lxd' });
    try {
      const report = (line: string) => void process.stdout.write(`${line}\n`);
      await new NetworkBench(cluster, report).measure(Number(moves));
    } finally {
      await cluster.down();
    }
  });

const obstacle = await Lab.obstacle();
if (obstacle !== undefined) {
  process.stderr.write(`The benchmark needs the lab, which cannot run here: ${obstacle}\n`);
  process.exitCode = 1;
} else {
  await program.parseAsync();
}
