/** Keeps one etcd process running until it is stopped. Restarts it with a growing delay when it exits. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Backoff } from '../../common/async/backoff.js';
import { CopaError } from '../../common/errors.js';

/** etcd is ready in 0.2 s. Replaying much data on a slow disk takes longer. */
const readyMsMax = 60_000;
const stopMsMax = 5000;
const restartPolicy = { delayMsMin: 100, delayMsMax: 5_000 };
/** A process that ran for this long did not fail at its start, so it is restarted at once. */
const ranWellMs = 10_000;
/** What etcd prints when the other members have removed it, and it cannot come back. */
const removedWords =
  /permanently removed|member has been removed|server removed|ID mismatch|removed from the cluster/;

export class Supervisor {
  #flags: readonly string[];
  readonly #log: Logger;
  #child: ChildProcess | undefined;
  #stopping = false;
  readonly #backoff = new Backoff(restartPolicy);
  #restart: NodeJS.Timeout | undefined;
  #lastWords = '';
  #isRemoved = false;

  constructor(flags: readonly string[], log: Logger) {
    this.#flags = flags;
    this.#log = log;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The other members have removed this one: it does not start any more. */
  get isRemoved(): boolean {
    return this.#isRemoved;
  }

  /**
   * Resolves with whether it is ready. One that need not be ready (it waits for other members) gets `patienceMs`; it must
   * only not end by itself. Throws `failed_precondition` otherwise.
   */
  async start(isReady: () => Promise<boolean>, patienceMs?: number): Promise<boolean> {
    const child = this.#spawn();
    const end = Date.now() + (patienceMs ?? readyMsMax);
    while (!(await isReady())) {
      if (this.#isRemoved) return false;
      if (hasEnded(child) || Date.now() > end) {
        if (patienceMs !== undefined && !hasEnded(child)) return false;
        this.#stopping = true;
        const why = hasEnded(child) ? 'ended at once' : `does not serve after ${readyMsMax / 1000} s`;
        throw new CopaError('failed_precondition', `the embedded etcd ${why}: ${this.#lastWords.trim()}`);
      }
      await delay(20);
    }
    return true;
  }

  /** Ends it, and starts it with other flags. Throws as `start`, and nothing runs then. */
  async restart(flags: readonly string[], isReady: () => Promise<boolean>): Promise<void> {
    await this.stop();
    this.#stopping = false;
    this.#flags = flags;
    await this.start(isReady);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (!child || hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
    await ended;
    clearTimeout(kill);
  }

  #spawn(): ChildProcess {
    // A process group of its own, so that Ctrl-C on a terminal does not stop etcd before the controller.
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', 'etcd', ...this.#flags], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const startedAt = Date.now();
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-1500);
      this.#log.debug({ etcd: text.trimEnd() }, 'etcd says');
    });
    child.once('error', (error) => (this.#lastWords = error.message));
    child.once('exit', (code, signal) => {
      if (this.#stopping) return;
      if (removedWords.test(this.#lastWords)) {
        this.#isRemoved = true;
        this.#log.error('the other controllers have removed this one: its etcd stays down');
        return;
      }
      if (Date.now() - startedAt > ranWellMs) this.#backoff.reset();
      const restartDelayMs = Math.round(this.#backoff.nextDelayMs());
      this.#log.warn(
        { code, signal, restartDelayMs, said: this.#lastWords },
        'the embedded etcd ended and is started again',
      );
      this.#restart = setTimeout(() => this.#spawn(), restartDelayMs);
    });
    this.#child = child;
    return child;
  }
}

/** A function, because the compiler does not expect these fields to change. */
function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}
