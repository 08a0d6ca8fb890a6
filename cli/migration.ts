/** A migration as text for people: its progress on one line, and its outcome. */
import type { Migration } from '../client/index.js';
import { bytesText } from '../common/sizes.js';
import { secondsText } from './output.js';

/** One line, cut to a number of columns; the least important parts come last. */
export function progressLine(view: Migration, columns: number): string {
  const pass = view.passes.at(-1);
  const left = view.estimated_seconds_left;
  const rate = view.rate_bytes_per_second;
  const parts = [
    view.container,
    `${view.source} -> ${view.destination}`,
    view.description,
    pass === undefined ? undefined : `pass ${pass.number}`,
    bar(view),
    view.bytes > 0 ? bytesText(view.bytes) : undefined,
    rate === null ? undefined : `${bytesText(rate)}/s`,
    left === null ? undefined : `${secondsText(left)} left`,
  ].filter((part) => part !== undefined);
  const line = parts.join('  ');
  return line.length <= columns ? line : line.slice(0, Math.max(0, columns));
}

const barWidth = 20;

/** The progress of the copy; undefined when it is not known. */
function bar({
  bytes,
  rate_bytes_per_second: rate,
  estimated_seconds_left: left,
}: Migration): string | undefined {
  if (rate === null || left === null) return undefined;
  const total = bytes + rate * left;
  const share = total === 0 ? 0 : bytes / total;
  const full = Math.round(share * barWidth);
  return `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}] ${Math.round(share * 100)}%`;
}

/** The outcome as a sentence. */
export function outcomeText(view: Migration): string {
  const { container, new_name, source, destination, state, error } = view;
  if (state !== 'done') {
    const why = error === null ? '' : `: ${error}`;
    return `The migration of "${container}" ${state === 'failed' ? 'failed' : 'was cancelled'}, it is on ${source} as before${why}`;
  }
  const seconds =
    view.ended_at === null ? 0 : (Date.parse(view.ended_at) - Date.parse(view.started_at)) / 1000;
  const as = new_name === null ? '' : ` as "${new_name}"`;
  const moved = `Container "${container}" moved from ${source} to ${destination}${as} in ${secondsText(seconds)} (${bytesText(view.bytes)}).`;
  return [moved, downtimeText(view), ...checkTexts(view)].join(' ');
}

function checkTexts({ check }: Migration): string[] {
  if (check === null || check.outcome === null) return [];
  const why = check.outcome === 'passed' ? '' : `: ${check.message ?? ''}`;
  return [`Its check ${check.outcome === 'skipped' ? 'was skipped' : check.outcome}${why}.`];
}

function downtimeText({ downtime_ms, downtime }: Migration): string {
  if (downtime_ms === null) return 'It was stopped, so there was no downtime.';
  const parts = downtime
    ? ` (shutdown ${seconds(downtime.shutdown_ms)}, last pass ${seconds(downtime.last_pass_ms)}, start ${seconds(downtime.start_ms)})`
    : '';
  return `Downtime: ${seconds(downtime_ms)}${parts}.`;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 100 ? 2 : 1)} s`;
