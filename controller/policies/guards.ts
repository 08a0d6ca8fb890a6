/**
 * What holds a policy back. Pure.
 *
 * Flapping is impossible: a policy decides at most once in its cool-down, and no container is moved that any policy moved
 * within it. So a container cannot return before the cool-down is over, and by then no sample from before its move counts.
 */
import type { Guards, Policy, QuietHours } from '../model/policy.js';
import { counts, type PastDecision, type Situation } from './situation.js';

const hourMs = 3600_000;

/** How soon a policy tries again after a move that was refused. */
const retryMs = 60_000;

/** How long a move that was refused, failed or was cancelled is not ordered again. */
const avoidedMs = hourMs;

/** Why the policy may not decide now, whatever it would decide; undefined: it may. */
export function heldBack({ name, guards }: Policy, { past, nowMs }: Situation): string | undefined {
  const own = past.filter(({ policy }) => policy === name);
  const running = own.find(({ move }) => move === 'running');
  if (running) return `container "${running.container}" is still moving to ${running.destination}`;
  const last = own.findLast(counts);
  if (last && nowMs - last.atMs < guards.cooldownMs)
    return `cool-down: its last decision was ${ago(last.atMs, nowMs)}, and the cool-down is ${lasting(guards.cooldownMs)}`;
  const refused = own.findLast(({ outcome }) => outcome === 'refused');
  if (refused && nowMs - refused.atMs < retryMs)
    return `its last move was refused ${ago(refused.atMs, nowMs)}`;
  const hour = own.filter((each) => counts(each) && nowMs - each.atMs < hourMs);
  if (hour.length >= guards.movesPerHour)
    return `budget: ${hour.length} moves in the last hour, and ${guards.movesPerHour} are allowed`;
  return quietReason(guards, nowMs);
}

/** Why this container may not move now; undefined: it may. */
export function heldContainer(
  { name, guards }: Policy,
  { past, nowMs, fleet }: Situation,
  { pool, container }: { readonly pool: string; readonly container: string },
): string | undefined {
  const isOn = ({ source, destination }: PastDecision) => source === pool || destination === pool;
  const moved = past.findLast((each) => counts(each) && each.container === container && isOn(each));
  if (moved && nowMs - moved.atMs < guards.cooldownMs)
    return `policy "${moved.policy}" moved it ${ago(moved.atMs, nowMs)}`;
  const { downtimeMsPerHour } = guards;
  if (downtimeMsPerHour === undefined) return undefined;
  const spentMs = past
    .filter((each) => each.policy === name && counts(each) && nowMs - each.atMs < hourMs)
    .reduce((sum, { predicted_downtime_ms: ms }) => sum + ms, 0);
  if (spentMs + fleet.downtimeMs(container) <= downtimeMsPerHour) return undefined;
  return `budget: with its predicted downtime of ${lasting(fleet.downtimeMs(container))}, that of this hour would be longer than ${lasting(downtimeMsPerHour)}`;
}

/** The pools that a container was not moved to, lately, when a policy ordered it. */
export function avoidedPools(
  { past, nowMs }: Situation,
  { pool, container }: { readonly pool: string; readonly container: string },
): ReadonlySet<string> {
  const isAvoided = (each: PastDecision) =>
    each.container === container &&
    each.source === pool &&
    (each.outcome === 'refused' || each.move === 'failed') &&
    nowMs - each.atMs < avoidedMs;
  return new Set(past.filter(isAvoided).map(({ destination }) => destination));
}

function quietReason({ quiet, timeZone }: Guards, nowMs: number): string | undefined {
  if (quiet.length === 0) return undefined;
  const minute = minuteOfDay(nowMs, timeZone);
  const isIn = ({ fromMinute, untilMinute }: QuietHours) =>
    fromMinute <= untilMinute
      ? minute >= fromMinute && minute < untilMinute
      : minute >= fromMinute || minute < untilMinute;
  const hours = quiet.find(isIn);
  return hours && `quiet hours until ${clock(hours.untilMinute)} (${timeZone})`;
}

function minuteOfDay(ms: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = format.formatToParts(ms);
  const numberOf = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return numberOf('hour') * 60 + numberOf('minute');
}

const clock = (minute: number) =>
  [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');

const ago = (atMs: number, nowMs: number) => `${lasting(nowMs - atMs)} ago`;

/** As in "2.5 s" or "10 min". */
export function lasting(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms / 6000) / 10} min`;
}
