/** The plot of a run, as SVG: probes with their gaps, moves, links and hosts over one axis of time. Pure. */
import { panelsOf, type Panel } from './panels.js';
import type { Recorded } from './results.js';

const width = 1000;
const margin = { left: 70, right: 16, top: 66 };
/** The baseline of the numbers of actions, above the title of the first panel. */
const numbersY = 40;
const panelHeight = 110;
const rowHeight = 20;
const spacing = 46;
const inner = width - margin.left - margin.right;

/** Okabe and Ito's colours, which people with any colour vision distinguish. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const red = '#c0392b';

/** Points of a line. More make the file larger and show nothing. */
const pointsMax = 1500;

export function plotOf(recorded: Recorded): string {
  const { scenario, durationMs, plan, done } = recorded;
  const x = (ms: number) => margin.left + (Math.min(Math.max(ms, 0), durationMs) / durationMs) * inner;
  const panels = panelsOf(recorded);
  let y = margin.top;
  const parts: string[] = [];
  for (const panel of panels) {
    parts.push(panelText(panel, y, x));
    y += heightOf(panel) + spacing;
  }
  const bottom = y - spacing;
  // An action that repeats is marked once.
  const marked = plan.steps.filter(
    ({ text }, index) => plan.steps.findIndex((each) => each.text === text) === index,
  );
  // Actions of one time share a line.
  const times = [...new Set(marked.map(({ atMs }) => atMs))];
  const lines = times.map((atMs) => {
    const at = x(done.find((each) => each.plannedMs === atMs)?.atMs ?? atMs);
    const numbers = marked.flatMap((each, index) => (each.atMs === atMs ? [index + 1] : []));
    return (
      `<line x1="${n(at)}" x2="${n(at)}" y1="${numbersY + 4}" y2="${n(bottom)}" class="action"/>` +
      `<text x="${n(at)}" y="${numbersY}" text-anchor="middle" class="number">${numbers.join(', ')}</text>`
    );
  });
  parts.push(...lines, axis(bottom, durationMs, x));
  const legend = marked.map(({ atMs, text }, index) => {
    const row = bottom + 58 + index * 16;
    const [number, time] = [
      label(margin.left, row, String(index + 1)),
      label(margin.left + 24, row, `${seconds(atMs)} s`),
    ];
    return number + time + label(margin.left + 84, row, text);
  });
  const height = bottom + 58 + legend.length * 16;
  const title = `${scenario.name}, seed ${scenario.seed}, ${recorded.startedAt.slice(0, 19)}Z`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${n(height)}" viewBox="0 0 ${width} ${n(height)}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>text{font:12px sans-serif;fill:#222}.title{font-weight:bold}.small,.number{font-size:11px;fill:#555}.grid{stroke:#ddd}.action{stroke:#888;stroke-dasharray:3 3}</style>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    label(margin.left, 18, title, 'title'),
    ...parts,
    ...legend,
    '</svg>\n',
  ].join('\n');
}

function heightOf(panel: Panel): number {
  return panel.rows.length > 0 ? panel.rows.length * rowHeight : panelHeight;
}

function panelText(panel: Panel, top: number, x: (ms: number) => number): string {
  const height = heightOf(panel);
  const parts = [
    label(margin.left, top - 4, panel.title, 'title'),
    `<rect x="${margin.left}" y="${n(top)}" width="${inner}" height="${n(height)}" fill="#fafafa" class="grid"/>`,
  ];
  // The others have no place for a text beside them.
  const labelled = Math.max(...panel.gaps.map(({ fromMs, untilMs }) => untilMs - fromMs)) / 2;
  for (const { fromMs, untilMs } of panel.gaps) {
    const [from, until] = [x(fromMs), x(untilMs)];
    const span = Math.max(1, until - from);
    parts.push(
      `<rect x="${n(from)}" y="${n(top)}" width="${n(span)}" height="${n(height)}" fill="${red}" opacity="0.25"/>`,
      ...(untilMs - fromMs < labelled
        ? []
        : [label(until + 3, top + 13, `${seconds(untilMs - fromMs)} s`, 'small')]),
    );
  }
  parts.push(...(panel.rows.length > 0 ? rowsText(panel, top, x) : linesText(panel, top, x)));
  return parts.join('\n');
}

