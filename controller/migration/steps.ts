/**
 * The step of each phase. A step may run again after any crash, so each reads the state first or sends idempotent
 * commands. It returns when what its next phase states is true. It throws an unknown outcome (isUnknownOutcome),
 * which is retried, or a definite failure.
 *
 * A step may return another next phase than the machine's table.
 */
import { CopaError, isCopaError, isUnknownOutcome } from '../../common/errors.js';
import type { CheckResult__Output } from '../../proto/gen/copa/agent/v1/CheckResult.js';
import type { CopyState__Output } from '../../proto/gen/copa/agent/v1/CopyState.js';
import { assumed, describePrediction, nextAction, predict, seconds } from './downtime.js';
import { freshForMs, passTimes } from './precopy-rounds.js';
import { failedName, keptName, type MigrationRecord, type Pass, type Phase } from '../model/migration.js';
import { mappingFor } from '../model/mapping.js';
import { Outdated } from './record-age.js';
import type { Side, StepContext } from './step-context.js';
import { copyOnce, removeCopy } from './passes.js';
import {
  digestOf,
  keepLateChanges,
  lastLookAtSource,
  missingSnapshots,
  unlessUnknownMethod,
} from './source-changes.js';
import { hasHardlyChanged, lookAhead } from './transfer.js';

const briefMs = 3_000;
const shortMs = 60_000;

const longMs = 15 * 60_000;

/** Limit on the text of a check's result. An agent's text may be of any length. */
const checkMessageCharactersMax = 400;

/** Time limit of a start, including the agent's own waits. */
const startMs = 180_000;

export async function claimSource(context: StepContext): Promise<undefined> {
  const state = await ask(context, 'source', 'ClaimSource');
  // The state is read now, because nobody else can change the container any more. Its host may have gone down with it
  // running. In that case its daemon is about to start it, perhaps after the claim.
  const wentDownWithItsHost = state.status === 'Stopped' && state.hasRun;
  await context.save({ wasRunning: state.status === 'Running' || wentDownWithItsHost });
}

/**
 * Passes over the running container, as long as each is worth it, and then the wait for its turn to cut over. A stopped
 * container needs neither.
 */
export async function copyWhileRunning(context: StepContext): Promise<undefined> {
  const { options, plan, wasRunning } = context.record();
  if (!wasRunning) return;
  const isCopiedRunning = plan.precopy && !options.live;
  for (let waits = 0; ; waits++) {
    if (isCopiedRunning) await copyUntilShort(context);
    const patienceMs = isCopiedRunning ? freshForMs(context.record(), waits) : undefined;
    if (await context.turn(patienceMs)) return isCopiedRunning ? lookAhead(context) : undefined;
    await copyOnce(context, 'running');
  }
}

async function copyUntilShort(context: StepContext): Promise<void> {
  for (;;) {
    const record = context.record();
    const action = record.copy === 'suspect' ? 'pass' : nextAction(record);
    if (action === 'cut over') return;
    if (action === 'give up') throw cannotKeep(record);
    if (record.copy === 'whole' && record.options.maxDowntimeMs === undefined) {
      if (await hasHardlyChanged(context)) return;
    }
    await copyOnce(context, 'running');
  }
}

/** Passes do not become short enough. The container was never stopped. */
function cannotKeep(record: MigrationRecord): CopaError {
  const { options, passes } = record;
  const times = passTimes(passes);
  const prediction = predict(record.expected ?? assumed, times);
  const { totalMs = Infinity } = prediction;
  return new CopaError(
    'failed_precondition',
    `max_downtime ${seconds(options.maxDowntimeMs ?? 0)} cannot be kept: after ${times.length} passes its downtime would be ${seconds(totalMs)} (${describePrediction(prediction)}), so it was not stopped`,
  );
}

export async function stopSource(context: StepContext): Promise<undefined> {
  const { options } = context.record();
  const { stopTimeoutSeconds, force, live } = options;
  const request = { command: context.command('source'), timeoutSeconds: stopTimeoutSeconds, force, live };
  const deadlineMs = stopTimeoutSeconds * 1000 + 150_000;
  const host = await context.host(context.record().source);
  const { stoppedByOthers } = await host.call('HoldSource', request, { deadlineMs });
  // Somebody, or the container itself, has stopped it meanwhile. It stays stopped.
  if (context.record().wasRunning && !live && stoppedByOthers) await context.save({ wasRunning: false });
}

/** The final pass, after the last write to the container, and another one where that one may be inexact. */
export async function copyFinally(context: StepContext): Promise<undefined> {
  while (!(await isCopied(context))) await copyOnce(context, 'final');
}

async function isCopied(context: StepContext): Promise<boolean> {
  const { passes, copy } = context.record();
  const last = passes.at(-1);
  if (copy !== 'whole' || last?.kind !== 'final') return false;
  return last.byRsync === true || last.rsync === 'modes' || !(await mayBeInexact(context, last));
}

/**
 * By rsync, a single full pass may have left a file in its snapshot's state. The storages' own format may have lost
 * modes.
 */
