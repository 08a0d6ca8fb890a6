/** A chart over time, drawn by uPlot, which is loaded with it. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Columns } from '../model/history.js';

export interface Line {
  readonly label: string;
  /** The custom property of its colour. */
  readonly colour: '--accent' | '--move' | '--ink-3';
}

interface Props {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly columns: Columns;
  /** Of a value, as on the axis and in the legend. */
  readonly words: (value: number) => string;
  /** The value at the top edge, at least. */
  readonly max: number;
}

const height = 150;

export function Chart({ title, lines, columns, words, max }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const plot = new uPlot(optionsOf(element, { lines, words, max }), dataOf(columns), element);
    const follow = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    follow.observe(element);
    return () => {
      follow.disconnect();
      plot.destroy();
    };
  }, [columns]);
  return (
    <figure class="history-chart">
      <figcaption>{title}</figcaption>
      {columns.times.length > 1 ? <div ref={place} /> : <p class="side-empty">Nothing was measured.</p>}
    </figure>
  );
}

function dataOf({ times, values }: Columns): uPlot.AlignedData {
  return [[...times], ...values.map((column) => [...column])];
}

function optionsOf(
  element: HTMLElement,
  { lines, words, max }: Pick<Props, 'lines' | 'words' | 'max'>,
): uPlot.Options {
  const style = getComputedStyle(element);
  const ink = style.getPropertyValue('color');
  const colourOf = (name: string) => resolved(element, name);
  const grid = { stroke: colourOf('--line'), width: 1 };
  const axis = { stroke: ink, grid, ticks: grid, font: `11px ${style.fontFamily}` };
  return {
    width: element.clientWidth,
    height,
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(max, high * 1.05)] } },
    axes: [axis, { ...axis, size: 64, values: (_plot, ticks) => ticks.map(words) }],
    series: [
      { value: (_plot, at) => (at ? new Date(at * 1000).toLocaleString() : '–') },
      ...lines.map(({ label, colour }) => ({
        label,
        stroke: colourOf(colour),
        width: 1.5,
        points: { show: false },
        value: (_plot: uPlot, value: number | null) => (value === null ? '–' : words(value)),
      })),
    ],
  };
}

/** A canvas knows no custom properties and no light-dark(). */
function resolved(element: HTMLElement, name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
