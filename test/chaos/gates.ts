// The test's side of controller/migration/failpoint.ts: holds and releases migrations.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkingPhase } from './cells.js';

export interface Gate {
  readonly container: string;
  readonly phase: WorkingPhase;
  readonly when: 'before' | 'after';
}

export class Gates {
  constructor(readonly directory: string) {
    mkdirSync(directory, { recursive: true });
  }

  /** The next runner that reaches it waits. */
  close(gate: Gate): void {
    writeFileSync(this.#file(gate), '');
  }

  /** Whether a runner waits there, or waited there when it was killed. */
  isReached(gate: Gate): boolean {
    return existsSync(`${this.#file(gate)}.reached`);
  }

  open(gate: Gate): void {
    rmSync(this.#file(gate), { force: true });
    rmSync(`${this.#file(gate)}.reached`, { force: true });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #file({ container, phase, when }: Gate): string {
    return join(this.directory, `${container}.${phase}.${when}`);
  }
}
