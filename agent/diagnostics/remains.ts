/**
 * What migrations have left on a host, for `copa doctor agent`: marks, locks, kept copies, notes. With `repair` it mends
 * what is safe: what holds nothing, and what belongs to a migration of which a controller says that it has ended.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, problem, warning, type Finding } from '../../common/diagnostics/findings.js';
import type { LxdClient } from '../lxd/client.js';
import { listCustomVolumes } from '../lxd/custom-volumes.js';
import { listInstances, updateInstance } from '../lxd/instances.js';
import type { Instance } from '../lxd/types.js';
import { Leftovers } from '../migration/leftovers.js';
import { releaseCopy } from '../migration/release.js';
import { isLocked, markOf, migrationKey, withoutLock } from '../model/marks.js';
import { unmarkVolume } from '../model/volume-marks.js';

/** What a controller says of a migration; undefined when none can be asked. */
export type MigrationFate = 'open' | 'ended' | 'not known';
export type AskFate = (migrationId: string) => Promise<MigrationFate | undefined>;

interface Remain {
  readonly finding: Finding;
  /** Only where mending it is safe. */
  readonly mend?: () => Promise<void>;
}

const keptPattern = /-(kept|failed)-[0-9a-f]{8}$/;

export async function examineRemains(
  lxd: LxdClient,
  identityDirectory: string,
  { repair, fateOf }: { readonly repair: boolean; readonly fateOf: AskFate },
): Promise<Finding[]> {
  const instances = await listInstances(lxd);
  const remains = [
    ...(await Promise.all(instances.map((instance) => remainsOf(lxd, instance, fateOf)))).flat(),
    ...(await volumesLeft(lxd, instances, fateOf)),
    ...(await notesIn(lxd, join(identityDirectory, 'receiving'), instances, fateOf)),
  ];
  if (remains.length === 0) return [ok('migrations', 'nothing is left of them on this host')];
  const findings: Finding[] = [];
  for (const { finding, mend } of remains) {
    if (repair && mend) {
      await mend();
      findings.push(ok(finding.about, `${finding.text}: mended`));
    } else {
      findings.push(finding);
    }
  }
  return findings;
}

async function remainsOf(lxd: LxdClient, instance: Instance, fateOf: AskFate): Promise<Remain[]> {
  const { name, config } = instance;
  const about = `container ${name}`;
  const migrationId = config[migrationKey];
  if (migrationId === undefined) {
    if (isLocked(instance)) {
      const text = 'COPA has locked it against every start, and no migration is named';
      const mend = async () => {
        await updateInstance(lxd, name, withoutLock);
      };
      return [{ finding: problem(about, text, '--repair removes the lock'), mend }];
    }
    if (!keptPattern.test(name)) return [];
    const advice = 'compare it with the container, and delete it when nothing in it is missing there';
    return [{ finding: warning(about, 'a migration has kept this copy aside', advice) }];
  }
  const mend = () => releaseCopy(lxd, instance, migrationId);
  if (!markOf(instance)) {
    const text = `it carries the mark of migration ${migrationId}, which came with a copy and holds nothing`;
    return [{ finding: warning(about, text, '--repair removes it'), mend }];
  }
  const text = `migration ${migrationId} has marked it`;
  switch (await fateOf(migrationId)) {
    case 'open':
      return [{ finding: ok(about, `${text} and is in progress`) }];
    case 'ended':
      return [{ finding: warning(about, `${text}, and has ended`, '--repair removes the mark'), mend }];
    case 'not known':
      return [
        {
          finding: problem(
            about,
            `${text}, and the controller does not know it`,
            `add the pools of both hosts: the controller asks both and frees one copy; "copa migration info ${migrationId}" shows what it waits for`,
          ),
        },
      ];
    default:
      return [
        { finding: warning(about, text, `"copa migration info ${migrationId}" shows what it waits for`) },
      ];
  }
}

/** Marked volumes whose container does not carry the mark, which would be mended with it. */
async function volumesLeft(
  lxd: LxdClient,
  instances: readonly Instance[],
  fateOf: AskFate,
): Promise<Remain[]> {
  const held = new Set(instances.map((instance) => markOf(instance)?.migrationId));
  const remains: Remain[] = [];
  for (const volume of await listCustomVolumes(lxd)) {
    const migrationId = volume.config[migrationKey];
    if (migrationId === undefined || held.has(migrationId)) continue;
    const about = `storage volume ${volume.pool}/${volume.name}`;
    const text = `migration ${migrationId} has marked it, and no container of it is here`;
    const fate = await fateOf(migrationId);
    if (fate === 'open') continue;
    const advice = 'delete it if nothing uses it; --repair removes the mark once its migration has ended';
    remains.push({
      finding: warning(about, text, advice),
      ...(fate === 'ended' ? { mend: () => unmarkVolume(lxd, volume, migrationId) } : {}),
    });
  }
  return remains;
}

/** Notes of copies that were being received. */
async function notesIn(
  lxd: LxdClient,
  directory: string,
  instances: readonly Instance[],
  fateOf: AskFate,
): Promise<Remain[]> {
  const leftovers = new Leftovers(lxd, directory);
  const names = (await readdir(directory).catch(() => [])).filter(
    (name) => !instances.some((instance) => instance.name === name),
  );
  const remains: Remain[] = [];
  for (const name of names) {
    const migrationId = await leftovers.expectedBy(name);
    if (migrationId === undefined) continue;
    const about = `copy ${name}`;
    const text = `migration ${migrationId} was sending it here, and the daemon has no such container`;
    const fate = await fateOf(migrationId);
    if (fate === 'open') continue;
    remains.push({
      finding: warning(about, text, '--repair removes what is left of it once its migration has ended'),
      ...(fate === 'ended' ? { mend: () => leftovers.remove(migrationId, name) } : {}),
    });
  }
  return remains;
}