async function mayBeInexact({ host, record, signal }: StepContext, { refresh }: Pass): Promise<boolean> {
  const { source, container, options, plan } = record();
  const { ownFormat = false, rsyncToo } = plan;
  if (options.live || (ownFormat ? !rsyncToo : refresh)) return false;
  const request = { container, live: false, compare: true, ownFormat };
  return (await (await host(source)).call('InspectSource', request, { deadlineMs: longMs, signal })).suspects;
}

/** Checks both copies before the destination may start for the first time. */
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
    ...missingSnapshots(from, to).map((name) => `snapshot "${name}" is missing on ${destination}`),
  ].filter((each) => each !== false);
  if (wrong.length > 0) throw new CopaError('failed_precondition', wrong.join('; '));
}

/** Starts the destination's copy as the container. A definite failure means that it does not run. */
export async function activate(context: StepContext): Promise<undefined> {
  const { wasRunning, destination, options } = context.record();
  const before = await ask(context, 'destination', 'ObserveCopy');
  // An earlier attempt whose reply was lost has started it. After that, the source is no longer read.
  const [settings] = await Promise.all([
    before.held && !options.live ? lastLookAtSource(context, before) : undefined,
    pointAddresses(context, 'destination'),
  ]);
  const host = await context.host(destination);
  const command = context.command('destination');
  try {
    const mapping = mappingFor(options.mapping);
    const latest = settings && { settings: { ...settings, container: command.container }, mapping };
    const request = { command, run: wasRunning, ...latest };
    const [{ upMs }] = await Promise.all([
      host.call('ActivateDestination', request, { deadlineMs: startMs }),
      settings && context.save({ settingsDigest: digestOf(settings) }),
    ]);
    if (upMs > 0) await context.save({ upMs: Math.min(upMs, sinceVerified(context)) });
  } catch (error) {
    // If it has run after such an attempt and no longer does, the settle step finds out.
    if (isUnknownOutcome(error) || !before.hasRun) throw error;
  }
}

/** Before the container starts there. A host that does not confirm in time is put right soon, and holds nothing up. */
async function pointAddresses(context: StepContext, to: Side): Promise<void> {
  const late = await context.point(to);
  if (late.length === 0) return;
  const { warnings = [] } = context.record();
  const warning = `${late.join(', ')} had not confirmed in time where the container's address is: it may be reached from there a little later`;
  await context.save({ warnings: [...warnings, warning] });
}

/** In milliseconds: the copy has not run for longer. */
function sinceVerified({ record, clock }: StepContext): number {
  const at = record().history.findLast(({ phase }) => phase === 'verified')?.at ?? '';
  return Math.max(0, clock.now() - Date.parse(at));
}

/**
 * Waits whether the container stays up, and then for its check, before the source may be removed. If a user stops it
 * there meanwhile, this is no failure.
 */
export async function settle(context: StepContext): Promise<undefined> {
  const record = context.record();
  const { destination, options, wasRunning, history } = record;
  if (!wasRunning) {
    if (options.check) await saveCheck(context, 'skipped', 'the container did not run');
    return;
  }
  const startedAt = Date.parse(history.findLast(({ phase }) => phase === 'started')?.at ?? '');
  const leftMs = startedAt + options.settleSeconds * 1000 - context.clock.now();
  const settleMs = Math.min(options.settleSeconds * 1000, Math.max(0, leftMs));
  const host = await context.host(destination);
  const { target = '', timeoutMs = 0 } = options.check ?? {};
  const check = options.check ? { target, timeoutMs } : null;
  const request = { command: context.command('destination'), settleMs, check };
  const callOptions = { deadlineMs: settleMs + timeoutMs + shortMs };
  const settled = await host.call('SettleDestination', request, callOptions).catch(unlessUnknownMethod);
  if (settled?.stoppedByItself) {
    throw await didNotSettle(
      context,
      `it stopped by itself within ${options.settleSeconds} s (settle_seconds) of its start on ${destination}${check ? ', or before its check passed' : ''}`,
    );
  }
  if (options.check) await takeCheck(context, settled?.check ?? undefined);
}

/** Saves the result of the check. Throws when the move has to go back because of it. */
async function takeCheck(context: StepContext, result: CheckResult__Output | undefined): Promise<void> {
  const { destination, options } = context.record();
  const old = {
    outcome: 'failed',
    message: `the agent of ${destination} is of an earlier release: update it`,
  };
  const { outcome, message } = result ?? old;
  const text = message.slice(0, checkMessageCharactersMax);
  await saveCheck(context, outcome === 'passed' || outcome === 'skipped' ? outcome : 'failed', text);
  if (context.record().checked?.outcome !== 'failed' || options.check?.onFailure !== 'back') return;
  throw await didNotSettle(context, `its check failed on ${destination} (${text})`);
}

function saveCheck(
  context: StepContext,
  outcome: NonNullable<MigrationRecord['checked']>['outcome'],
  message: string,
): Promise<void> {
  return context.save({ checked: { outcome, message } });
}

