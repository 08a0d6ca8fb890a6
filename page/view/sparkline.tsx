/** A small line chart of the last minute and a half. */
import { useComputed, type ReadonlySignal } from '@preact/signals';
import { areaPath, linePath } from '../state/usage.js';

interface Props {
  readonly values: ReadonlySignal<readonly number[]>;
  /** The value at the top edge; undefined: the largest value. */
  readonly max?: number | undefined;
  readonly width: number;
  readonly height: number;
  readonly class?: string;
}

export function Sparkline({ values, max, width, height, class: more = '' }: Props) {
  const line = useComputed(() => linePath(values.value, topOf(values.value, max), width, height));
  const area = useComputed(() => areaPath(line.value, values.value, width, height));
  return (
    <svg
      class={`spark ${more}`}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path class="spark-area" d={area} />
      <path class="spark-line" d={line} />
    </svg>
  );
}

function topOf(values: readonly number[], max: number | undefined): number {
  const largest = Math.max(1e-9, ...values);
  return max === undefined ? largest : Math.max(max, largest);
}
