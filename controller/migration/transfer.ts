/** One pass from the controller's view: both agents' halves and, if needed, the relay between them. */
import { isCopaError } from '../../common/errors.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { RequestOf } from '../hosts/methods.js';
import { channelsOf } from '../../common/net/stream-channel.js';
import type { Pass } from '../model/migration.js';
import { mappingFor } from '../model/mapping.js';
import { helperSnapshotName } from './helper-snapshots.js';
import { bothHalves, follow, type PassResult } from './pass-halves.js';
import type { PassFacts, StepContext } from './step-context.js';
import { findWay, streamEnds } from './route.js';
import { isShortEnough, passTimes } from './precopy-rounds.js';
import { copyVolumes } from './volume-passes.js';

const shortMs = 60_000;

/** Comparing a volume with its snapshots reads many of its files. */
const compareMs = 60 * 60_000;

/**
 * Sends one pass, or watches one that began before. Returns its payload bytes.
 *
 * Throws `aborted` when the stream broke or an agent lost it, `not_found` when there is nothing to watch, and the
 * daemon's error when the daemon failed.
 */
export async function transferPass(
  context: StepContext,
  pass: Pass,
  mode: 'begin' | 'attach',
): Promise<PassResult> {
  try {
    return await sendPass(context, pass, mode);
  } catch (error) {
    if (isCopaError(error, 'aborted', 'unavailable')) await goRound(context);
    throw error;
  }
}

/** If the direct route fails and the route through this controller works, the next pass uses the relay. */
async function goRound(context: StepContext): Promise<void> {
  const { source, destination, plan, options } = context.record();
  if (plan.via === 'relay' || options.live || context.signal.aborted) return;
  const [from, to] = await Promise.all([context.host(source), context.host(destination)]);
  const ends = await streamEnds(from, to, shortMs).catch(() => undefined);
  if (ends === undefined || (await findWay(from, context.relay, ends)).via !== 'relay') return;
  await context.save({ plan: { ...plan, via: 'relay' } });
}

/** What was read so long ago is read again before the container is stopped. */
const freshMs = 5_000;

/**
 * Reads what the last pass needs to know, while the container still runs. A refresh gives the copy no settings, so those
 * may change meanwhile.
 */
export async function lookAhead(context: StepContext): Promise<undefined> {
  const { ahead, clock } = context;
  if (ahead.facts && clock.now() - (ahead.readAtMs ?? 0) < freshMs) return;
  ahead.facts = await factsOf(context);
}

/**
 * After a pass: whether so little has changed since it began that the container can be stopped at once. Where nobody sees
 * the files, where volumes come along, and where rsync has to compare files with a snapshot after the first pass, it is
 * false.
 */
export async function hasHardlyChanged(context: StepContext): Promise<boolean> {
  const { ahead, clock } = context;
  const { passes, plan } = context.record();
  const last = passes.at(-1);
  const changedSinceMs = last?.outcome === 'done' ? (last.sourceStartedAtMs ?? 0) : 0;
  if (changedSinceMs === 0) return false;
  const facts = await factsOf(context, { changedSinceMs });
  const { changes, snapshots, volumes } = facts.manifest;
  if (!changes || volumes.length > 0) return false;
  if (!plan.ownFormat && !last?.refresh && snapshots.length > 0) return false;
  if (!isShortEnough(changes, passTimes(passes))) return false;
  ahead.facts = facts;
  ahead.readAtMs = clock.now();
  return true;
}

async function factsOf(
  { host, record, signal }: StepContext,
  {
    compare = false,
    changedSinceMs = 0,
  }: { readonly compare?: boolean; readonly changedSinceMs?: number } = {},
): Promise<PassFacts> {
  const { id: migrationId, source, destination, container } = record();
  const [from, to] = await Promise.all([host(source), host(destination)]);
  const changed = changedSinceMs > 0 ? { changedSinceMs, migrationId } : {};
  const [manifest, ends] = await Promise.all([
    from.call(
      'InspectSource',
      { container, live: false, compare, ...changed },
      { deadlineMs: compare ? compareMs : shortMs, signal },
    ),
    streamEnds(from, to, shortMs),
  ]);
  return { manifest, ends };
}

