/** The route of a migration's stream: from agent to agent, or through this controller. */
import { CopaError, messageOf } from '../../common/errors.js';
import { formatAddress, parseAddress } from '../../common/net/address.js';
import type { Host__Output } from '../../proto/gen/copa/agent/v1/Host.js';
import type { HostCalls } from '../hosts/client.js';
import { skewMessage } from './clock-skew.js';
import type { StreamEnd, StreamRelay } from './relay.js';

/** Time limit of an agent's route test, including the test with full-size packets. */
const probeMs = 20_000;

/** Both ends of the stream, and the features that both agents support. */
export interface StreamEnds {
  readonly source: StreamEnd;
  readonly destination: StreamEnd;
  readonly features: readonly string[];
  /** In words, when the clocks of the hosts differ. */
  readonly skew?: string | undefined;
}

export interface Way {
  /** Undefined when there is no route; `problem` is the reason. */
  readonly via?: 'direct' | 'relay';
  readonly problem?: string;
}

export async function streamEnds(from: HostCalls, to: HostCalls, deadlineMs: number): Promise<StreamEnds> {
  const [source, destination] = await Promise.all([describe(from, deadlineMs), describe(to, deadlineMs)]);
  return {
    source: { pool: from.pool, address: streamAddress(from, source.host) },
    destination: { pool: to.pool, address: streamAddress(to, destination.host) },
    features: source.host.streamFeatures.filter((feature) =>
      destination.host.streamFeatures.includes(feature),
    ),
    skew: skewMessage(source.clock, destination.clock),
  };
}

async function describe(calls: HostCalls, deadlineMs: number) {
  const askedAtMs = performance.now();
  const host = await calls.call('DescribeHost', {}, { deadlineMs });
  const { pool } = calls;
  return { host, clock: { pool, clockMs: host.clockMs, askedAtMs, arrivedAtMs: performance.now() } };
}

function streamAddress({ address }: HostCalls, { streamPort }: Host__Output): string {
  const agent = parseAddress(address);
  if (!agent) throw new CopaError('internal', `${address} is not the address of an agent`);
  return formatAddress({ host: agent.host, port: streamPort });
}

/** Direct if the source reaches the destination, else through this controller if it reaches both. */
export async function findWay(
  from: HostCalls,
  relay: StreamRelay,
  { source, destination, features }: StreamEnds,
): Promise<Way> {
  try {
    const probe = { ...destination, fullSize: features.includes('full-size') };
    await from.call('ProbeStream', probe, { deadlineMs: probeMs });
    return { via: 'direct' };
  } catch (direct) {
    const probes = await Promise.allSettled([relay.probe(source), relay.probe(destination)]);
    const why = probes.flatMap((probe) => (probe.status === 'rejected' ? [messageOf(probe.reason)] : []));
    if (why.length === 0) return { via: 'relay' };
    const problem = `the agents do not reach each other (${messageOf(direct)}), and the controller cannot relay (${why.join('; ')})`;
    return { problem };
  }
}
