/** What the preflight says about the files of a container or of a volume. */
import { messageOf } from '../../common/errors.js';
import type { StorageUse } from '../../proto/gen/copa/agent/v1/StorageUse.js';
import { measure, type OddFiles } from '../lxd/file-survey.js';
import type { Finding } from '../model/finding.js';

export interface FileFindings {
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** The space of a volume and of its snapshots. */
export async function useOf(volume: string, snapshots: readonly string[]): Promise<StorageUse> {
  try {
    const { used, holes } = await measure([volume, ...snapshots]);
    const [own = 0, ...theirs] = used;
    const sum = theirs.reduce((total, bytes) => total + bytes, 0);
    return { volume: own, snapshots: sum, largest: Math.max(own, ...theirs), holes };
  } catch (error) {
    return { unknown: true, reason: messageOf(error) };
  }
}

/** The findings and warnings about files that a move does not copy exactly. */
export function oddFindings(odd: OddFiles): FileFindings {
  const findings: Finding[] = [];
  const warnings: Finding[] = [];
  const [longest] = odd.longPaths;
  if (longest !== undefined) {
    const message = `a path of the container is longer than the 4096 bytes that rsync can carry: ${longest.slice(0, 100)}...`;
    findings.push({ subject: 'files', message });
  }
  if (odd.immutable.length > 0) {
    const message = `immutable files cannot be removed, and would not be immutable at the destination: remove the attribute (chattr -i -a) from ${odd.immutable.join(', ')}`;
    findings.push({ subject: 'files', message });
  }
  if (odd.hardLinks > 0) {
    const message = `${odd.hardLinks} files are hard links; where the daemons copy by rsync, each becomes a file of its own`;
    warnings.push({ subject: 'files', message });
  }
  for (const what of odd.unknown) {
    warnings.push({ subject: 'files', message: `it is unknown whether the container has ${what}` });
  }
  return { findings, warnings };
}
