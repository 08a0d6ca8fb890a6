/** The usage of hosts and containers in the last minute and a half, for the sparklines. */
import type { WireContainerUsage, WireLoad } from '../model/api-types.js';

/** The number of samples: a minute and a half at one per two seconds. */
export const samplesMax = 45;

/** After a longer gap the line starts again, because it must not connect across the gap. */
const gapMsMax = 15_000;

export interface Usage {
  readonly load: readonly WireLoad[];
  readonly containers: ReadonlyMap<string, readonly WireContainerUsage[]>;
  /** When the last sample came, in milliseconds of the page's clock. */
  readonly at: number;
}

export function withSample(
  usage: Usage | undefined,
  load: WireLoad,
  containers: Readonly<Record<string, WireContainerUsage>>,
  at: number,
): Usage {
  const before = usage && at - usage.at <= gapMsMax ? usage : undefined;
  return {
    load: appended(before?.load, load),
    containers: new Map(
      Object.entries(containers).map(([name, sample]) => [
        name,
        appended(before?.containers.get(name), sample),
      ]),
    ),
    at,
  };
}

function appended<Sample>(samples: readonly Sample[] = [], sample: Sample): readonly Sample[] {
  return [...samples.slice(1 - samplesMax), sample];
}

/**
 * The path of a line through values, the newest at the right edge, in a box of `width` and `height`.
 * Empty when there are fewer than two.
 */
export function linePath(values: readonly number[], max: number, width: number, height: number): string {
  if (values.length < 2) return '';
  const step = width / (samplesMax - 1);
  const left = width - step * (values.length - 1);
  const scale = max > 0 ? (height - 2) / max : 0;
  return values
    .map((value, index) => {
      const x = (left + index * step).toFixed(1);
      const y = (height - 1 - Math.min(value, max) * scale).toFixed(1);
      return `${index === 0 ? 'M' : 'L'}${x} ${y}`;
    })
    .join('');
}

/** A line's path, closed along the bottom. */
export function areaPath(line: string, values: readonly number[], width: number, height: number): string {
  if (line === '') return '';
  const left = width - (width / (samplesMax - 1)) * (values.length - 1);
  return `${line}L${width} ${height}L${left.toFixed(1)} ${height}Z`;
}
