/**
 * Whether a container and its snapshots fit on this host's storage pool, as far as this can be known before the move.
 */
import type { Finding } from '../model/finding.js';
import type { Space as SpaceNeeded } from '../../proto/gen/copa/agent/v1/Space.js';
import type { StorageUse__Output } from '../../proto/gen/copa/agent/v1/StorageUse.js';
import { roomFor, type Space } from '../lxd/storage.js';

/** Storage on which each snapshot is a full copy. */
const wholeSnapshots: readonly string[] = ['dir'];

/** Storage that enforces a container's `size`. */
export const keepsSize: readonly string[] = ['btrfs', 'zfs', 'lvm', 'ceph'];

/** Holes of at least this many bytes cause a warning. Both sides read them as zeros ... */
const holesWarnedBytes = 50 * 1024 ** 3;

/** ... at about this rate, in bytes per second. */
const zerosPerSecond = 300 * 1024 ** 2;

export interface Place {
  readonly storagePool: string;
  readonly driver: string;
  readonly space: Space;
  /** The `size` of the container's root disk, in bytes; 0 without one. */
  readonly sizeMax: number;
  /** What `sizeMax` limits, in bytes; absent: the volume of the use. */
  readonly rootBytes?: number;
}

export interface RoomReport {
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly space: SpaceNeeded;
}

/** Compares the needed with the available space and returns the findings. */
export function roomReport(use: StorageUse__Output | null, place: Place): RoomReport {
  const available = roomFor(place.space);
  const about = `storage pool "${place.storagePool}" on the destination has room for ${available} bytes`;
  if (!use || use.unknown) {
    const why = use ? use.reason : "the source's agent does not measure it";
    const message = `the size of the container is unknown (${why}); ${about}`;
    return { findings: [], warnings: [{ subject: 'space', message }], space: { available } };
  }
  const neededMax = use.volume + use.snapshots;
  const needed = wholeSnapshots.includes(place.driver) ? neededMax : Math.max(use.volume, use.largest);
  const findings: Finding[] = [];
  const warnings: Finding[] = [];
  if (needed > available) {
    const message = `the container needs ${needed} bytes (its files ${use.volume}, its snapshots ${use.snapshots}), ${about}`;
    findings.push({ subject: 'space', message });
  } else if (neededMax > available) {
    const message = `the container needs ${needed} bytes at least, and ${neededMax} if its snapshots share nothing; ${about}`;
    warnings.push({ subject: 'space', message });
  }
  const { rootBytes = use.volume } = place;
  if (place.sizeMax > 0 && keepsSize.includes(place.driver) && rootBytes > place.sizeMax) {
    const message = `the container's files need ${rootBytes} bytes, and the size of its root disk is ${place.sizeMax}, which storage pool "${place.storagePool}" on the destination enforces`;
    findings.push({ subject: 'space', message });
  }
  if (use.holes > holesWarnedBytes) {
    const seconds = Math.round(use.holes / zerosPerSecond);
    const gib = Math.round(use.holes / 1024 ** 3);
    const message = `the container has sparse files with ${gib} GiB of holes, which are read as zeros: about ${seconds} s for the first copy, and as much again for each such file that changes`;
    warnings.push({ subject: 'space', message });
  }
  return { findings, warnings, space: { needed, neededMax, available } };
}
