/** What would take findings out of the way: the first proposed mapping that does, and that brings no others. */
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { Mapping__Output } from '../../proto/gen/copa/agent/v1/Mapping.js';
import type { Finding } from '../model/finding.js';
import { undescribedProfile } from './mapping.js';
import { proposals, type HostNames } from './proposal.js';

export interface Cure {
  readonly mapping: Mapping__Output;
  /** The messages of the findings that are gone with it. */
  readonly cured: ReadonlySet<string>;
}

type CheckMapped = (tried: Mapping__Output) => Promise<{ readonly findings: readonly Finding[] }>;

/** The first proposal that takes findings away and brings no other. */
export async function cureOf(
  before: readonly Finding[],
  manifest: Manifest__Output,
  mapping: Mapping__Output,
  { names, checkWith }: { readonly names: HostNames; readonly checkWith: CheckMapped },
): Promise<Cure | undefined> {
  if (before.length === 0 || undescribedProfile(manifest) !== undefined) return undefined;
  const known = new Set(before.map(({ message }) => message));
  let best: Cure | undefined;
  for (const tried of proposals(manifest, mapping, names)) {
    const after = new Set((await checkWith(tried)).findings.map(({ message }) => message));
    if ([...after].some((message) => !known.has(message))) continue;
    const cured = new Set([...known].filter((message) => !after.has(message)));
    if (cured.size > (best?.cured.size ?? 0)) best = { mapping: tried, cured };
  }
  return best;
}
