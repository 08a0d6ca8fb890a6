/** The checks before a move changes anything: all problems of both hosts and of the route between them. */
import type { HostCalls } from '../hosts/client.js';
import type { MigrationRecord } from '../model/migration.js';
import type { StreamRelay } from './relay.js';
import { findWay, streamEnds } from './way.js';

export interface Finding {
  readonly subject: string;
  readonly message: string;
}

/** Bytes on the destination's storage pool; null when unknown. */
export interface SpaceNeeded {
  readonly needed: number | null;
  /** The upper bound, on storage that shares blocks. */
  readonly neededMax: number | null;
  readonly available: number | null;
}

export interface Preflight {
  /** Problems that prevent the move. */
  readonly findings: readonly Finding[];
  /** Differences after the move that do not prevent it. */
  readonly warnings: readonly Finding[];
  readonly space: SpaceNeeded;
  readonly plan: MigrationRecord['plan'];
  readonly status: string;
  readonly snapshots: readonly string[];
}

interface PreflightRequest {
  readonly container: string;
  readonly live: boolean;
  readonly keepSourceAs: string;
}

const shortMs = 30_000;

/** Time limit of the checks. Measuring the container takes most of it. */
const inspectMs = 60_000;

/** Storage that transfers in its own format between equal drivers. */
const ownFormats: readonly string[] = ['btrfs', 'zfs'];

/** Calls both agents, each for its own host, and tests the routes. Throws when an agent does not answer. */
export async function preflight(
  from: HostCalls,
  to: HostCalls,
  relay: StreamRelay,
  { container, live, keepSourceAs }: PreflightRequest,
): Promise<Preflight> {
  const deadlineMs = shortMs;
  const [manifest, ends, names] = await Promise.all([
    from.call('InspectSource', { container, live, measure: true }, { deadlineMs: inspectMs }),
    streamEnds(from, to, deadlineMs),
    keepSourceAs ? from.call('ListContainers', {}, { deadlineMs }) : undefined,
  ]);
  const [checked, way] = await Promise.all([
    to.call('CheckDestination', { manifest, live }, { deadlineMs }),
    findWay(from, relay, ends),
  ]);
  const findings: Finding[] = [...manifest.findings, ...checked.findings];
  if (way.problem !== undefined) findings.push({ subject: 'reachability', message: way.problem });
  if (names?.names.includes(keepSourceAs)) {
    const message = `keep_source_as: container "${keepSourceAs}" exists on ${from.pool} already`;
    findings.push({ subject: 'name', message });
  }
  const isSameStorage = manifest.storageDriver === checked.storageDriver;
  return {
    findings,
    warnings: [...manifest.warnings, ...checked.warnings],
    space: spaceNeeded(checked.space),
    status: manifest.status,
    snapshots: manifest.snapshots,
    plan: {
      via: way.via ?? 'direct',
      precopy: checked.precopy,
      helperSnapshots: manifest.sendsDifferences && isSameStorage,
      usedBytes: manifest.usedBytes,
      ownFormat: isSameStorage && ownFormats.includes(manifest.storageDriver),
    },
  };
}

/** An agent without a number sends 0. */
function spaceNeeded(
  space: { readonly needed: number; readonly neededMax: number; readonly available: number } | null,
): SpaceNeeded {
  return {
    needed: space?.needed || null,
    neededMax: space?.neededMax || null,
    available: space ? space.available : null,
  };
}
