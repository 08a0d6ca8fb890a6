/** One pass, seen from the controller: both agents' halves, and the relay between them if there is one. */
import { Backoff } from '../../common/async/backoff.js';
import { CopaError, isCopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import type { HostCalls, RequestOf } from '../hosts/client.js';
import { formatAddress, parseAddress } from '../../common/net/address.js';
import { fractionFrom } from '../../common/random-hex.js';
import { channelsOf } from '../../common/net/stream-channel.js';
import type { Pass } from '../model/migration.js';
import { helperSnapshotName } from './helper-snapshots.js';
import type { StepContext } from './step-context.js';

const shortMs = 60_000;

/** How long a lost connection with an agent is tried again; its transfer goes on meanwhile. */
const reattachMs = 20_000;
const reattachPolicy = { delayMsMin: 250, delayMsMax: 1_000 };

/** How long the second half may take to end after the first one has failed. */
const otherHalfMs = 20_000;

/**
 * Sends one pass, or watches the one that was begun before. Returns the payload bytes that it took.
 *
 * Throws `aborted` when the stream broke or an agent lost it, `not_found` when there is nothing to watch,
 * and what the daemon said when it was the daemon that failed.
 */
export async function transferPass(
  context: StepContext,
  pass: Pass,
  mode: 'begin' | 'attach',
): Promise<number> {
  const { command, record, signal } = context;
  const { id, source, destination, plan, options, container } = record();
  const [from, to] = await Promise.all([context.host(source), context.host(destination)]);
  const relayed = plan.via === 'relay';
  const shared = {
    command: command(),
    transferId: `${id}-${pass.number}`,
    ticket: context.randomHex(32),
    relayed,
    live: options.live && pass.kind === 'final',
  };
  const sending = (request: RequestOf<'SendCopy'>) =>
    follow(context, source, mode, context.progress, (attachOnly, onEvent) =>
      from.stream('SendCopy', { ...shared, ...request, attachOnly }, { signal, onEvent }),
    );
  const receiving = (request: RequestOf<'ReceiveCopy'>) =>
    follow(
      context,
      destination,
      mode,
      () => undefined,
      (attachOnly, onEvent) =>
        to.stream('ReceiveCopy', { ...shared, ...request, attachOnly }, { signal, onEvent }),
    );
  // What an attached half was begun with is known to its agent.
  if (mode === 'attach') return bothHalves(context, sending({}), receiving({}));

  const [manifest, sourceHost, destinationHost] = await Promise.all([
    from.call('InspectSource', { container, live: false }, { deadlineMs: shortMs, signal }),
    from.call('DescribeHost', {}, { deadlineMs: shortMs, signal }),
    to.call('DescribeHost', {}, { deadlineMs: shortMs, signal }),
  ]);
  const before = record().passes.findLast(({ outcome }) => outcome === 'done');
  const receive = receiving({
    sourcePool: source,
    manifest,
    refresh: pass.refresh,
    firstRefresh: pass.refresh && before?.refresh === false,
  });
  await Promise.race([receive.ready, receive.ended]);
  const destinationAddress = streamAddress(to, destinationHost.streamPort);
  const send = sending({
    destinationPool: destination,
    destinationAddress,
    helperSnapshot: plan.helperSnapshots && record().wasRunning ? helperSnapshotName(id, pass.number) : '',
    bytesPerSecondMax: options.bytesPerSecondMax,
    freeze: pass.freeze,
    compress: options.compress,
  });
  if (relayed) {
    await Promise.race([send.ready, send.ended, receive.ended]);
    await context.relay.join(
      shared.ticket,
      channelsOf(shared.live),
      { pool: source, address: streamAddress(from, sourceHost.streamPort) },
      { pool: destination, address: destinationAddress },
    );
  }
  return bothHalves(context, send, receive);
}

export function streamAddress(host: HostCalls, streamPort: number): string {
  const agent = parseAddress(host.address);
  if (!agent) throw new CopaError('internal', `${host.address} is no address of an agent`);
  return formatAddress({ host: agent.host, port: streamPort });
}

interface Followed {
  /** The agent has the transfer. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly bytes: () => number;
}

interface TransferNews {
  readonly bytes: number;
}

/** Follows one half to its end, across lost connections with its agent. */
function follow(
  { signal, clock, randomHex }: Pick<StepContext, 'signal' | 'clock' | 'randomHex'>,
  pool: string,
  mode: 'begin' | 'attach',
  onBytes: (bytes: number) => void,
  watch: (attachOnly: boolean, onEvent: (event: TransferNews) => void) => Promise<void>,
): Followed {
  let bytes = 0;
  let becomeReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (becomeReady = resolve));
  const run = async () => {
    let known = mode === 'attach';
    let heardAt = clock.now();
    const backoff = new Backoff(reattachPolicy, { clock, random: () => fractionFrom(randomHex) });
    for (;;) {
      try {
        await watch(known, (event) => {
          // From the first event on the agent has the transfer: beginning it again would be a second one.
          known = true;
          heardAt = clock.now();
          backoff.reset();
          bytes = credibleBytes(bytes, event.bytes);
          onBytes(bytes);
          becomeReady();
        });
        return;
      } catch (error) {
        if (signal.aborted)
          throw new CopaError('cancelled', 'the pass is no longer watched', { cause: error });
        if (isCopaError(error, 'not_found')) {
          throw new CopaError('aborted', `the agent of ${pool} was restarted in mid-pass`, { cause: error });
        }
        if (!isUnknownOutcome(error) || clock.now() - heardAt > reattachMs) throw error;
        await backoff.wait(signal);
      }
    }
  };
  const ended = run();
  ended.catch(() => undefined);
  return { ready, ended, bytes: () => bytes };
}

/**
 * Waits for both halves. When one fails the other hears of it from its peer, so it is given a little time
 * to say why; the daemons' own verdicts are the most telling, and often only one of them tells the cause.
 */
async function bothHalves(
  { signal, clock }: Pick<StepContext, 'signal' | 'clock'>,
  send: Followed,
  receive: Followed,
): Promise<number> {
  const halves = [send.ended, receive.ended];
  try {
    await Promise.all(halves);
    const lie = disagreement(send.bytes(), receive.bytes());
    if (lie !== undefined) throw new CopaError('aborted', lie);
    return send.bytes();
  } catch (first) {
    const settled = await Promise.race([Promise.allSettled(halves), clock.delay(otherHalfMs, signal)]);
    const errors = (settled ?? []).flatMap((each) =>
      each.status === 'rejected' ? [each.reason as unknown] : [],
    );
    const cancelled = errors.find((error) => isCopaError(error, 'cancelled'));
    const verdict = errors.find((error) => !isUnknownOutcome(error) && !isCopaError(error, 'aborted'));
    throw cancelled ?? withOthers(verdict ?? first, errors);
  }
}

/** What an agent says that went through so far: it never becomes less, and never more than can be counted. */
export function credibleBytes(before: number, told: number): number {
  return Math.max(before, Math.min(told, Number.MAX_SAFE_INTEGER));
}

/** Both sides count the same bytes, and to the byte in what was measured; this is for an end at different moments. */
const differenceBytesMax = 1024 ** 2;

/** Why a pass that both sides call a success is none: one of them has other bytes than the other one. */
export function disagreement(sentBytes: number, receivedBytes: number): string | undefined {
  if (Math.abs(sentBytes - receivedBytes) <= differenceBytesMax) return undefined;
  return `${sentBytes} bytes went through the source's agent, and ${receivedBytes} through the destination's: one of them does not tell the truth`;
}

/** One failure with what the other side said of it, as often only one of them tells the cause. */
function withOthers(error: unknown, all: readonly unknown[]): unknown {
  const others = all.filter((each) => each !== error).map((each) => messageOf(each));
  if (!isCopaError(error) || others.length === 0) return error;
  return new CopaError(error.code, [error.message, ...others].join('; '), { cause: error });
}
