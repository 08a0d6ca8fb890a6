/** One pass from the controller's view: both agents' halves and, if needed, the relay between them. */
import { isCopaError } from '../../common/errors.js';
import type { RequestOf } from '../hosts/methods.js';
import { channelsOf } from '../../common/net/stream-channel.js';
import type { Pass } from '../model/migration.js';
import { mappingFor } from '../model/mapping.js';
import { helperSnapshotName } from './helper-snapshots.js';
import { bothHalves, follow, type PassResult } from './pass-halves.js';
import type { PassFacts, StepContext } from './step-context.js';
import { findWay, streamEnds } from './route.js';

const shortMs = 60_000;

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

/**
 * Reads what the last pass needs to know, while the container still runs. A refresh gives the copy no settings, so those
 * may change meanwhile.
 */
export async function lookAhead(context: StepContext): Promise<undefined> {
  context.ahead.facts = await factsOf(context);
}

async function factsOf({ host, record, signal }: StepContext): Promise<PassFacts> {
  const { source, destination, container } = record();
  const [from, to] = await Promise.all([host(source), host(destination)]);
  const [manifest, ends] = await Promise.all([
    from.call('InspectSource', { container, live: false }, { deadlineMs: shortMs, signal }),
    streamEnds(from, to, shortMs),
  ]);
  return { manifest, ends };
}

async function sendPass(context: StepContext, pass: Pass, mode: 'begin' | 'attach'): Promise<PassResult> {
  const { command, record, signal } = context;
  const { id, source, destination, plan, options } = record();
  const [from, to] = await Promise.all([context.host(source), context.host(destination)]);
  const relayed = plan.via === 'relay';
  const [leaving, arriving] = [command('source'), command('destination')];
  const shared = {
    transferId: `${id}-${pass.number}`,
    ticket: context.randomHex(32),
    relayed,
    live: options.live && pass.kind === 'final',
  };
  const sending = (request: RequestOf<'SendCopy'>) =>
    follow(context, {
      pool: source,
      mode,
      onBytes: context.progress,
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

  const ahead = pass.kind === 'final' && pass.refresh ? context.ahead.facts : undefined;
  const { manifest, ends } = ahead ?? (await factsOf(context));
  const streamFeatures = [...ends.features];
  const before = record().passes.findLast(({ outcome }) => outcome === 'done');
  const refreshing = { refresh: pass.refresh, firstRefresh: pass.refresh && before?.refresh === false };
  const receive = receiving({
    sourcePool: source,
    manifest: { ...manifest, container: arriving.container },
    mapping: mappingFor(options.mapping),
    ...refreshing,
    streamFeatures,
  });
  await Promise.race([receive.ready, receive.ended]);
  const send = sending({
    destinationPool: destination,
    destinationAddress: ends.destination.address,
    helperSnapshot: plan.helperSnapshots && record().wasRunning ? helperSnapshotName(id, pass.number) : '',
    bytesPerSecondMax: options.bytesPerSecondMax,
    freeze: pass.freeze,
    compress: options.compress,
    byRsync: pass.rsync ?? '',
    ...refreshing,
    // The start time of the earlier pass is unknown, so every file has to be compared.
    changedSinceMs: before?.sourceStartedAtMs || 1,
    streamFeatures,
  });
  if (relayed) {
    await Promise.race([send.ready, send.ended, receive.ended]);
    await context.relay.join(shared.ticket, channelsOf(shared.live), ends.source, ends.destination);
  }
  return bothHalves(context, send, receive);
}
