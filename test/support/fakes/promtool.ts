/** Prometheus's own judge of metrics and rules (Debian: prometheus). */
import { spawnSync } from 'node:child_process';

/** Why it cannot judge; undefined when it can. Told loudly, as what needs it is not tested then. */
export const promtoolObstacle =
  spawnSync('promtool', ['--version']).error === undefined ? undefined : 'promtool is not installed';
if (promtoolObstacle !== undefined) console.warn(`\n*** NOT TESTED: ${promtoolObstacle} (prometheus) ***\n`);

/** Runs it; `output` is all that it says. */
export function promtool(argv: readonly string[], input = ''): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', [...argv], { input, encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
}
