// The test's side of controller/migration/failpoint.ts: holds and releases migrations.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkingPhase } from './cells.js';

export interface Failpoint {
  readonly container: string;
  readonly phase: WorkingPhase;
  readonly when: 'before' | 'after';
}

export class Failpoints {
  constructor(readonly directory: string) {
    mkdirSync(directory, { recursive: true });
  }

  /** The next runner that reaches it waits. */
  set(failpoint: Failpoint): void {
    writeFileSync(this.#file(failpoint), '');
  }

  /** Whether a runner waits there, or waited there when it was killed. */
  isReached(failpoint: Failpoint): boolean {
    return existsSync(`${this.#file(failpoint)}.reached`);
  }

  release(failpoint: Failpoint): void {
    rmSync(this.#file(failpoint), { force: true });
    rmSync(`${this.#file(failpoint)}.reached`, { force: true });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #file({ container, phase, when }: Failpoint): string {
    return join(this.directory, `${container}.${phase}.${when}`);
  }
}
