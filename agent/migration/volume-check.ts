/** What the volumes of a container meet on this host. */
import { suspectFileMessage } from '../../common/suspect-file.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { Mapping__Output } from '../../proto/gen/copa/agent/v1/Mapping.js';
import type { StorageUse__Output } from '../../proto/gen/copa/agent/v1/StorageUse.js';
import type { VolumePlan } from '../../proto/gen/copa/agent/v1/VolumePlan.js';
import { sizeInBytes } from '../../common/sizes.js';
import type { LxdClient } from '../lxd/client.js';
import { findCustomVolume } from '../lxd/custom-volumes.js';
import { spaceOf } from '../lxd/storage.js';
import type { StoragePool } from '../lxd/types.js';
import type { Finding } from '../model/finding.js';
import { canSeeCopies, isOwnFormat } from './changed-files.js';
import { keepsSize, roomReport } from './space-report.js';
import { movingVolumes, placeOf } from './volume-admission.js';
import { takenMessage } from './volume-destination.js';

/** What copying a volume whole is assumed to bring a second, for a first idea of the downtime. */
const assumedBytesPerSecond = 50 * 1024 ** 2;

export interface VolumesHere {
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly plans: readonly VolumePlan[];
  /** Of the volumes that go to the storage pool of the root disk. */
  readonly besideRoot: readonly (StorageUse__Output | null)[];
}

export async function checkVolumes(
  lxd: LxdClient,
  manifest: Manifest__Output,
  mapping: Mapping__Output | null,
  {
    storagePools,
    root,
  }: { readonly storagePools: readonly StoragePool[]; readonly root: string | undefined },
): Promise<VolumesHere> {
  const findings: Finding[] = [];
  const warnings: Finding[] = [];
  const plans: VolumePlan[] = [];
  const seen = new Set<string>();
  const byPool = new Map<string, (StorageUse__Output | null)[]>();
  for (const volume of movingVolumes(manifest)) {
    const place = placeOf(volume, mapping);
    const key = JSON.stringify(place);
    const found = await findCustomVolume(lxd, place);
    if (found) findings.push({ subject: 'storage', message: takenMessage(place, found.used_by) });
    else if (seen.has(key)) findings.push({ subject: 'storage', message: twiceMessage(place) });
    seen.add(key);
    const pool = storagePools.find(({ name }) => name === place.pool);
    // A device of a storage pool that does not exist has its finding already.
    if (!pool) continue;
    byPool.set(pool.name, [...(byPool.get(pool.name) ?? []), volume.use]);
    findings.push(...sizeFindings(volume, pool));
    const byFiles = !isOwnFormat(pool, volume);
    const canBeExact = volume.namesChangedFiles && (await canSeeCopies(lxd, pool));
    const running = byFiles && volume.snapshots.length === 0 && canBeExact;
    plans.push({ name: { storagePool: volume.storagePool, volume: volume.volume }, running, byFiles });
    if (!running && manifest.status === 'Running') {
      warnings.push({ subject: 'downtime', message: wholeMessage(volume) });
    }
    if (byFiles && volume.suspect)
      findings.push({ subject: 'files', message: suspectFileMessage(volume.suspect, volume.volume) });
  }
  for (const [name, uses] of byPool) {
    if (name === root) continue;
    const pool = storagePools.find((each) => each.name === name);
    const place = { storagePool: name, driver: pool?.driver ?? '', sizeMax: 0 };
    const report = roomReport(sumOf(uses), { ...place, space: await spaceOf(lxd, name) });
    findings.push(...report.findings);
    warnings.push(...report.warnings);
  }
  return { findings, warnings, plans, besideRoot: root === undefined ? [] : (byPool.get(root) ?? []) };
}

function twiceMessage({ pool, name }: { readonly pool: string; readonly name: string }): string {
  return `two volumes of the container are called "${name}" and would go to storage pool "${pool}" on the destination: rename one of them`;
}

function sizeFindings(
  { volume, config, use }: Manifest__Output['volumes'][number],
  pool: StoragePool,
): Finding[] {
  const sizeMax = sizeInBytes(config['size']);
  if (!use || sizeMax === 0 || use.volume <= sizeMax || !keepsSize.includes(pool.driver)) return [];
  const message = `the files of storage volume "${volume}" need ${use.volume} bytes, and its size is ${sizeMax}, which storage pool "${pool.name}" on the destination enforces`;
  return [{ subject: 'space', message }];
}

function wholeMessage({ volume, use }: Manifest__Output['volumes'][number]): string {
  const about = `storage volume "${volume}" is copied after the container has stopped, because it cannot be copied exactly while it runs`;
  if (!use || use.unknown) return about;
  const bytes = use.volume + use.snapshots;
  const seconds = Math.max(1, Math.round(bytes / assumedBytesPerSecond));
  return `${about}: ${bytes} bytes, about ${seconds} s at 50 MiB/s`;
}

/** What several volumes need together. */
export function sumOf(uses: readonly (StorageUse__Output | null)[]): StorageUse__Output | null {
  return uses.reduce(
    (sum, use) => {
      if (!sum || sum.unknown) return sum;
      if (!use || use.unknown) return use;
      return {
        unknown: false,
        reason: '',
        volume: sum.volume + use.volume,
        snapshots: sum.snapshots + use.snapshots,
        largest: sum.largest + use.largest,
        holes: sum.holes + use.holes,
      };
    },
    uses[0] ? { ...uses[0], volume: 0, snapshots: 0, largest: 0, holes: 0 } : null,
  );
}
