/** Prometheus's own checker of metrics and rules (Debian: prometheus). */
import { spawnSync } from 'node:child_process';

/** The reason why it cannot run, or undefined. It is printed, because its tests are then skipped. */
export const promtoolObstacle =
  spawnSync('promtool', ['--version']).error === undefined ? undefined : 'promtool is not installed';
if (promtoolObstacle !== undefined) console.warn(`\n*** NOT TESTED: ${promtoolObstacle} (prometheus) ***\n`);

/** Runs it; `output` is everything it prints. */
export function promtool(argv: readonly string[], input = ''): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', [...argv], { input, encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
}
