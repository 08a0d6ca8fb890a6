/**
 * Whether this host can dump and restore a running container. The daemons do not report this. They run `criu` from
 * the PATH, which checks the kernel itself.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const checkTimeoutMs = 10_000;

/** The reason why a stateful move is not possible here, or undefined. */
export async function criuProblem(): Promise<string | undefined> {
  try {
    await promisify(execFile)('criu', ['check'], { timeout: checkTimeoutMs });
    return undefined;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') return 'criu is not installed';
    const lines = (stderr ?? '').trim().split('\n');
    return `"criu check" fails: ${lines.at(-1) ?? 'no reason given'}`;
  }
}
