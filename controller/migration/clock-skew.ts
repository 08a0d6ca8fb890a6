/** How far the clocks of two hosts are apart, as their agents report them. */
import { seconds } from './downtime.js';

/** A smaller difference is not reported. It does no harm, and answers on a busy network are late by seconds. */
const skewMsMin = 10_000;

/** What an agent reported as its clock, 0 when it does not report it, and when its reply was asked for and arrived. */
export interface ClockReading {
  readonly pool: string;
  readonly clockMs: number;
  readonly askedAtMs: number;
  readonly arrivedAtMs: number;
}

/**
 * The warning, or undefined when the clocks agree. Nobody knows when between the request and the reply a clock was read,
 * so only a difference beyond that counts.
 */
export function skewMessage(a: ClockReading, b: ClockReading): string | undefined {
  if (!(a.clockMs > 0 && b.clockMs > 0)) return undefined;
  const [aheadOfUsA, aheadOfUsB] = [a, b].map(
    ({ clockMs, askedAtMs, arrivedAtMs }) => clockMs - (askedAtMs + arrivedAtMs) / 2,
  ) as [number, number];
  const unsureMs = (a.arrivedAtMs - a.askedAtMs + b.arrivedAtMs - b.askedAtMs) / 2;
  const skewMs = Math.abs(aheadOfUsA - aheadOfUsB);
  if (skewMs - unsureMs < skewMsMin) return undefined;
  const [ahead, behind] = aheadOfUsA > aheadOfUsB ? [a, b] : [b, a];
  return `the clock of ${ahead.pool} is ${seconds(skewMs)} ahead of that of ${behind.pool}: the container's clock jumps with the move; set the clocks of the hosts`;
}
