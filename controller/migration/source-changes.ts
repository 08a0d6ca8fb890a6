/** What somebody changes on the source while the move goes on: read before the copy starts, and again before the source goes. */
import { createHash } from 'node:crypto';
import { CopaError, isCopaError, isUnknownOutcome } from '../../common/errors.js';
import type { CopyState__Output } from '../../proto/gen/copa/agent/v1/CopyState.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import { keptName, type MigrationRecord } from '../model/migration.js';
import type { Side, StepContext } from './step-context.js';

/** Time limit for reading the source's state while the container is down, or not free yet. */
const lookMs = 5_000;

/**
 * The source's current settings, which a user may have changed during the copy. Throws when the source is no longer
 * held, or has a snapshot that came after the last pass. A source that does not answer was held when it was verified,
 * and the container is down meanwhile.
 */
export async function lastLookAtSource(
  context: StepContext,
  copy: CopyState__Output,
): Promise<Manifest__Output | undefined> {
  const { source, container } = context.record();
  let state: CopyState__Output;
  let settings: Manifest__Output | undefined;
  try {
    const host = await context.host(source);
    [state, settings] = await Promise.all([
      host.call('ObserveCopy', context.command('source'), { deadlineMs: lookMs }),
      host.call('DescribeSettings', { container }, { deadlineMs: lookMs }).catch(unlessUnknownMethod),
    ]);
  } catch (error) {
    if (isUnknownOutcome(error)) return undefined;
    throw error;
  }
  if (state.role !== 'source' || !state.held || state.status !== 'Stopped') {
    throw new CopaError('failed_precondition', `somebody has removed the hold on the container on ${source}`);
  }
  const late = missingSnapshots(state, copy).map((name) => `"${name}"`);
  if (late.length > 0) {
    const why = `somebody made a snapshot on ${source} after the last pass, which is not in the copy: ${late.join(', ')}`;
    throw new CopaError('failed_precondition', why);
  }
  return settings;
}

/**
 * A snapshot or a setting that somebody made on the source while the destination started is in the source alone, so the
 * source is kept. Whatever this look meets, it does not keep the container from being free: a source that cannot be read
 * is not looked at.
 */
export async function keepLateChanges(context: StepContext): Promise<void> {
  const record = context.record();
  const { source, destination, options, warnings = [] } = record;
  if (options.keepSourceAs || record.keepSourceAs) return;
  let change: Pick<MigrationRecord, 'keepSourceAs' | 'warnings'>;
  try {
    const [from, to, areSettingsLate] = await Promise.all([
      observe(context, 'source'),
      observe(context, 'destination'),
      haveSettingsChanged(context),
    ]);
    if (from.role !== 'source' || to.role !== 'destination') return;
    const late = missingSnapshots(from, to).map((name) => `"${name}"`);
    const what = [
      ...(late.length > 0 ? [`made a snapshot (${late.join(', ')})`] : []),
      ...(areSettingsLate ? ['changed the settings'] : []),
    ];
    if (what.length === 0) return;
    const keepSourceAs = keptName(record);
    const warning = `somebody ${what.join(' and ')} on ${source} while the container started on ${destination}: the old copy is kept there as "${keepSourceAs}"`;
    change = { keepSourceAs, warnings: [...warnings, warning] };
  } catch (error) {
    if (!isCopaError(error)) throw error;
    return;
  }
  await context.save(change);
}

/** Equal for settings that a user has not changed in between. */
export function digestOf(settings: Manifest__Output): string {
  const { description, ephemeral, config, devices, profiles, profileSettings } = settings;
  const read = { description, ephemeral, config, devices, profiles, profileSettings };
  const sorted = (_key: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return createHash('sha256').update(JSON.stringify(read, sorted)).digest('base64');
}

/** Since the destination was given them. */
async function haveSettingsChanged(context: StepContext): Promise<boolean> {
  const { source, container, settingsDigest } = context.record();
  if (settingsDigest === undefined) return false;
  const host = await context.host(source);
  const settings = await host.call('DescribeSettings', { container }, { deadlineMs: lookMs });
  return digestOf(settings) !== settingsDigest;
}

async function observe(context: StepContext, side: Side): Promise<CopyState__Output> {
  const host = await context.host(context.record()[side]);
  return host.call('ObserveCopy', context.command(side), { deadlineMs: lookMs });
}

export function missingSnapshots(from: CopyState__Output, to: CopyState__Output): string[] {
  return from.snapshots.filter((name) => !to.snapshots.includes(name));
}

/**
 * An agent of 0.1.0 is not called for what it does not support. With such an agent, a move works as in that release.
 */
export function unlessUnknownMethod(error: unknown): undefined {
  if (!isCopaError(error, 'unimplemented')) throw error;
}
