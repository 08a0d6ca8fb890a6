/**
 * Notices at once when somebody changes what networks over several hosts have in the kernel: `ip`, `bridge` and `nft`
 * report each change. A program that ends is started again; the look every five seconds goes on without it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock } from '../../common/async/clock.js';
import { guardTable } from './plan.js';

/** Which lines are about us, of which program. Containers come and go, and their neighbours change all the time. */
const watched = [
  {
    program: 'ip',
    args: ['monitor', 'link', 'address', 'neigh'],
    pattern: /\b(?:copa-|cvx\d|cwg\d\b)|\blo\b.*\/32/,
  },
  { program: 'bridge', args: ['monitor', 'fdb'], pattern: /\bcvx\d/ },
  { program: 'nft', args: ['monitor'], pattern: new RegExp(`\\b${guardTable.name}\\b`) },
] as const;

/** What one command changes comes as several lines. */
const settleMs = 50;
/** The least time between two reports, so that a busy host costs no more than a look a second. */
const intervalMs = 1_000;
const againMs = 5_000;

interface Parts {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly onChange: () => void;
  /** Starts a program; replaceable in tests. */
  readonly start?: (program: string, args: readonly string[]) => ChildProcess;
}

export class KernelWatch {
  readonly #children = new Set<ChildProcess>();
  #isClosed = false;
  #reportedMs = -Infinity;
  #isPending = false;

  constructor(private readonly parts: Parts) {
    for (const each of watched) this.#follow(each);
  }

  close(): void {
    this.#isClosed = true;
    for (const child of this.#children) child.kill();
  }

  #follow(each: (typeof watched)[number]): void {
    if (this.#isClosed) return;
    const { start = startProgram, clock } = this.parts;
    const child = start(each.program, each.args);
    this.#children.add(child);
    const again = () => {
      if (this.#children.delete(child)) clock.after(againMs, () => this.#follow(each));
    };
    child.once('error', again);
    child.once('exit', again);
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (each.pattern.test(line)) this.#note();
      });
  }

  #note(): void {
    if (this.#isPending || this.#isClosed) return;
    this.#isPending = true;
    const { clock, onChange } = this.parts;
    const waitMs = Math.max(settleMs, this.#reportedMs + intervalMs - clock.now());
    clock.after(waitMs, () => {
      this.#isPending = false;
      this.#reportedMs = clock.now();
      if (!this.#isClosed) onChange();
    });
  }
}

function startProgram(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
}
