/** What would take findings out of the way: the first proposed placement that does, and that brings no others. */
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { Placement__Output } from '../../proto/gen/copa/agent/v1/Placement.js';
import type { Finding } from '../model/finding.js';
import { undescribedProfile } from './placement.js';
import { proposals, type HostNames } from './proposal.js';

export interface Cure {
  readonly placement: Placement__Output;
  /** The messages of the findings that are gone with it. */
  readonly cured: ReadonlySet<string>;
}

type CheckPlaced = (tried: Placement__Output) => Promise<{ readonly findings: readonly Finding[] }>;

/** The first proposal that takes findings away and brings no other. */
export async function cureOf(
  before: readonly Finding[],
  manifest: Manifest__Output,
  placement: Placement__Output,
  { names, checkWith }: { readonly names: HostNames; readonly checkWith: CheckPlaced },
): Promise<Cure | undefined> {
  if (before.length === 0 || undescribedProfile(manifest) !== undefined) return undefined;
  const known = new Set(before.map(({ message }) => message));
  let best: Cure | undefined;
  for (const tried of proposals(manifest, placement, names)) {
    const after = new Set((await checkWith(tried)).findings.map(({ message }) => message));
    if ([...after].some((message) => !known.has(message))) continue;
    const cured = new Set([...known].filter((message) => !after.has(message)));
    if (cured.size > (best?.cured.size ?? 0)) best = { placement: tried, cured };
  }
  return best;
}