async function sendPass(context: StepContext, pass: Pass, mode: 'begin' | 'attach'): Promise<PassResult> {
  const { id, options } = context.record();
  const before = context.record().passes.findLast(({ outcome }) => outcome === 'done');
  const own = await sendPart(context, mode, {
    transferId: `${id}-${pass.number}`,
    live: options.live && pass.kind === 'final',
    refresh: pass.refresh,
    firstRefresh: pass.refresh && before?.refresh === false,
    // The start time of the earlier pass is unknown, so every file has to be compared.
    changedSinceMs: before?.sourceStartedAtMs || 1,
    pass,
    bytesBefore: 0,
  });
  const { volumes } = await factsFor(context, pass, own.facts);
  let { bytes } = own;
  bytes += await copyVolumes(context, pass, volumes, {
    send: ({ id: transferId, ...transfer }) =>
      // An agent that knows the transfer returns it.
      sendPart(context, 'begin', { transferId, live: false, ...transfer, pass, bytesBefore: bytes }),
    compare: async () => (await factsOf(context, { compare: true })).manifest,
  });
  return { ...own, bytes };
}

/** The source as it is now. What was read before the stop is old where there are volumes, which may have new snapshots. */
async function factsFor(
  context: StepContext,
  pass: Pass,
  facts: PassFacts | undefined,
): Promise<Manifest__Output> {
  const hasVolumes = (facts?.manifest.volumes.length ?? 0) + (context.record().volumes?.length ?? 0) > 0;
  if (facts && !(hasVolumes && pass.kind === 'final')) return facts.manifest;
  return (await factsOf(context)).manifest;
}

/** What a transfer sends: the container, or one of its volumes. */
interface Part {
  readonly transferId: string;
  readonly live: boolean;
  readonly refresh: boolean;
  readonly firstRefresh: boolean;
  readonly changedSinceMs: number;
  readonly pass: Pass;
  /** The bytes of the parts before it. */
  readonly bytesBefore: number;
  readonly volume?: { readonly storagePool: string; readonly volume: string };
}

interface Sent extends PassResult {
  /** With which it began; undefined when it had begun before. */
  readonly facts?: PassFacts;
}

async function sendPart(context: StepContext, mode: 'begin' | 'attach', part: Part): Promise<Sent> {
  const { command, record, signal } = context;
  const { id, source, destination, plan, options } = record();
  const { transferId, live, refresh, firstRefresh, changedSinceMs, pass, volume } = part;
  const [from, to] = await Promise.all([context.host(source), context.host(destination)]);
  const relayed = plan.via === 'relay';
  const [leaving, arriving] = [command('source'), command('destination')];
  const ticket = context.randomHex(32);
  const shared = { transferId, ticket, relayed, live, ...(volume ? { volume } : {}) };
  const sending = (request: RequestOf<'SendCopy'>) =>
    follow(context, {
      pool: source,
      mode,
      onBytes: (bytes) => context.progress(part.bytesBefore + bytes),
      watch: (attachOnly, onEvent) =>
        from.stream('SendCopy', { ...shared, command: leaving, ...request, attachOnly }, { signal, onEvent }),
    });
  const receiving = (request: RequestOf<'ReceiveCopy'>) =>
    follow(context, {
      pool: destination,
      mode,
      watch: (attachOnly, onEvent) =>
        to.stream(
          'ReceiveCopy',
          { ...shared, command: arriving, ...request, attachOnly },
          { signal, onEvent },
        ),
    });
  // The agent keeps the parameters with which an attached half began.
  if (mode === 'attach') return bothHalves(context, sending({}), receiving({}));

  const ahead = pass.kind === 'final' && refresh && !volume ? context.ahead.facts : undefined;
  const facts = ahead ?? (await factsOf(context));
  const { manifest, ends } = facts;
  const streamFeatures = [...ends.features];
  const refreshing = { refresh, firstRefresh };
  const receive = receiving({
    sourcePool: source,
    manifest: { ...manifest, container: arriving.container },
    mapping: mappingFor(options.mapping),
    ...refreshing,
    streamFeatures,
  });
  await Promise.race([receive.ready, receive.ended]);
  const helperSnapshot =
    plan.helperSnapshots && record().wasRunning ? helperSnapshotName(id, pass.number) : '';
  const send = sending({
    destinationPool: destination,
    destinationAddress: ends.destination.address,
    bytesPerSecondMax: options.bytesPerSecondMax,
    freeze: pass.freeze,
    compress: options.compress,
    ...(volume ? {} : { helperSnapshot, byRsync: pass.rsync ?? '' }),
    ...refreshing,
    changedSinceMs,
    streamFeatures,
  });
  if (relayed) {
    await Promise.race([send.ready, send.ended, receive.ended]);
    await context.relay.join(ticket, channelsOf(live), ends.source, ends.destination);
  }
  return { ...(await bothHalves(context, send, receive)), facts };
}