/** Bars, one a row: all of a move pale, its last part dark. */
function rowsText({ rows }: Panel, top: number, x: (ms: number) => number): string[] {
  return rows.flatMap(({ name, fromMs, untilMs, downMs, failed }, index) => {
    const y = top + index * rowHeight + 4;
    const bar = (from: number, until: number, fill: string) =>
      `<rect x="${n(x(from))}" y="${n(y)}" width="${n(Math.max(1, x(until) - x(from)))}" height="${rowHeight - 8}" fill="${fill}"/>`;
    const end = x(untilMs);
    const isRight = end > margin.left + inner * 0.6;
    return [
      bar(fromMs, untilMs, failed ? '#e6b0aa' : '#a9cce3'),
      ...(downMs ? [bar(downMs.fromMs, downMs.untilMs, '#1f618d')] : []),
      isRight
        ? `<text x="${n(x(fromMs) - 4)}" y="${n(y + 10)}" text-anchor="end" class="small">${escaped(name)}</text>`
        : label(end + 4, y + 10, name, 'small'),
    ];
  });
}

function linesText({ unit, series, isDots }: Panel, top: number, x: (ms: number) => number): string[] {
  const most = niceMax(Math.max(...series.flatMap(({ points }) => points.map(([, value]) => value)), 0));
  const y = (value: number) => top + panelHeight - (Math.min(value, most) / most) * (panelHeight - 6);
  const grid = [0, most / 2, most].map(
    (value) =>
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${n(y(value))}" y2="${n(y(value))}" class="grid"/>` +
      `<text x="${margin.left - 6}" y="${n(y(value) + 4)}" text-anchor="end" class="small">${short(value)} ${unit}</text>`,
  );
  const lines = series.map(({ points }, index) => {
    const colour = colours[index % colours.length] ?? '';
    const thin = thinned(points);
    if (isDots) {
      const dots = thin.map(([at, value]) => `M${n(x(at))} ${n(y(value))}h1.5`).join('');
      return `<path d="${dots}" stroke="${colour}" stroke-width="1.5" fill="none"/>`;
    }
    const line = thin.map(([at, value]) => `${n(x(at))},${n(y(value))}`).join(' ');
    return `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
  });
  const named = series.length > 1 ? series : [];
  const names = named.map(({ name }, index) => {
    const colour = colours[index % colours.length] ?? '';
    const left = margin.left + 6 + (index % 4) * 220;
    const row = top + panelHeight + 13 + Math.floor(index / 4) * 13;
    return `<rect x="${left}" y="${n(row - 8)}" width="9" height="9" fill="${colour}"/>${label(left + 13, row, name, 'small')}`;
  });
  return [...grid, ...lines, ...names];
}

function axis(bottom: number, durationMs: number, x: (ms: number) => number): string {
  const step =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200].find(
      (each) => durationMs / 1000 / each <= 12,
    ) ?? 21_600;
  const marks: string[] = [];
  for (let at = 0; at <= durationMs / 1000; at += step) {
    const left = n(x(at * 1000));
    marks.push(`<text x="${left}" y="${n(bottom + 30)}" text-anchor="middle" class="small">${at} s</text>`);
  }
  return marks.join('\n');
}

/** The largest value of each piece of time, so that no peak is lost. */
function thinned(points: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const size = Math.ceil(points.length / pointsMax);
  if (size <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) =>
    points.slice(index * size, (index + 1) * size).reduce((most, each) => (each[1] > most[1] ? each : most)),
  );
}

function niceMax(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((each) => each * power >= value) ?? 10) * power;
}

function label(x: number, y: number, text: string, kind = ''): string {
  return `<text x="${n(x)}" y="${n(y)}"${kind === '' ? '' : ` class="${kind}"`}>${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(ms < 10_000 ? 2 : 1);
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A coordinate: a tenth of a pixel is enough. */
function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
