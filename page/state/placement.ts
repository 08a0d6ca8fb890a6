/** Where a new container goes, in words. Pure. */
import type { WirePlacement } from '../model/api-types.js';

/** The reasons of a large fleet repeat each other. */
const reasonsShownMax = 50;

/** Where it goes and why. */
export function placementText({ pool, reason }: WirePlacement): string {
  if (pool === null) return 'No pool can take it.';
  return reason === null ? `It goes to ${pool}.` : `It goes to ${pool}: ${reason}.`;
}

export interface NotChosen {
  readonly shown: WirePlacement['others'];
  /** How many more there are. */
  readonly more: number;
}

/** Why the other pools were not chosen. */
export function notChosen({ others, others_total }: WirePlacement): NotChosen {
  const shown = others.slice(0, reasonsShownMax);
  return { shown, more: Math.max(0, others_total - shown.length) };
}
