/**
 * The custom volumes of a container within one of its passes: each is sent after the container, one after the other.
 *
 * While the container runs, a volume is sent if it can be made exact afterwards; every other one is sent whole in the
 * last pass. What is complete is saved after each volume, so that a pass that is taken up again sends the rest. The ids of
 * the transfers are fixed, and an agent that knows one returns it instead of beginning another.
 */
import { suspectFileMessage } from '../../common/suspect-file.js';
import { createHash } from 'node:crypto';
import { CopaError, isCopaError } from '../../common/errors.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { MigrationRecord, MovingVolume, Pass } from '../model/migration.js';
import type { PassResult } from './pass-halves.js';
import type { StepContext } from './step-context.js';

/** After that many failures a volume is left for the last pass. */
const failuresMax = 2;

type Attached = Manifest__Output['volumes'][number];

/** One transfer of a volume. */
export interface VolumeTransfer {
  readonly id: string;
  readonly volume: { readonly storagePool: string; readonly volume: string };
  readonly refresh: boolean;
  readonly firstRefresh: boolean;
  /** For a refresh: when the transfer before began, by the source's clock. */
  readonly changedSinceMs: number;
}

export interface VolumeCalls {
  readonly send: (transfer: VolumeTransfer) => Promise<PassResult>;
  /** The source's description of the container, with what a pass by rsync would leave as it is in a snapshot. */
  readonly compare: () => Promise<Manifest__Output>;
}

/** Sends what this pass has to send of the volumes. Returns the bytes. */
export async function copyVolumes(
  context: StepContext,
  pass: Pass,
  attached: readonly Attached[],
  calls: VolumeCalls,
): Promise<number> {
  await noteVolumes(context, attached);
  let bytes = 0;
  for (const { storagePool, volume } of attached) {
    for (;;) {
      const known = find(context.record(), storagePool, volume);
      const next = known && (await nextTransfer(context, pass, known, calls));
      if (!next) break;
      const id = transferId(context.record(), pass, next);
      try {
        const { bytes: sent, sourceStartedAtMs } = await calls.send({ ...next, id });
        bytes += sent;
        const { refresh } = next;
        const { snapshots } = known;
        const copied = { pass: pass.number, refresh, snapshots, sourceStartedAtMs };
        await change(context, known, { copied });
      } catch (error) {
        if (!mayWait(context.record(), pass, error)) throw error;
        await change(context, known, { copied: undefined, failures: known.failures + 1 });
        break;
      }
    }
  }
  return bytes;
}

/** What is still to be sent of a volume in this pass; undefined when that is nothing. */
async function nextTransfer(
  { record }: StepContext,
  pass: Pass,
  { storagePool, volume, copied, failures, snapshots }: MovingVolume,
  { compare }: VolumeCalls,
): Promise<Omit<VolumeTransfer, 'id'> | undefined> {
  const { plan, passes } = record();
  const name = { storagePool, volume };
  const planned = plan.volumes?.find((each) => each.storagePool === storagePool && each.volume === volume);
  const isFinal = pass.kind === 'final';
  const isDone = passes.some(
    ({ number, kind }) => number === copied?.pass && (kind === 'final' || number === pass.number),
  );
  if (isDone) return undefined;
  // No volume with snapshots is refreshed: a daemon may send them again, into the volume itself.
  const hasSnapshots = snapshots.length > 0;
  if (!isFinal && (!planned?.running || hasSnapshots || failures >= failuresMax)) return undefined;
  if (copied && !hasSnapshots && copied.snapshots.length === 0) {
    const changedSinceMs = copied.sourceStartedAtMs || 1;
    return { volume: name, refresh: true, firstRefresh: !copied.refresh, changedSinceMs };
  }
  if (hasSnapshots && planned?.byFiles !== false) await checkNoSuspect(name, compare);
  return { volume: name, refresh: false, firstRefresh: false, changedSinceMs: 0 };
}

/** Throws when a full pass by rsync would leave a file as it is in a snapshot. */
async function checkNoSuspect(
  { storagePool, volume }: VolumeTransfer['volume'],
  compare: VolumeCalls['compare'],
): Promise<void> {
  const { volumes } = await compare();
  const found = volumes.find((each) => each.storagePool === storagePool && each.volume === volume);
  if (!found?.suspect) return;
  throw new CopaError('failed_precondition', suspectFileMessage(found.suspect, volume));
}

/** Files that come and go make a copy by rsync fail. The last pass, after the stop, has none of them. */
function mayWait({ options }: MigrationRecord, { kind }: Pass, error: unknown): boolean {
  return kind === 'running' && options.maxDowntimeMs === undefined && isCopaError(error, 'internal');
}

/** The record names the volumes that are there now. Throws for one that cannot move. */
async function noteVolumes(context: StepContext, attached: readonly Attached[]): Promise<void> {
  const problem = attached.find((each) => each.problem !== '')?.problem;
  if (problem !== undefined) throw new CopaError('failed_precondition', problem);
  const { volumes: known = [] } = context.record();
  if (attached.length === 0 && known.length === 0) return;
  const volumes = attached.map(({ storagePool, volume, snapshots }): MovingVolume => {
    const before = find(context.record(), storagePool, volume) ?? { failures: 0 };
    return { ...before, storagePool, volume, snapshots };
  });
  await context.save({ volumes });
}

function find(
  { volumes = [] }: MigrationRecord,
  storagePool: string,
  volume: string,
): MovingVolume | undefined {
  return volumes.find((each) => each.storagePool === storagePool && each.volume === volume);
}

function change(context: StepContext, of: MovingVolume, by: Partial<MovingVolume>): Promise<void> {
  const { volumes = [] } = context.record();
  return context.save({
    volumes: volumes.map((each) =>
      each.storagePool === of.storagePool && each.volume === of.volume ? { ...each, ...by } : each,
    ),
  });
}

/** The same whenever this pass is taken up again, whatever else has been attached meanwhile. */
function transferId(
  { id }: MigrationRecord,
  { number }: Pass,
  { volume, refresh }: Pick<VolumeTransfer, 'volume' | 'refresh'>,
): string {
  const digest = createHash('sha256').update(volumeKey(volume)).digest('hex').slice(0, 8);
  return `${id}-${number}v${digest}${refresh ? 'r' : 'f'}`;
}

function volumeKey({ storagePool, volume }: VolumeTransfer['volume']): string {
  return `${storagePool}/${volume}`;
}

/** The volumes after the destination's copy was removed. */
export function uncopied({ volumes }: MigrationRecord): Pick<MigrationRecord, 'volumes'> {
  return volumes ? { volumes: volumes.map((each) => ({ ...each, copied: undefined })) } : {};
}
