// Runs commands, and identifies processes by more than their PID, which the kernel reuses.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

export interface RunOptions {
  /** Written to the command's standard input, which is then closed. */
  readonly input?: string;
  /** After this long the command and its children are killed and `run` throws. 60,000 by default. */
  readonly timeoutMs?: number;
  /** Throw when the exit code is not 0; true by default. */
  readonly check?: boolean;
  /** The whole environment; this process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** The name of the command in errors; by default the command itself. */
  readonly title?: string;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code; 128 and the signal's number for a command that a signal ended, as in a shell. */
  readonly code: number;
}

/**
 * Runs a command in `/` and waits for it.
 * @throws Error when it cannot start, takes longer than `timeoutMs`, or (with `check`) does not exit with 0.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { input = '', timeoutMs = 60_000, check = true, env = process.env, title = argv.join(' ') } = options;
  const [command = '', ...rest] = argv;
  // A group of its own, because killing nsenter alone would leave the command that it forked.
  const child = spawn(command, rest, { cwd: '/', env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const out = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (out.stderr += text));
  child.stdin.on('error', () => undefined); // A command need not read its input.
  child.stdin.end(input);

  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
    if (child.pid !== undefined) signalPid(-child.pid, 'SIGKILL');
    child.stdout.destroy();
    child.stderr.destroy();
  }, timeoutMs);
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', (cause) => reject(new Error(`Cannot run ${command}: ${cause.message}`, { cause })));
    child.on('close', (exit, signal) =>
      resolve(exit ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  }).finally(() => clearTimeout(timer));

  if (late.signal.aborted) throw new Error(`No end of it within ${timeoutMs} ms: ${title}\n${out.stderr}`);
  if (check && code !== 0) throw new Error(`Exit code ${code}: ${title}\n${out.stderr || out.stdout}`);
  return { ...out, code };
}

/**
 * Waits until `probe` returns something other than undefined or false, and returns that.
 * A probe that throws counts as "not yet"; its last error is the cause of the final error.
 * @throws Error naming `what` after `timeoutMs`.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  timeoutMs = 30_000,
): Promise<Exclude<Awaited<T>, undefined | false>> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer as Exclude<Awaited<T>, undefined | false>;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`, { cause });
    await pause(25);
  }
}

/** A unique process identity: the boot, the PID and the start time (in clock ticks), as `BOOT.PID.START`. */
export type ProcessId = string;

/** The first part of every ProcessId of this boot of the machine. */
export const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);

/** The identity of the process that has this PID now; undefined when there is none, or only a zombie. */
export function identify(pid: number): ProcessId | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command's name, in brackets, may contain anything. The fields after it start with the state.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${boot}.${pid}.${fields[19] ?? ''}`;
}

/** The PID in an identity; only valid while `isAlive` holds. */
export function pidOf(id: ProcessId): number {
  return Number(id.split('.')[1]);
}

export function isAlive(id: ProcessId): boolean {
  return identify(pidOf(id)) === id;
}

/** Whether every thread of a process stands still (SIGSTOP). */
export function isStopped(id: ProcessId): boolean {
  const tasks = `/proc/${pidOf(id)}/task`;
  return (
    isAlive(id) &&
    readdirSync(tasks).every((task) => {
      const stat = readFileSync(`${tasks}/${task}/stat`, 'utf8');
      return /^[Tt] /.test(stat.slice(stat.lastIndexOf(')') + 2));
    })
  );
}

/** Signals a process, or with a negative number a group. False when there is none. */
export function signalPid(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** The PIDs of the direct children of a process. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
