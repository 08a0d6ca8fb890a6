/** The checks before a move changes anything: all problems of both hosts and of the route between them. */
import type { HostCalls } from '../hosts/client.js';
import type { CheckDestinationRequest } from '../../proto/gen/copa/agent/v1/CheckDestinationRequest.js';
import type { Manifest__Output as Manifest } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { Findings__Output } from '../../proto/gen/copa/agent/v1/Findings.js';
import {
  destinationName,
  type Expected,
  type MigrationOptions,
  type MigrationRecord,
} from '../model/migration.js';
import { mappingFor } from '../model/mapping.js';
import { predict, seconds, type Prediction } from './downtime.js';
import { flagsOf, proposalOf, type Proposal } from './proposal.js';
import type { StreamRelay } from './relay.js';
import { findWay, streamEnds, type StreamEnds } from './route.js';

export interface Finding {
  readonly subject: string;
  readonly message: string;
  /** With the preflight's proposal it would be gone. */
  readonly isCured?: boolean;
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
  /** It solves the findings that are `isCured`, and causes no other. */
  readonly proposal: Proposal | undefined;
  /** Differences after the move that do not prevent it. */
  readonly warnings: readonly Finding[];
  readonly space: SpaceNeeded;
  /** Of the downtime; undefined when the container is stopped before it is copied. */
  readonly prediction: Prediction | undefined;
  readonly plan: MigrationRecord['plan'];
  readonly status: string;
  readonly snapshots: readonly string[];
}

interface PreflightRequest {
  readonly container: string;
  readonly options: MigrationOptions;
  readonly expected: Expected;
  /** What the source's agent has reported a moment ago; undefined: it is asked. */
  readonly manifest?: Manifest | undefined;
  /** Networks over several hosts that the container is on and the destination is not in. */
  readonly missingNetworks: readonly string[];
}

const shortMs = 30_000;

/** Time limit of the checks. Measuring the container takes most of it. */
const inspectMs = 60_000;

/** With the container's size. */
export function inspect(from: HostCalls, container: string, live = false): Promise<Manifest> {
  return from.call('InspectSource', { container, live, measure: true }, { deadlineMs: inspectMs });
}

/** Storage that transfers in its own format between equal drivers. */
const ownFormats: readonly string[] = ['btrfs', 'zfs'];

/** Calls both agents, each for its own host, and tests the routes. Throws when an agent does not answer. */
export async function preflight(
  from: HostCalls,
  to: HostCalls,
  relay: StreamRelay,
  { container, options, expected, manifest: known, missingNetworks }: PreflightRequest,
): Promise<Preflight> {
  const { live, keepSourceAs } = options;
  const deadlineMs = shortMs;
  const [manifest, ends, names] = await Promise.all([
    known ?? inspect(from, container, live),
    streamEnds(from, to, deadlineMs),
    keepSourceAs ? from.call('ListContainers', {}, { deadlineMs }) : undefined,
  ]);
  const asked = {
    manifest: { ...manifest, container: destinationName({ container, options }) },
    live,
    mapping: mappingFor(options.mapping),
  };
  const [checked, way] = await Promise.all([
    to.call('CheckDestination', asked, { deadlineMs }),
    findWay(from, relay, ends),
  ]);
  const findings: Finding[] = [
    ...manifest.findings,
    ...checked.findings,
    ...ageFindings(asked, checked),
    ...missingFindings(missingNetworks, options, to.pool),
  ];
  if (options.check && !checked.checksContainers) {
    const message =
      "the destination's agent is of an earlier release, which cannot check a container after its start: update it, or leave out check";
    findings.push({ subject: 'version', message });
  }
  if (manifest.volumes.length > 0 && !checked.takesVolumes) {
    const message =
      "the destination's agent is of an earlier release, which does not take storage volumes: update it";
    findings.push({ subject: 'version', message });
  }
  if (way.problem !== undefined) findings.push({ subject: 'reachability', message: way.problem });
  if (names?.names.includes(keepSourceAs)) {
    const message = `keep_source_as: container "${keepSourceAs}" exists on ${from.pool} already`;
    findings.push({ subject: 'name', message });
  }
  const isCopiedRunning = checked.precopy && !live;
  const hasWhole = manifest.volumes.length > checked.volumes.filter(({ running }) => running).length;
  if (manifest.status === 'Running') {
    findings.push(
      ...downtimeFindings(options, expected, isCopiedRunning),
      ...wholeFindings(options, hasWhole),
    );
  }
  const isSameStorage = manifest.storageDriver === checked.storageDriver;
  return {
    findings,
    proposal: proposalOf(checked.proposal),
    warnings: [...manifest.warnings, ...checked.warnings, ...clockWarnings(ends)].map(
      ({ subject, message }) => ({ subject, message }),
    ),
    space: spaceNeeded(checked.space),
    prediction: isCopiedRunning && manifest.status === 'Running' ? predict(expected, []) : undefined,
    status: manifest.status,
    snapshots: manifest.snapshots,
    plan: {
      via: way.via ?? 'direct',
      precopy: checked.precopy,
      helperSnapshots: manifest.sendsDifferences && isSameStorage,
      usedBytes: manifest.usedBytes,
      ownFormat: isSameStorage && ownFormats.includes(manifest.storageDriver),
      rsyncToo: checked.seesFiles && manifest.namesChangedFiles,
      ...(checked.volumes.length > 0 ? { volumes: checked.volumes.flatMap(volumePlan) } : {}),
    },
  };
}

