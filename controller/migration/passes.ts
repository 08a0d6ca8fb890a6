/** One pass of a copy, again after any crash, and the removal of a copy of which nobody knows what is complete. */
import { CopaError, isCopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import type { MigrationRecord, Pass } from '../model/migration.js';
import type { PassResult } from './pass-halves.js';
import type { StepContext } from './step-context.js';
import { transferPass } from './transfer.js';
import { uncopied } from './volume-passes.js';

/** Limit on full restarts of the copy after a failed pass. Each costs a full pass, but no downtime. */
const copyTriesMax = 3;

/** Time limit of removing a copy. */
const removeMs = 15 * 60_000;

/** Removes the destination's copy, or keeps it under another name if it has run. */
export async function removeCopy(context: StepContext): Promise<void> {
  // No pass was ever sent, so there is no need to wait for a destination that may be gone.
  if (context.record().copy === 'none') return;
  const { destination, keepCopyAs: keepAs } = context.record();
  const host = await context.host(destination);
  const command = context.command('destination');
  if (keepAs) await host.call('KeepCopy', { command, keepAs }, { deadlineMs: removeMs });
  else await host.call('RemoveDestination', command, { deadlineMs: removeMs });
}

/**
 * Makes one pass. A pass that began before a crash is watched if both agents still know it. After a failed or lost
 * pass, nobody knows which part of the copy is complete. That copy is removed, and the next pass sends everything.
 */
export async function copyOnce(context: StepContext, kind: Pass['kind']): Promise<void> {
  const { record, save } = context;
  const now = () => new Date(context.clock.now()).toISOString();
  const last = record().passes.at(-1);
  const lost = last !== undefined && last.outcome === undefined ? last : undefined;
  if (!lost) {
    if (record().copy === 'suspect') {
      await removeCopy(context);
      await save({ copy: 'none', ...uncopied(record()) });
    }
    const refresh = record().copy === 'whole';
    const pass: Pass = {
      number: (last?.number ?? 0) + 1,
      kind,
      refresh,
      ...(refresh && kind === 'final' && record().plan.rsyncToo
        ? { rsync: last?.kind === 'final' ? 'modes' : 'short' }
        : {}),
      // Files that appear and vanish make a copy by rsync fail, and fail again if the container makes many. The last
      // attempt freezes the container.
      freeze: kind === 'running' && failedPasses(record()) === copyTriesMax - 1,
      startedAt: now(),
      bytes: 0,
    };
    await save({ copy: 'suspect', passes: [...record().passes, pass] });
  }
  const pass = record().passes.at(-1) as Pass;
  const saveEnd = (outcome: Pass['outcome'], result: PassResult) => {
    const ended = { ...pass, ...result, endedAt: now(), outcome };
    return save({
      copy: outcome === 'done' ? 'whole' : 'suspect',
      passes: [...record().passes.slice(0, -1), ended],
    });
  };
  try {
    await saveEnd('done', await transferPass(context, pass, lost ? 'attach' : 'begin'));
  } catch (error) {
    if (context.signal.aborted || isCopaError(error, 'cancelled')) throw error;
    await saveEnd('failed', { bytes: 0, sourceStartedAtMs: 0, byRsync: false });
    // There is no second attempt while the container is down. Running on the source again is better.
    const down = pass.kind === 'final' && record().wasRunning;
    if (down || failedPasses(record()) >= copyTriesMax || !isWorthAnotherTry(error, pass)) {
      throw definite(error);
    }
  }
}

function failedPasses({ passes }: MigrationRecord): number {
  return passes.filter(({ outcome }) => outcome === 'failed').length;
}

/** A broken stream or a lost agent may recover. So may a daemon's failure on data that is still changing. */
function isWorthAnotherTry(error: unknown, { kind }: Pass): boolean {
  if (isUnknownOutcome(error) || isCopaError(error, 'aborted', 'not_found')) return true;
  return kind === 'running' && isCopaError(error, 'internal');
}

/** The pass has failed definitely, whatever the kind of error. */
function definite(error: unknown): unknown {
  return isUnknownOutcome(error) ? new CopaError('aborted', messageOf(error), { cause: error }) : error;
}
