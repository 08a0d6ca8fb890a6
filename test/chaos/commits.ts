// A client that commits one row after the other, over TCP, and remembers each one that the database acknowledged.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../../deploy/lab/processes.js';

/** After a lost connection: how soon it tries again. */
const againMs = 200;
/** A session without an answer for this long is ended, because its host may be gone without a word. */
const answerWithinMs = 5_000;

export class Committer {
  readonly #acknowledged = new Set<number>();
  #last = 0;
  #session: ChildProcessWithoutNullStreams | undefined;
  #ends = false;
  #done: Promise<void> = Promise.resolve();

  /** @param root A root file system that has psql. */
  constructor(
    private readonly root: string,
    private readonly address: string,
  ) {}

  get acknowledged(): ReadonlySet<number> {
    return this.#acknowledged;
  }

  /** Waits for the database, makes the table, and commits until `end`. @throws Error when it does not come up. */
  async start(): Promise<void> {
    await this.ask('CREATE TABLE IF NOT EXISTS log (n bigint PRIMARY KEY)', 60_000);
    this.#done = this.#commit();
  }

  async end(): Promise<void> {
    this.#ends = true;
    this.#session?.kill('SIGKILL');
    await this.#done;
  }

  /** Runs one statement in a session of its own, again until it succeeds. @returns the lines of its answer. */
  async ask(statement: string, withinMs: number): Promise<string[]> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const argv = [...this.#psql(), '-c', statement];
      const { code, stdout, stderr } = await run(argv, { check: false, timeoutMs: 30_000 });
      if (code === 0) return stdout.split('\n').filter(Boolean);
      if (performance.now() > deadline) throw new Error(`the database does not answer: ${stderr}`);
      await pause(againMs);
    }
  }

  /** Waits for a commit that is acknowledged from now on. */
  async another(withinMs: number): Promise<boolean> {
    const before = this.#acknowledged.size;
    const deadline = performance.now() + withinMs;
    while (this.#acknowledged.size === before) {
      if (performance.now() > deadline) return false;
      await pause(50);
    }
    return true;
  }

  #psql(): string[] {
    const connection = `host=${this.address} user=postgres connect_timeout=2 tcp_user_timeout=3000`;
    return ['chroot', this.root, 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', connection];
  }

  async #commit(): Promise<void> {
    while (!this.#ends) {
      await this.#converse().catch(() => undefined);
      await pause(againMs);
    }
  }

  /** One session: a row, its acknowledgement, the next row; until the session ends. */
  async #converse(): Promise<void> {
    const [command = '', ...argv] = this.#psql();
    const session = spawn(command, argv);
    this.#session = session;
    session.stdin.on('error', () => undefined);
    session.stderr.resume();
    const closed = once(session, 'close');
    const watch = setInterval(() => {
      if (performance.now() - heardAt > answerWithinMs) session.kill('SIGKILL');
    }, 500);
    let heardAt = performance.now();
    let rest = '';
    const next = () => session.stdin.write(`INSERT INTO log VALUES (${++this.#last}) RETURNING n;\n`);
    session.stdout.setEncoding('utf8').on('data', (text: string) => {
      heardAt = performance.now();
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#acknowledged.add(Number(line));
      if (lines.length > 0 && !this.#ends) next();
    });
    next();
    await closed;
    clearInterval(watch);
  }
}
