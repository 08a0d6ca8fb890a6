/** What is known before a move touches anything: every problem of both hosts and of the way between them. */
import { messageOf } from '../../common/errors.js';
import type { HostCalls } from '../hosts/client.js';
import type { MigrationRecord } from '../model/migration.js';
import type { StreamRelay } from './relay.js';
import { streamAddress } from './transfer.js';

export interface Finding {
  readonly subject: string;
  readonly message: string;
}

export interface Preflight {
  readonly findings: readonly Finding[];
  readonly plan: MigrationRecord['plan'];
  readonly status: string;
  readonly snapshots: readonly string[];
}

interface Question {
  readonly container: string;
  readonly live: boolean;
  readonly keepSourceAs: string;
}

const shortMs = 30_000;

/** Asks both agents, each about its own host, and tries the ways. Throws when an agent does not answer. */
export async function preflight(
  from: HostCalls,
  to: HostCalls,
  relay: StreamRelay,
  { container, live, keepSourceAs }: Question,
): Promise<Preflight> {
  const deadlineMs = shortMs;
  const [manifest, source, destination, names] = await Promise.all([
    from.call('InspectSource', { container, live, measure: true }, { deadlineMs }),
    from.call('DescribeHost', {}, { deadlineMs }),
    to.call('DescribeHost', {}, { deadlineMs }),
    keepSourceAs ? from.call('ListContainers', {}, { deadlineMs }) : undefined,
  ]);
  const ends = [
    { pool: from.pool, address: streamAddress(from, source.streamPort) },
    { pool: to.pool, address: streamAddress(to, destination.streamPort) },
  ] as const;
  const [checked, way] = await Promise.all([
    to.call('CheckDestination', { manifest, live }, { deadlineMs }),
    findWay(from, relay, ends),
  ]);
  const findings: Finding[] = [...manifest.findings, ...checked.findings];
  if (typeof way !== 'string') findings.push(way);
  if (names?.names.includes(keepSourceAs)) {
    const message = `keep_source_as: container "${keepSourceAs}" exists on ${from.pool} already`;
    findings.push({ subject: 'name', message });
  }
  return {
    findings,
    status: manifest.status,
    snapshots: manifest.snapshots,
    plan: {
      via: way === 'relay' ? 'relay' : 'direct',
      precopy: checked.precopy,
      helperSnapshots: manifest.sendsDifferences && manifest.storageDriver === checked.storageDriver,
      usedBytes: manifest.usedBytes,
    },
  };
}

type End = { readonly pool: string; readonly address: string };

/** Straight if the source reaches the destination, else through this controller if it reaches both. */
async function findWay(
  from: HostCalls,
  relay: StreamRelay,
  [source, destination]: readonly [End, End],
): Promise<'direct' | 'relay' | Finding> {
  try {
    await from.call('ProbeStream', destination, { deadlineMs: 12_000 });
    return 'direct';
  } catch (direct) {
    const probes = await Promise.allSettled([relay.probe(source), relay.probe(destination)]);
    const why = probes.flatMap((probe) => (probe.status === 'rejected' ? [messageOf(probe.reason)] : []));
    if (why.length === 0) return 'relay';
    const message = `the agents do not reach each other (${messageOf(direct)}), and the controller cannot relay (${why.join('; ')})`;
    return { subject: 'reachability', message };
  }
}
