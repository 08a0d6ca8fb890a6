/**
 * The step of a migration whose record was lost or restored from a backup: asks both hosts, and goes on with the copy
 * that is the container.
 */
import { CopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import type { CopyState__Output } from '../../proto/gen/copa/agent/v1/CopyState.js';
import type { Phase } from '../model/migration.js';
import { decideOrphan, orphanContinues } from './orphan.js';
import type { Side, StepContext } from './step-context.js';

const shortMs = 60_000;

export async function examine(context: StepContext): Promise<Phase> {
  const { source: from, destination: to } = context.record();
  const [source, destination] = await Promise.all([
    ask(context, 'source', from),
    ask(context, 'destination', to),
  ]);
  const verdict = decideOrphan(source, destination);
  if ('undecided' in verdict) throw new CopaError('failed_precondition', verdict.undecided);
  // A command has to be above all that either host has seen.
  const fenceBase = Math.max(context.record().fenceBase ?? 0, source.fence, destination.fence);
  const { phase, change } = orphanContinues(context.record(), source, destination, verdict.keep);
  await context.save({ ...change, fenceBase });
  return phase;
}

async function ask(context: StepContext, side: Side, pool: string): Promise<CopyState__Output> {
  if (!pool) {
    const why = 'the mark does not name the pool of the other copy, and no pool that answers has it';
    throw new CopaError('unavailable', why);
  }
  try {
    const host = await context.host(pool);
    return await host.call('ObserveCopy', context.command(side), { deadlineMs: shortMs });
  } catch (error) {
    if (!isUnknownOutcome(error)) throw error;
    const why = `both hosts have to say what they have before a copy is chosen: ${messageOf(error)}`;
    throw new CopaError('unavailable', why, { cause: error });
  }
}