/** Saves under which name the copy is kept, and returns the reason of going back. */
async function didNotSettle(context: StepContext, why: string): Promise<CopaError> {
  const { source, destination } = context.record();
  const keepCopyAs = failedName(context.record(), context.command('destination').container);
  await context.save({ keepCopyAs });
  return new CopaError(
    'failed_precondition',
    `${why}, so it runs on ${source} again; what it wrote on ${destination} is in the stopped copy "${keepCopyAs}" there alone`,
  );
}

/** The volumes whose last pass came after the stop. */
function movedVolumes({ volumes = [], passes }: MigrationRecord) {
  const isFinal = (number: number) => passes.some((pass) => pass.number === number && pass.kind === 'final');
  return volumes
    .filter(({ copied }) => copied && isFinal(copied.pass))
    .map(({ storagePool, volume, snapshots }) => ({ name: { storagePool, volume }, snapshots }));
}

export async function removeSource(context: StepContext): Promise<undefined> {
  const { source, options, keepSourceAs = options.keepSourceAs } = context.record();
  const host = await context.host(source);
  const volumes = movedVolumes(context.record());
  const request = { command: context.command('source'), keepAs: keepSourceAs, volumes };
  await host.call('RemoveSource', request, { deadlineMs: longMs });
}

export async function releaseDestination(context: StepContext): Promise<undefined> {
  await keepLateChanges(context);
  const host = await context.host(context.record().destination);
  await host.call('ReleaseDestination', context.command('destination'), { deadlineMs: longMs });
}

/** A migration of a release that removed the source first comes here with the destination still marked. */
export async function end(context: StepContext): Promise<undefined> {
  const isReleased = context.record().history.some(({ phase }) => phase === 'released');
  return isReleased ? undefined : releaseDestination(context);
}

/** The destination did not start, did not stay up, or failed its check. Its copy is removed or kept before the source may run again. */
export async function withdraw(context: StepContext): Promise<Phase | undefined> {
  const { checked, keepCopyAs: keepAs, options } = context.record();
  // It may run well, but not as ordered.
  if (checked?.outcome === 'failed' && options.check?.onFailure === 'back' && keepAs) {
    const host = await context.host(context.record().destination);
    const request = { command: context.command('destination'), keepAs };
    await host.call('SetCopyAside', request, { deadlineMs: startMs });
    return undefined;
  }
  const state = await ask(context, 'destination', 'ObserveCopy');
  // It runs after all. It becomes the container if it stays up.
  if (state.role === 'destination' && state.status === 'Running') return 'started';
  await removeCopy(context);
  return undefined;
}

export async function restoreSource(context: StepContext): Promise<undefined> {
  await fenceLoser(context);
  await checkCopyIsDown(context);
  const { source, wasRunning } = context.record();
  await pointAddresses(context, 'source');
  const host = await context.host(source);
  try {
    await host.call(
      'RestoreSource',
      { command: context.command('source'), run: wasRunning },
      { deadlineMs: startMs },
    );
  } catch (error) {
    // Somebody deleted the container by hand, so there is nothing to restore.
    if (!isCopaError(error, 'not_found')) throw error;
  }
}

/** The source never starts beside a copy that somebody has started by hand. The container is down, so this is brief. */
async function checkCopyIsDown(context: StepContext): Promise<void> {
  const { destination, copy } = context.record();
  if (copy === 'none') return;
  try {
    const host = await context.host(destination);
    const command = context.command('destination');
    const { role, status } = await host.call('ObserveCopy', command, { deadlineMs: briefMs });
    if (role !== 'destination' || status === 'Stopped') return;
  } catch (error) {
    if (!isUnknownOutcome(error)) throw error;
    return;
  }
  throw new Outdated(`the copy on ${destination} was started, and not by the migration`);
}

/**
 * A destination that was given up may be back by now. Then its copy stops before the source may run. One that is silent
 * is the janitor's.
 */
async function fenceLoser(context: StepContext): Promise<void> {
  const record = context.record();
  if (record.leftBehind?.on !== 'destination' || record.leftBehind.fate !== 'kept') return;
  try {
    const host = await context.host(record.destination);
    const request = { command: context.command('destination'), keepAs: keptName(record) };
    await host.call('SetCopyAside', request, { deadlineMs: shortMs });
  } catch (error) {
    if (!isUnknownOutcome(error)) throw error;
    return;
  }
  await context.save({ leftBehind: undefined });
}

/** The last step of going back. */
export async function removeLeftovers(context: StepContext): Promise<Phase | undefined> {
  await removeCopy(context);
  return context.record().cancelled ? 'cancelled' : undefined;
}

/** A call that needs only the migration's command. */
async function ask(
  context: StepContext,
  side: Side,
  method: 'ClaimSource' | 'ObserveCopy',
): Promise<CopyState__Output> {
  const host = await context.host(context.record()[side]);
  return host.call(method, context.command(side), { deadlineMs: shortMs });
}
