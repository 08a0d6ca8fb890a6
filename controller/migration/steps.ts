/**
 * What each phase's step does. A step may be run again after any crash, so each asks, or commands what is
 * harmless when it is done already. It returns when its phase's promise is true, or throws: an unknown
 * outcome (isUnknownOutcome) to be asked again, anything else as a definite failure.
 *
 * A step may name another next phase than the machine's row.
 */
import { CopaError, isCopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import { isUnknownMethod } from '../hosts/call-errors.js';
import type { CopyState__Output } from '../../proto/gen/copa/agent/v1/CopyState.js';
import { anotherRound, passTimes } from './rounds.js';
import type { MigrationRecord, Pass, Phase } from '../model/migration.js';
import type { StepContext } from './step-context.js';
import type { PassResult } from './halves.js';
import { transferPass } from './transfer.js';

/** How often a copy is begun anew after a pass that failed; each time costs a full pass, but no downtime. */
const copyTriesMax = 3;

const shortMs = 60_000;

/** How long the source may take for a last look, while the container is down. */
const lookMs = 5_000;
const longMs = 15 * 60_000;

/** The daemon may take so long for a start, with the agent's own waits around it. */
const startMs = 180_000;

export async function claimSource(context: StepContext): Promise<undefined> {
  const state = await ask(context, 'source', 'ClaimSource');
  // As it is now that nobody else may change it.
  // One that went down with its host is about to be started by its daemon, which the claim may precede.
  const wentDownWithItsHost = state.status === 'Stopped' && state.hasRun;
  await context.save({ wasRunning: state.status === 'Running' || wentDownWithItsHost });
}

/** Passes over the running container, for as long as each is worth it. A stopped one has no need of them. */
export async function copyWhileRunning(context: StepContext): Promise<undefined> {
  const { options, plan, wasRunning } = context.record();
  if (!wasRunning || !plan.precopy || options.live) return;
  for (;;) {
    const { copy, passes } = context.record();
    if (copy !== 'suspect' && !anotherRound(passTimes(passes), options.passesMax)) return;
    await copyOnce(context, 'running');
  }
}

export async function stopSource(context: StepContext): Promise<undefined> {
  const { options } = context.record();
  const { stopTimeoutSeconds, force, live } = options;
  const request = { command: context.command(), timeoutSeconds: stopTimeoutSeconds, force, live };
  const deadlineMs = stopTimeoutSeconds * 1000 + 150_000;
  const host = await context.host(context.record().source);
  const { shutDown } = await host.call('HoldSource', request, { deadlineMs });
  // Somebody, or the container itself, has stopped it meanwhile, and so it stays.
  if (context.record().wasRunning && !live && !shutDown) await context.save({ wasRunning: false });
}

/** The last pass, of what nobody writes to any more. */
export async function copyFinally(context: StepContext): Promise<undefined> {
  for (;;) {
    const { passes, copy } = context.record();
    const last = passes.at(-1);
    if (copy === 'whole' && last?.kind === 'final' && (last.refresh || !(await mayBeInexact(context))))
      return;
    await copyOnce(context, 'final');
  }
}

/** Whether one pass, though it sent everything, may have left a file as a snapshot has it. */
async function mayBeInexact({ host, record, signal }: StepContext): Promise<boolean> {
  const { source, container, options, plan } = record();
  // Storage that talks to its like sends blocks, not files.
  if (options.live || plan.ownFormat) return false;
  const request = { container, live: false, compare: true };
  return (await (await host(source)).call('InspectSource', request, { deadlineMs: longMs, signal })).suspects;
}

/** Both copies are what they have to be before the destination may ever start. */
export async function verify(context: StepContext): Promise<undefined> {
  const { source, destination, options } = context.record();
  const [from, to] = await Promise.all([
    ask(context, 'source', 'ObserveCopy'),
    ask(context, 'destination', 'ObserveCopy'),
  ]);
  const wrong = [
    from.role !== 'source' && `the container on ${source} is no longer held by this migration`,
    !from.held && `the container on ${source} may be started by its daemon`,
    from.status !== 'Stopped' && `the container on ${source} is ${from.status.toLowerCase()}, not stopped`,
    to.role !== 'destination' && `${destination} has no copy of this migration`,
    to.status !== 'Stopped' && !options.live && `the copy on ${destination} is ${to.status.toLowerCase()}`,
    ...from.snapshots.map(
      (name) => !to.snapshots.includes(name) && `snapshot "${name}" is missing on ${destination}`,
    ),
  ].filter((each) => each !== false);
  if (wrong.length > 0) throw new CopaError('failed_precondition', wrong.join('; '));
}

/** Makes the destination's copy the container. Its definite failure says that it does not run. */
export async function activate(context: StepContext): Promise<undefined> {
  const { wasRunning, destination, options } = context.record();
  const before = await ask(context, 'destination', 'ObserveCopy');
  // An earlier try whose reply was lost has let it start; from then on the source is not asked.
  const settings = before.held && !options.live ? await lastLookAtSource(context) : undefined;
  const host = await context.host(destination);
  try {
    const request = { command: context.command(), run: wasRunning, ...(settings ? { settings } : {}) };
    await host.call('ActivateDestination', request, { deadlineMs: startMs });
  } catch (error) {
    // If it ran after such a try and does not any more, settling finds out.
    if (isUnknownOutcome(error) || !before.hasRun) throw error;
  }
}

/**
 * The settings that the source has now, which somebody may have changed while it was copied. Throws when the source is
 * not held any more. One that does not answer was held when it was verified, and the container is down meanwhile.
 */
async function lastLookAtSource(context: StepContext): Promise<Manifest__Output | undefined> {
  const { source, container } = context.record();
  try {
    const host = await context.host(source);
    const [state, settings] = await Promise.all([
      host.call('ObserveCopy', context.command(), { deadlineMs: lookMs }),
      host.call('DescribeSettings', { container }, { deadlineMs: lookMs }).catch(unlessUnknownMethod),
    ]);
    if (state.role === 'source' && state.held && state.status === 'Stopped') return settings;
  } catch (error) {
    if (isUnknownOutcome(error)) return undefined;
    throw error;
  }
  throw new CopaError('failed_precondition', `somebody has taken the container on ${source} out of the hold`);
}

/** An agent of 0.1.0 is not asked for what it does not have: with it, a move is what it was in that release. */
function unlessUnknownMethod(error: unknown): undefined {
  if (!isUnknownMethod(error)) throw error;
}

/** It has to stay up for a while before the source may go. Somebody who stops it there meanwhile means it. */
export async function settle(context: StepContext): Promise<undefined> {
  const { id, container, source, destination, options, wasRunning, history } = context.record();
  if (!wasRunning) return;
  const startedAt = Date.parse(history.findLast(({ phase }) => phase === 'started')?.at ?? '');
  const leftMs = startedAt + options.settleSeconds * 1000 - context.clock.now();
  const settleMs = Math.min(options.settleSeconds * 1000, Math.max(0, leftMs));
  const host = await context.host(destination);
  const request = { command: context.command(), settleMs };
  const callOptions = { deadlineMs: settleMs + shortMs };
  const settled = await host.call('SettleDestination', request, callOptions).catch(unlessUnknownMethod);
  if (!settled?.stoppedByItself) return;
  const keepCopyAs = `${container.slice(0, 40)}-failed-${id.slice(0, 8)}`;
  await context.save({ keepCopyAs });
  throw new CopaError(
    'failed_precondition',
    `it stopped by itself within ${options.settleSeconds} s (settle_seconds) of its start on ${destination}, so it runs on ${source} again; what it wrote on ${destination} is in the stopped copy "${keepCopyAs}" there alone`,
  );
}

export async function removeSource(context: StepContext): Promise<undefined> {
  const { source, options } = context.record();
  const host = await context.host(source);
  const request = { command: context.command(), keepAs: options.keepSourceAs };
  await host.call('RemoveSource', request, { deadlineMs: longMs });
}

export async function releaseDestination(context: StepContext): Promise<undefined> {
  const host = await context.host(context.record().destination);
  await host.call('ReleaseDestination', context.command(), { deadlineMs: longMs });
}

/** The destination did not start, or did not stay up: its copy goes before the source may run again. */
export async function withdraw(context: StepContext): Promise<Phase | undefined> {
  const state = await ask(context, 'destination', 'ObserveCopy');
  // It runs after all, so it is the container, if it stays up.
  if (state.role === 'destination' && state.status === 'Running') return 'started';
  await removeCopy(context);
  return undefined;
}

export async function restoreSource(context: StepContext): Promise<undefined> {
  const { source, wasRunning } = context.record();
  const host = await context.host(source);
  try {
    await host.call(
      'RestoreSource',
      { command: context.command(), run: wasRunning },
      { deadlineMs: startMs },
    );
  } catch (error) {
    // Somebody deleted the container by hand: there is nothing left to restore.
    if (!isCopaError(error, 'not_found')) throw error;
  }
}

/** The end of the way back. */
export async function removeLeftovers(context: StepContext): Promise<Phase | undefined> {
  await removeCopy(context);
  return context.record().cancelled ? 'cancelled' : undefined;
}

async function removeCopy(context: StepContext): Promise<void> {
  // Nothing was ever sent, so there is nothing to wait for on a destination that may be gone.
  if (context.record().copy === 'none') return;
  const { destination, keepCopyAs: keepAs } = context.record();
  const host = await context.host(destination);
  if (keepAs) await host.call('KeepCopy', { command: context.command(), keepAs }, { deadlineMs: longMs });
  else await host.call('RemoveDestination', context.command(), { deadlineMs: longMs });
}

/**
 * One pass. A pass that was begun before a crash is watched if both agents still know it; one that failed
 * or was lost leaves a copy of which nobody knows what is whole, so that copy goes, and the next pass sends
 * everything.
 */
async function copyOnce(context: StepContext, kind: Pass['kind']): Promise<void> {
  const { record, save } = context;
  const now = () => new Date(context.clock.now()).toISOString();
  const last = record().passes.at(-1);
  const lost = last !== undefined && last.outcome === undefined ? last : undefined;
  if (!lost) {
    if (record().copy === 'suspect') {
      await removeCopy(context);
      await save({ copy: 'none' });
    }
    const pass: Pass = {
      number: (last?.number ?? 0) + 1,
      kind,
      refresh: record().copy === 'whole',
      // Files that come and go fail a copy by rsync, again and again if the container makes many: the last
      // try holds it still.
      freeze: kind === 'running' && failedPasses(record()) === copyTriesMax - 1,
      startedAt: now(),
      bytes: 0,
    };
    await save({ copy: 'suspect', passes: [...record().passes, pass] });
  }
  const pass = record().passes.at(-1) as Pass;
  const saveEnd = (outcome: Pass['outcome'], { bytes, sourceStartedAtMs }: PassResult) => {
    const ended = { ...pass, bytes, sourceStartedAtMs, endedAt: now(), outcome };
    return save({
      copy: outcome === 'done' ? 'whole' : 'suspect',
      passes: [...record().passes.slice(0, -1), ended],
    });
  };
  try {
    await saveEnd('done', await transferPass(context, pass, lost ? 'attach' : 'begin'));
  } catch (error) {
    if (context.signal.aborted || isCopaError(error, 'cancelled')) throw error;
    await saveEnd('failed', { bytes: 0, sourceStartedAtMs: 0 });
    // With the container down there is no second try: it is better off running again on the source.
    const down = pass.kind === 'final' && record().wasRunning;
    if (down || failedPasses(record()) >= copyTriesMax || !isWorthAnotherTry(error, pass)) {
      throw definite(error);
    }
  }
}

function failedPasses({ passes }: MigrationRecord): number {
  return passes.filter(({ outcome }) => outcome === 'failed').length;
}

/** A broken stream or a vanished agent gets better by itself; so may a daemon's failure on what still changes. */
function isWorthAnotherTry(error: unknown, { kind }: Pass): boolean {
  if (isUnknownOutcome(error) || isCopaError(error, 'aborted', 'not_found')) return true;
  return kind === 'running' && isCopaError(error, 'internal');
}

/** The pass has failed for good, whatever kind of failure it was. */
function definite(error: unknown): unknown {
  return isUnknownOutcome(error) ? new CopaError('aborted', messageOf(error), { cause: error }) : error;
}

/** A question or a command that needs no more than the migration itself. */
async function ask(
  context: StepContext,
  side: 'source' | 'destination',
  method: 'ClaimSource' | 'ObserveCopy',
): Promise<CopyState__Output> {
  const host = await context.host(context.record()[side]);
  return host.call(method, context.command(), { deadlineMs: shortMs });
}
