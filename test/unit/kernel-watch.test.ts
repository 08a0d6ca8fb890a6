// Aim: changes that the kernel reports lead to a look soon, and to no more than one a second; a program that ends is
// started again. Method: programs and a clock in memory.
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { ChildProcess } from 'node:child_process';
import { expect, test } from 'vitest';
import { KernelWatch } from '../../agent/networks/kernel-watch.js';

class World {
  nowMs = 10_000;
  looks = 0;
  readonly children: { program: string; out: PassThrough; process: EventEmitter; isKilled: boolean }[] = [];
  #timers: { atMs: number; work: () => void }[] = [];
  readonly watch = new KernelWatch({
    onChange: () => this.looks++,
    clock: {
      now: () => this.nowMs,
      after: (ms, work) => (this.#timers.push({ atMs: this.nowMs + ms, work }), () => undefined),
    },
    start: (program) => {
      const child = { program, out: new PassThrough(), process: new EventEmitter(), isKilled: false };
      this.children.push(child);
      const kill = () => (child.isKilled = true);
      return Object.assign(child.process, { stdout: child.out, kill }) as unknown as ChildProcess;
    },
  });

  async print(program: string, line: string): Promise<void> {
    this.children.findLast((child) => child.program === program)?.out.write(`${line}\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }

  pass(ms: number): void {
    this.nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.nowMs);
    for (const { work } of due) work();
  }
}

test.each([
  ['bridge', 'Deleted 02:c0:0a:32:00:07 dev cvx5000 dst 192.0.2.2 self permanent', 1],
  ['ip', 'Deleted 5: cvx5000: <BROADCAST,MULTICAST> mtu 1450 master copa-lan state DOWN', 1],
  ['ip', '10.50.0.7 dev cvx5000 lladdr 02:c0:0a:32:00:07 PERMANENT', 1],
  ['ip', 'Deleted 1: lo    inet 10.50.0.1/32 scope global lo', 1],
  ['nft', 'delete table inet copa_overlay', 1],
  ['ip', '192.168.1.7 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE', 0],
  ['bridge', '02:00:00:00:00:01 dev veth123 master lxdbr0', 0],
  ['nft', 'add rule inet filter input accept', 0],
])('%s: %s', async (program, line, looks) => {
  const world = new World();
  await world.print(program, line);
  world.pass(100);
  expect(world.looks).toBe(looks);
  world.watch.close();
});

test('a storm leads to one look a second', async () => {
  const world = new World();
  for (let ms = 0; ms < 5_000; ms += 50) {
    await world.print('bridge', '02:c0:0a:32:00:07 dev cvx5000 dst 192.0.2.2 self permanent');
    world.pass(50);
  }
  expect(world.looks).toBe(5);
  world.watch.close();
});

test('a program that ends is started again, until the watch is closed', () => {
  const world = new World();
  expect(world.children.map(({ program }) => program)).toEqual(['ip', 'bridge', 'nft']);
  world.children[1]?.process.emit('error', new Error('ENOENT'));
  world.children[1]?.process.emit('exit', 1);
  world.pass(5_000);
  expect(world.children.map(({ program }) => program)).toEqual(['ip', 'bridge', 'nft', 'bridge']);
  world.watch.close();
  expect(world.children.map(({ isKilled }) => isKilled)).toEqual([true, false, true, true]);
  for (const { process } of world.children) process.emit('exit', null);
  world.pass(5_000);
  expect(world.children).toHaveLength(4);
});
