/** Takes down what a run made: now, or after a crash from its undo log. It may be repeated. */
import { isCopaError, messageOf } from '../../common/errors.js';
import type { Fleet } from './fleet.js';
import { runHere } from './limit.js';
import type { Entry, UndoLog } from './undo-log.js';

/** Returns what could not be taken down; the undo log stays open then. */
export async function takeDown(
  fleet: Fleet,
  undoLog: UndoLog,
  report: (text: string) => void,
): Promise<readonly string[]> {
  const failures: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    try {
      await work();
      report(`removed: ${what}`);
    } catch (error) {
      failures.push(`${what}: ${messageOf(error)}`);
    }
  };
  const { open } = undoLog;
  if (open.length === 0) return [];
  for (const entry of open) {
    const found = undoOf(fleet, entry);
    if (found) await attempt(...found);
  }
  const containers = await fleet.containersOf(undoLog.run);
  for (const each of containers)
    await attempt(`container ${each.container.name}`, () => fleet.removeContainer(undoLog.run, each));
  if (failures.length === 0) undoLog.add({ made: 'end' });
  return failures;
}

function undoOf(fleet: Fleet, entry: Entry): [what: string, work: () => Promise<unknown>] | undefined {
  switch (entry.made) {
    case 'policy':
      return [
        `policy ${entry.name}`,
        () => fleet.rest.policy('delete', { name: entry.name }).catch(unlessMissing),
      ];
    case 'limit':
      return [`limit of a link`, () => runHere(entry.undo).catch(unlessMissing)];
    case 'evacuation':
      return [`evacuation of ${entry.pool}`, () => fleet.reopen(entry.pool)];
    case 'run':
    case 'end':
      return undefined;
  }
}

function unlessMissing(error: unknown): void {
  // tc prints the second one for a device without a limit.
  if (
    isCopaError(error, 'not_found') ||
    /Cannot delete qdisc with handle of zero|No such file/.test(messageOf(error))
  )
    return;
  throw error;
}