function clockWarnings({ skew }: StreamEnds): Finding[] {
  return skew === undefined ? [] : [{ subject: 'clock', message: skew }];
}

/** With a mapping of its interfaces, the container leaves the network. */
function missingFindings(
  networks: readonly string[],
  { mapping }: MigrationOptions,
  pool: string,
): Finding[] {
  if (mapping && (mapping.network !== '' || Object.keys(mapping.nics).length > 0)) return [];
  return networks.map((network) => ({
    subject: 'networks',
    message: `pool "${pool}" is not in network "${network}": "copa network join ${network} ${pool}"`,
  }));
}

/** An agent of an earlier release ignores a mapping and uses the names of the source. */
function ageFindings({ mapping }: CheckDestinationRequest, { mapped }: Findings__Output): Finding[] {
  if (!mapping || mapped) return [];
  const message =
    "the destination's agent is of an earlier release, which translates no names of storage pools, networks and profiles: update it";
  return [{ subject: 'version', message }];
}

function wholeFindings({ maxDowntimeMs }: MigrationOptions, hasWhole: boolean): Finding[] {
  if (maxDowntimeMs === undefined || !hasWhole) return [];
  const why = 'a storage volume of the container can only be copied after the stop';
  return [{ subject: 'downtime', message: `max_downtime ${seconds(maxDowntimeMs)} cannot be kept: ${why}` }];
}

function volumePlan({ name, running, byFiles }: Findings__Output['volumes'][number]) {
  return name ? [{ storagePool: name.storagePool, volume: name.volume, running, byFiles }] : [];
}

/** Reasons why no number of passes can keep the ordered downtime. */
function downtimeFindings(
  { maxDowntimeMs }: MigrationOptions,
  expected: Expected,
  isCopiedRunning: boolean,
): Finding[] {
  if (maxDowntimeMs === undefined) return [];
  const about = `max_downtime ${seconds(maxDowntimeMs)} cannot be kept`;
  const finding = (why: string) => [{ subject: 'downtime', message: `${about}: ${why}` }];
  if (!isCopiedRunning) return finding('the container is stopped before it is copied');
  const { shutdownMs, startMs, samples } = expected;
  if (samples === 0 || shutdownMs + startMs <= maxDowntimeMs) return [];
  return finding(
    `in earlier moves its shutdown took up to ${seconds(shutdownMs)} and its start up to ${seconds(startMs)}`,
  );
}

/** The text of a finding. It ends with the options of `copa move` that solve it. */
export function messageOf({ message, isCured }: Finding, proposal: Proposal | undefined): string {
  return isCured && proposal ? `${message}; it works with ${flagsOf(proposal)}` : message;
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
