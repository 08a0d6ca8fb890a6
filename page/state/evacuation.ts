/** Evacuations, their plans and their returns in words. Pure. */
import { count, duration } from '../model/format.js';
import type { EvacuationSummary, WireEvacuation, WireEvacuationPlan } from '../model/api-types.js';

export type PlannedContainer = WireEvacuationPlan['containers'][number];
type EvacuatedContainer = WireEvacuation['containers'][number];

export function isStuck({ obstacles }: PlannedContainer): boolean {
  return obstacles.length > 0;
}

/** What a plan comes to, in two sentences. */
export function planText({ containers, seconds }: WireEvacuationPlan): string {
  if (containers.length === 0) return 'There are no containers on it.';
  const amount = (isIn: (row: PlannedContainer) => boolean) => containers.filter(isIn).length;
  const stops = amount((row) => row.action === 'stop' && !isStuck(row));
  const stays = amount((row) => row.action === 'skip' && !isStuck(row));
  const stuck = amount(isStuck);
  const parts = [
    `${amount(({ destination }) => destination !== null)} move`,
    stops > 0 && `${stops} stop`,
    stays > 0 && `${stays} stay as they are`,
    stuck > 0 && `${stuck} cannot leave`,
  ].filter(Boolean);
  const total = count(containers.length, 'container');
  return `Of ${total}, ${parts.join(', ')}. It takes about ${duration(1000 * seconds)}.`;
}

/** Those that cannot leave first, because a person has to look at them. */
export function inPlanOrder(rows: readonly PlannedContainer[]): readonly PlannedContainer[] {
  return [...rows.filter(isStuck), ...rows.filter((row) => !isStuck(row))];
}

/** What becomes of a container. */
export function fateText({ action, destination, obstacles }: PlannedContainer): string {
  if (obstacles.length > 0) return 'cannot leave';
  if (destination !== null) return `to ${destination}`;
  return action === 'stop' ? 'is stopped' : 'stays as it is';
}

const basisTexts = {
  measured: 'from its earlier moves',
  similar: 'from moves of others',
  assumed: 'nothing is measured yet',
} as const;

/** The predicted time and downtime; empty for what does not move. */
export function predictionText({ seconds, downtime_ms, basis }: PlannedContainer): string {
  if (seconds === null) return '';
  const time = `about ${duration(1000 * seconds)}`;
  if (downtime_ms === null) return time;
  const down = downtime_ms === 0 ? 'no downtime' : `down ${duration(downtime_ms)}`;
  return basis === null ? `${time}, ${down}` : `${time}, ${down} (${basisTexts[basis]})`;
}

/** Why it goes where it goes, or what stands in its way. */
export function whyTexts({ reason, obstacles }: PlannedContainer): readonly string[] {
  if (obstacles.length === 0) return reason === null ? [] : [reason];
  return obstacles.map(({ pool, message }) => (pool === null ? message : `${pool}: ${message}`));
}

const phaseTexts: Readonly<Record<EvacuationSummary['phase'], string>> = {
  evacuating: 'Evacuating',
  evacuated: 'Evacuated',
  incomplete: 'Incomplete',
  restoring: 'Restoring',
  restored: 'Restored',
};

export function evacuationHeading({ phase }: Pick<EvacuationSummary, 'phase'>): string {
  return phaseTexts[phase];
}

/** How far it is, as `3 of 12 containers; 2 moving, 1 left`. States in which nothing is left to do are not listed. */
export function progressText({
  done,
  total,
  counts,
}: Pick<EvacuationSummary, 'done' | 'total' | 'counts'>): string {
  const now = (['moving', 'stopping', 'returning', 'starting', 'left', 'untouched'] as const)
    .filter((state) => (counts[state] ?? 0) > 0)
    .map((state) => `${counts[state] ?? 0} ${state === 'untouched' ? 'not touched' : state}`);
  return [`${done} of ${count(total, 'container')}`, ...(now.length > 0 ? [now.join(', ')] : [])].join('; ');
}

/** From 0 to 1. */
export function evacuationFraction({ done, total }: Pick<EvacuationSummary, 'done' | 'total'>): number {
  return total === 0 ? 1 : done / total;
}

/** Those that a person has to look at first, then those on their way, then the others. */
export function inProgressOrder(rows: readonly EvacuatedContainer[]): readonly EvacuatedContainer[] {
  const rank = ({ state, message }: EvacuatedContainer) => {
    if (state === 'left' || state === 'untouched') return 0;
    if (/ing$/.test(state) && state !== 'waiting') return 1;
    return message === null ? 3 : 2;
  };
  return rows.toSorted((a, b) => rank(a) - rank(b));
}
